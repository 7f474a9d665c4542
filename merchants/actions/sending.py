"""Statements whose answer nobody needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection


def send_with_next(sql: str, params: Sequence[Any]) -> None:
    """Send `sql` together with the transaction's next statement, at the latest with its COMMIT: one round trip less.

    What it does is seen by everything that comes after; what it refuses is raised there. With another database engine than
    ours, and outside of a transaction, it is sent at once.
    """
    later = getattr(connection, "send_with_next", None)
    if later is not None:
        later(sql, params)
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
