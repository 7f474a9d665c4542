"""What the grocer's files do not tell: some members spend their points, and now and then something is brought back.

Made up, and the same each time: it hangs on the basket's number alone.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from zlib import crc32

from commerce.actions.purchases import Purchase
from commerce.models import Order
from commerce.rules.refunds import LineRefund
from customers.queries import get_customer
from loyalty.actions.holds import hold_points
from loyalty.actions.purchases import OrderOutcome
from loyalty.actions.refunds import refund_order
from loyalty.errors import InsufficientPoints
from merchants.models import Actor, Merchant

TILL = Actor("system", None, "Till")
_SPENDS_ONE_IN = 60  # of the baskets whose member has enough
_REFUNDS_ONE_IN = 600
_VOUCHER_POINTS = 500
_REASONS = ("Not fresh", "Wrong item", "Damaged package", "Changed their mind", "Price was wrong")


def happens_after(merchant: Merchant, purchase: Purchase, outcome: OrderOutcome) -> None:
    """A spend right after the basket, or a refund of its dearest line two hours later."""
    if outcome.customer_id is None:
        return
    chance = crc32(purchase.number.encode())
    if (outcome.balance or 0) >= _VOUCHER_POINTS and chance % _SPENDS_ONE_IN == 0:
        vouchers = min((outcome.balance or 0) // _VOUCHER_POINTS, 4)
        # Another basket of the same day may have taken the points since.
        with suppress(InsufficientPoints):
            hold_points(
                get_customer(merchant, outcome.customer_id), points=vouchers * _VOUCHER_POINTS,
                reference=f"voucher-{purchase.number}", by=TILL, capture=True,
                description=f"${vouchers * 5} voucher", occurred_at=purchase.placed_at + timedelta(minutes=1),
            )  # fmt: skip
    elif chance % _REFUNDS_ONE_IN == 1:
        position, dearest = max(
            enumerate(purchase.lines),
            key=lambda pair: pair[1].unit_price_minor * pair[1].quantity - pair[1].discount_minor,
        )
        if dearest.unit_price_minor * dearest.quantity < dearest.discount_minor + 1:
            return
        order = Order.objects.select_related("merchant", "customer").get(merchant=merchant, pk=outcome.order_id)
        refund_order(
            order, number=f"R-{purchase.number}", by=TILL, lines=[LineRefund(position, dearest.quantity)],
            reason=_REASONS[chance // _REFUNDS_ONE_IN % len(_REASONS)],
            refunded_at=purchase.placed_at + timedelta(hours=2), history=True,
        )  # fmt: skip
