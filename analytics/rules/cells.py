"""Cells of files that spreadsheets open."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded_cell(text: str) -> str:
    """The text, kept from being run as a formula: a customer may be named `=cmd|…`. Numbers are not text and need none."""
    return f"'{text}" if text.startswith(_FORMULA) else text
