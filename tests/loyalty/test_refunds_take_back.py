"""A refund takes back exactly what its lines had earned: points, lots and tier credit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.actions.refunds import LineRefund
from commerce.errors import OrderCancelled, OrderNotPaid, RefundConflict, RefundTooLarge
from commerce.models import Order, Refund
from commerce.queries import summary_of
from customers.models import Customer
from loyalty.actions.holds import hold_points
from loyalty.actions.nights import expire_lots, reconcile
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import cancel_paid_order, refund_order
from loyalty.models import Award, Entry
from loyalty.queries.balances import balance_of
from loyalty.rules.earning import points_kept
from merchants.errors import InvalidValue
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase, publish_terms

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)
TWICE = [{"code": "base", "name": "双倍积分", "points_per_unit": "2"}]


def an_order(shop: Merchant, number: str, customer: Customer | None, *lines: object, at: datetime = NOON) -> Order:
    record_orders(shop, [a_purchase(number, customer, *lines, at=at)], by=SYSTEM)  # type: ignore[arg-type]
    return Order.objects.select_related("merchant", "customer").get(merchant=shop, number=number)


def test_a_whole_refund_leaves_nothing_of_the_order(aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, "A-1", carla, a_line(1200))

    outcome = refund_order(order, number="R-1", by=SYSTEM)

    assert (outcome.points, outcome.growth, outcome.tier_before, outcome.tier) == (1200, 1200, "silver", "regular")
    balance = balance_of(carla)
    assert (balance.active, balance.growth, balance.orders, balance.arrears) == (0, 0, 0, 0)
    assert (summary_of(carla).orders, summary_of(carla).spend_minor) == (0, 0)
    assert reconcile(aroma).faults == []


def test_half_a_refund_takes_half_of_what_was_earned_then_not_of_what_would_be_earned_now(
    aroma: Merchant, carla: Customer
) -> None:
    order = an_order(aroma, "A-1", carla, a_line(100))
    publish_terms(aroma, earning_rules=TWICE)

    outcome = refund_order(order, number="R-1", by=SYSTEM, amount_minor=5000)

    assert outcome.points == 50
    assert balance_of(carla).active == 50


def test_three_thirds_are_a_whole(aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, "A-1", carla, a_line(100, quantity=3), a_line("0.50"))

    taken = [
        refund_order(order, number=f"R-{n}", by=SYSTEM, lines=[LineRefund(0, Decimal(1))]).points for n in range(3)
    ]

    assert sum(taken) == 300
    assert balance_of(carla).active == 0


def test_a_repeated_refund_is_one_refund(aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, "A-1", carla, a_line(100))
    refund_order(order, number="R-1", by=SYSTEM, amount_minor=3000)

    again = refund_order(order, number="R-1", by=SYSTEM, amount_minor=3000)

    assert not again.refund.is_new
    assert balance_of(carla).active == 70
    with pytest.raises(RefundConflict):
        refund_order(order, number="R-1", by=SYSTEM, amount_minor=4000)
    assert Refund.objects.filter(merchant=aroma).count() == 1


def test_more_than_was_paid_cannot_go_back(aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, "A-1", carla, a_line(100))
    refund_order(order, number="R-1", by=SYSTEM, amount_minor=6000)

    with pytest.raises(RefundTooLarge) as refusal:
        refund_order(order, number="R-2", by=SYSTEM, amount_minor=4001)

    assert refusal.value.details["refundable_minor"] == 4000
    assert balance_of(carla).active == 40
    with pytest.raises(InvalidValue):
        refund_order(order, number="R-3", by=SYSTEM, lines=[LineRefund(7, Decimal(1))])
    assert Refund.objects.filter(merchant=aroma).count() == 1


def test_spent_points_become_arrears_that_the_next_order_pays(aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, "A-1", carla, a_line(100))
    hold_points(carla, points=80, reference="till:1", by=SYSTEM, capture=True)

    outcome = refund_order(order, number="R-1", by=SYSTEM)

    assert (outcome.points, outcome.owed, outcome.balance) == (100, 80, -80)
    assert (balance_of(carla).active, balance_of(carla).arrears) == (0, 80)
    an_order(aroma, "A-2", carla, a_line(200), at=NOON + timedelta(days=1))
    assert (balance_of(carla).active, balance_of(carla).arrears) == (120, 0)
    assert reconcile(aroma).faults == []


def test_a_programme_may_give_up_what_was_spent(aroma: Merchant, carla: Customer) -> None:
    publish_terms(aroma, shortfall="write_off")
    order = an_order(aroma, "A-1", carla, a_line(100), at=datetime.now(UTC))
    hold_points(carla, points=80, reference="till:1", by=SYSTEM, capture=True)

    outcome = refund_order(order, number="R-1", by=SYSTEM)

    assert (outcome.points, outcome.owed) == (20, 0)
    assert (balance_of(carla).active, balance_of(carla).arrears) == (0, 0)
    assert reconcile(aroma).faults == []


def test_points_that_expired_unspent_are_not_taken_a_second_time(aroma: Merchant, carla: Customer) -> None:
    old = an_order(aroma, "A-1", carla, a_line(100), at=NOON - timedelta(days=420))
    an_order(aroma, "A-2", carla, a_line(50))
    expire_lots(aroma, at=NOON)

    outcome = refund_order(old, number="R-1", by=SYSTEM)

    assert (outcome.points, outcome.owed) == (0, 0)
    assert balance_of(carla).active == 50
    award = Award.objects.get(merchant=aroma, order=old, wallet="points")
    assert (award.points_kept, award.points_lapsed) == (0, 100)


def test_a_tier_older_than_the_order_waits_for_the_night(aroma: Merchant, carla: Customer) -> None:
    an_order(aroma, "A-1", carla, a_line(1000))
    later = an_order(aroma, "A-2", carla, a_line(500), at=NOON + timedelta(days=1))

    outcome = refund_order(later, number="R-1", by=SYSTEM)

    assert (outcome.tier_before, outcome.tier) == ("silver", "silver")


def test_cancelling_takes_everything_back_once(aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, "A-1", carla, a_line(100))
    refund_order(order, number="R-1", by=SYSTEM, amount_minor=2500)

    outcome = cancel_paid_order(order, by=SYSTEM, reason="changed their mind")

    assert outcome is not None
    assert outcome.points == 75
    assert balance_of(carla).active == 0
    with pytest.raises(OrderCancelled):
        cancel_paid_order(order, by=SYSTEM)
    with pytest.raises(OrderCancelled):
        refund_order(order, number="R-2", by=SYSTEM)
    assert Entry.objects.filter(merchant=aroma, kind="refund", account__wallet="points").count() == 2


def test_an_unpaid_order_is_cancelled_not_refunded(aroma: Merchant, carla: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=NOON, paid_at=None)], by=SYSTEM)
    order = Order.objects.get(merchant=aroma, number="A-1")

    with pytest.raises(OrderNotPaid):
        refund_order(order, number="R-1", by=SYSTEM)

    assert cancel_paid_order(order, by=SYSTEM) is None
    assert not Refund.objects.filter(merchant=aroma).exists()


@given(
    st.lists(
        st.tuples(st.decimals("0.0001", "500", places=4), st.integers(1, 100_000), st.integers(0, 100)),
        min_size=1,
        max_size=8,
    )
)
def test_refunds_in_any_steps_end_at_the_same_figure(lines: list[tuple[Decimal, int, int]]) -> None:
    contributions = [contribution for contribution, _net, _share in lines]
    steps = [[(net, net * share * step // 400) for _c, net, share in lines] for step in range(5)]

    kept = [points_kept(contributions, step) for step in steps]

    assert kept == sorted(kept, reverse=True)
    assert kept[0] == int(sum(contributions))
    assert points_kept(contributions, [(net, net) for _c, net, _s in lines]) == 0
