"""The arithmetic of an order: what each line costs after every discount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def line_gross_minor(unit_price_minor: int, quantity: Decimal) -> int:
    """Price times quantity in minor units; half a unit rounds up, as tills do."""
    return int((unit_price_minor * quantity).to_integral_value(rounding=ROUND_HALF_UP))


def spread(amount: int, over: Sequence[int]) -> list[int]:
    """Split `amount` (0 ≤ amount ≤ Σ over) in proportion to the weights `over`, whole units, no part above its weight.

    Largest remainder (Hamilton): every part gets its floor, the units left go to the largest remainders, earlier parts
    first among equals. The parts add up to `amount` exactly.
    """
    total = sum(over)
    if amount < 0 or amount > total:
        raise ValueError(f"{amount} cannot be spread over {total}")
    if amount == 0:
        return [0] * len(over)
    parts = [amount * weight // total for weight in over]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(over)), key=lambda index: (-(amount * over[index] % total), index))
    for index in by_remainder[:left]:
        parts[index] += 1
    return parts
