"""Finding orders."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from commerce.models import Order, OrderLine, Refund
from merchants.errors import NotFound
from merchants.models import Merchant


def orders_of(merchant: Merchant) -> QuerySet[Order]:
    """The shop's orders, newest first, customers at hand."""
    return Order.objects.filter(merchant=merchant).select_related("customer").order_by("-placed_at", "-id")


def guest_orders(merchant: Merchant) -> QuerySet[Order]:
    return orders_of(merchant).filter(customer__isnull=True)


def get_order(merchant: Merchant, id: int) -> Order:
    try:
        return Order.objects.select_related("customer", "merchant").get(merchant=merchant, pk=id)
    except Order.DoesNotExist:
        raise NotFound() from None


def find_order(merchant: Merchant, number: str) -> Order | None:
    return Order.objects.select_related("customer", "merchant").filter(merchant=merchant, number=number).first()


def orders_by_number(merchant: Merchant, numbers: Iterable[str]) -> dict[str, Order]:
    found = Order.objects.select_related("customer", "merchant").filter(merchant=merchant, number__in=list(numbers))
    return {order.number: order for order in found}


def lines_of(order: Order) -> QuerySet[OrderLine]:
    return order.lines.select_related("product").order_by("position")


def refunds_of(order: Order) -> QuerySet[Refund]:
    return order.refunds.prefetch_related("lines").order_by("refunded_at", "id")
