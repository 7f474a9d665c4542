"""How several workers share one merchant's night."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """Of a merchant's customers, those whose id leaves `part` when divided by `parts`: several workers share a night."""

    part: int = 0
    parts: int = 1


EVERYBODY = Share()
