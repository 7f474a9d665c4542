"""Small shops with any history, for comparing what the database computes with what a slow reference does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from commerce.models import Order
from customers.models import Customer
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import cancel_paid_order, refund_order
from merchants.clock import today
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase, make_customer, make_programme, make_shop, make_staff


@dataclass(frozen=True, slots=True)
class Bought:
    """One order: so many local days ago, at an hour of UTC. `fate`: kept, halved, refunded, cancelled or unpaid."""

    days_ago: int
    hour: int
    yuan: int
    fate: str = "kept"
    category: str = ""
    sku: str = ""
    channel: str = "online"


@contextmanager
def open_shop(bought: Sequence[Sequence[Bought]]) -> Iterator[tuple[Merchant, list[Customer]]]:
    """A shop whose nth customer bought the nth list, beside a rival that bought the same; both are gone afterwards."""
    with transaction.atomic():
        shop = make_shop("small", "Small", make_staff("small@example.com", "S"))
        make_programme(shop)
        customers = [make_customer(shop, number=f"S{n:03}", name=f"S {n}") for n in range(len(bought))]
        fill(shop, customers, bought)
        yield shop, customers
        transaction.set_rollback(True)


def fill(shop: Merchant, customers: Sequence[Customer], bought: Sequence[Sequence[Bought]]) -> None:
    orders, fates = [], []
    for n, (customer, history) in enumerate(zip(customers, bought, strict=True)):
        for k, each in enumerate(history):
            at = moment_of(shop, each)
            line = a_line(each.yuan, category_path=each.category, sku=each.sku or f"SKU-{each.category or 'x'}")
            paid = {"paid_at": None} if each.fate == "unpaid" else {}
            orders.append(
                a_purchase(f"S-{n}-{k}", customer, line, at=at, currency=shop.currency, channel=each.channel, **paid)
            )
            fates.append(each.fate)
    record_orders(shop, orders, by=SYSTEM, deliver=False)
    for purchase, fate in zip(orders, fates, strict=True):
        if fate in ("kept", "unpaid"):
            continue
        order = Order.objects.get(merchant=shop, number=purchase.number)
        if fate == "cancelled":
            cancel_paid_order(order, by=SYSTEM)
        else:
            amount = order.total_minor // 2 if fate == "halved" else None
            refund_order(order, number=f"R-{order.number}", amount_minor=amount, by=SYSTEM)


def moment_of(shop: Merchant, each: Bought) -> datetime:
    """Within the local day so many days ago, and never in the future."""
    day = today(shop) - timedelta(days=each.days_ago)
    start = datetime.combine(day, time.min, shop.zone).astimezone(UTC)
    return start + (timedelta(hours=each.hour) if each.days_ago else timedelta(0))


def counted(shop: Merchant, customer: Customer) -> list[Order]:
    """Paid, not cancelled, not refunded whole; by time."""
    rows = Order.objects.filter(merchant=shop, customer=customer, paid_at__isnull=False, cancelled_at=None)
    return [
        order
        for order in rows.order_by("placed_at", "id")
        if order.refunded_minor < order.total_minor or not order.total_minor
    ]


def purchase_days(shop: Merchant, customers: Sequence[Customer]) -> dict[int, list[date]]:
    """The local days of each customer's counted orders."""
    return {
        customer.pk: [order.placed_at.astimezone(shop.zone).date() for order in counted(shop, customer)]
        for customer in customers
    }
