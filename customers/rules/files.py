"""Cells of files that spreadsheets open."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(value: str) -> str:
    """The text, kept from being run as a formula: a customer may be named `=cmd|…`."""
    return f"'{value}" if value.startswith(_FORMULA) else value
