"""Whole columns out of PostgreSQL, without a Python object for each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from analytics.queries.planning import whole_shop

Columns = dict[str, NDArray[np.float64]]


def read_columns(select: str, values: Mapping[str, Any], names: Sequence[str]) -> Columns:
    """{name: float64 array} of a SELECT that yields `names`, all arrays in the same order of rows; NULL becomes NaN.

    The server packs each column into one bytea of big-endian doubles: a million rows of thirty columns arrive in about a
    second, where fetching them one by one takes a minute and gigabytes. Integers above 2^53 would lose digits; ids are far
    from it.
    """
    packed = ", ".join(
        f"coalesce(string_agg(float8send(coalesce(s.{name}::float8, 'NaN')), ''::bytea), ''::bytea)" for name in names
    )
    with transaction.atomic(), whole_shop(), connection.cursor() as cursor:
        # The names are ours, the values are parameters.
        cursor.execute(f"SELECT {packed} FROM ({select}) AS s", values)  # noqa: S608
        row = cursor.fetchone() or ()
    return {
        name: np.frombuffer(bytes(part), dtype=">f8").astype(np.float64)
        for name, part in zip(names, row, strict=True)
    }  # fmt: skip
