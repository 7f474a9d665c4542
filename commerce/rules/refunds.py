"""How much of an order goes back: line by line, never more than is still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from commerce.rules.amounts import spread


class TooMuch(Exception):
    """More is asked for than can still be refunded. `position` None: of the order as a whole."""

    def __init__(self, refundable_minor: int, position: int | None = None) -> None:
        self.refundable_minor = refundable_minor
        self.position = position
        super().__init__(refundable_minor, position)


@dataclass(frozen=True, slots=True)
class LineState:
    """What one order line was and what of it went back before."""

    position: int
    quantity: Decimal
    net_minor: int
    refunded_quantity: Decimal
    refunded_minor: int

    @property
    def left_minor(self) -> int:
        return self.net_minor - self.refunded_minor

    @property
    def left_quantity(self) -> Decimal:
        return self.quantity - self.refunded_quantity


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What of a line goes back. Without `amount_minor` it is the quantity's share of what the line cost."""

    position: int
    quantity: Decimal = Decimal(0)
    amount_minor: int | None = None


def everything_left(lines: Sequence[LineState]) -> list[LineRefund]:
    return [
        LineRefund(line.position, line.left_quantity, line.left_minor)
        for line in lines
        if line.left_minor or line.left_quantity
    ]


def by_amount(lines: Sequence[LineState], amount_minor: int) -> list[LineRefund]:
    """An amount without lines: spread over what is left of each, in proportion."""
    left = [line.left_minor for line in lines]
    if amount_minor > sum(left):
        raise TooMuch(sum(left))
    parts = spread(amount_minor, left)
    return [LineRefund(line.position, Decimal(0), part) for line, part in zip(lines, parts, strict=True) if part]


def by_lines(lines: Mapping[int, LineState], asked: Sequence[LineRefund]) -> list[LineRefund]:
    """The given lines, each amount completed and checked. KeyError for a position that the order does not have."""
    completed = []
    for refund in asked:
        line = lines[refund.position]
        if refund.quantity > line.left_quantity:
            raise TooMuch(line.left_minor, refund.position)
        amount = refund.amount_minor
        if amount is None:
            # The last of a line takes all that is left of it, so that thirds add up to the whole.
            share = (line.net_minor * refund.quantity / line.quantity).to_integral_value(rounding=ROUND_HALF_UP)
            amount = line.left_minor if refund.quantity == line.left_quantity else min(int(share), line.left_minor)
        if amount > line.left_minor:
            raise TooMuch(line.left_minor, refund.position)
        completed.append(LineRefund(refund.position, refund.quantity, amount))
    return completed
