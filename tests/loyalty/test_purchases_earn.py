"""An order earns points, growth value and perhaps a tier."""

from __future__ import annotations

from datetime import UTC, datetime

from customers.models import Customer
from loyalty.actions.nights import reconcile
from loyalty.actions.purchases import OrderOutcome, record_orders
from loyalty.actions.refunds import refund_order
from commerce.models import Order
from loyalty.models import Account, Entry
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_an_order_earns_a_point_per_yuan_and_nothing_for_gift_cards(aroma: Merchant, carla: Customer) -> None:
    purchase = a_purchase("A-1", carla, a_line(128), a_line(50, category_path="礼品卡/电子卡"), at=NOON)

    (outcome,) = record_orders(aroma, [purchase], by=SYSTEM)

    assert isinstance(outcome, OrderOutcome)
    assert (outcome.points, outcome.growth, outcome.balance) == (128, 178, 128)
    assert reconcile(aroma).faults == []


def test_the_same_order_twice_earns_once(aroma: Merchant, carla: Customer) -> None:
    purchase = a_purchase("A-1", carla, at=NOON)
    record_orders(aroma, [purchase], by=SYSTEM)

    (again,) = record_orders(aroma, [purchase], by=SYSTEM)

    assert isinstance(again, OrderOutcome) and not again.is_new
    assert Account.objects.get(merchant=aroma, customer=carla, wallet="points").balance == 100
    assert Entry.objects.filter(merchant=aroma).count() == 2


def test_refunding_all_takes_back_all(aroma: Merchant, carla: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, a_line(1200), at=NOON)], by=SYSTEM)
    order = Order.objects.get(merchant=aroma, number="A-1")

    outcome = refund_order(order, number="R-1", by=SYSTEM)

    assert (outcome.points, outcome.growth, outcome.tier_before, outcome.tier) == (1200, 1200, "silver", "regular")
    assert Account.objects.get(merchant=aroma, customer=carla, wallet="points").balance == 0
    assert reconcile(aroma).faults == []
