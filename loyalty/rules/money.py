"""How many decimals a currency has (ISO 4217)."""

from __future__ import annotations

_NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")
)  # fmt: skip
_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def exponent_of(currency: str) -> int:
    """Decimals of the minor unit: 2 for CNY, 0 for JPY, 3 for KWD."""
    return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
