"""Lists of orders, by the filters that every door offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from commerce.models import Order
from commerce.queries.orders import orders_of
from merchants.models import Merchant

_WHOLE = Q(refunded_minor__gt=0, refunded_minor__gte=F("total_minor"))
_LIVE = Q(cancelled_at__isnull=True)
# The same words, decided in the same order, as Order.status.
STATUSES: dict[str, Q] = {
    "placed": _LIVE & Q(paid_at__isnull=True, completed_at__isnull=True, refunded_minor=0),
    "paid": _LIVE & Q(paid_at__isnull=False, completed_at__isnull=True, refunded_minor=0),
    "completed": _LIVE & Q(completed_at__isnull=False, refunded_minor=0),
    "partly_refunded": _LIVE & Q(refunded_minor__gt=0) & ~_WHOLE,
    "refunded": _LIVE & _WHOLE,
    "cancelled": Q(cancelled_at__isnull=False),
}


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """All that are given must hold. `status` is one of STATUSES; `placed_before` is not included."""

    customer_id: int | None = None
    number: str | None = None
    status: str | None = None
    channel: str | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None


def orders_matching(merchant: Merchant, wanted: OrderFilter) -> QuerySet[Order]:
    """The shop's orders that match, newest first, customers at hand."""
    rows = orders_of(merchant)
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    if wanted.number is not None:
        rows = rows.filter(number=wanted.number)
    if wanted.status is not None:
        rows = rows.filter(STATUSES[wanted.status])
    if wanted.channel is not None:
        rows = rows.filter(channel=wanted.channel)
    if wanted.placed_from is not None:
        rows = rows.filter(placed_at__gte=wanted.placed_from)
    if wanted.placed_before is not None:
        rows = rows.filter(placed_at__lt=wanted.placed_before)
    return rows
