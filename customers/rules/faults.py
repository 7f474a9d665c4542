"""A value that cannot be, by code; `customers.errors.FAULTS` words it for people."""

from __future__ import annotations


class Fault(ValueError):
    """Raised by the rules. `code` is stable; `details` fill the placeholders of its message."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
