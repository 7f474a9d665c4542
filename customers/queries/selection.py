"""Customers chosen by a statement of an app above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Selection:
    """A SELECT with its named parameters. Whoever builds it keeps it inside one merchant."""

    sql: str
    values: Mapping[str, Any]
