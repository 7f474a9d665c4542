"""A value that cannot be, by code and place; `aftersales.errors.FAULTS` words it for people."""

from __future__ import annotations


class Fault(ValueError):
    """Raised by the rules. `code` is stable; `place` names the part ("mon", "2026-10-01"); `details` fill its message."""

    def __init__(self, code: str, place: str = "", **details: object) -> None:
        super().__init__(f"{code} at {place}" if place else code)
        self.code = code
        self.place = place
        self.details = details
