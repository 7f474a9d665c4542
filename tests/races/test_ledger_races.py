"""What happens when everybody comes at once. Real threads, real commits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from commerce.models import Order
from commerce.queries import summary_of
from customers.models import Customer
from events.models import Event
from loyalty.actions.grants import approve_adjustment, ask_adjustment, grant_bonus
from loyalty.actions.holds import capture_hold, hold_points, release_hold
from loyalty.actions.nights import close_day, expire_lots, reconcile
from loyalty.actions.purchases import OrderOutcome, record_orders
from loyalty.actions.refunds import refund_order
from loyalty.errors import AdjustmentDecided, HoldNotOpen, InsufficientPoints
from loyalty.models import ClosedDay, Entry, Hold
from loyalty.queries.balances import balance_of, get_adjustment, get_hold
from loyalty.rules.kinds import Kind
from merchants.clock import now
from merchants.models import SYSTEM, Actor, Merchant
from tests.cast import a_line, a_purchase, make_staff
from tests.races.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rich(aroma: Merchant, carla: Customer) -> Customer:
    grant_bonus(carla, points=100, kind=Kind.BONUS, reference="seed", by=SYSTEM)
    return carla


def test_of_twenty_spends_of_the_whole_balance_one_wins(aroma: Merchant, rich: Customer) -> None:
    answers = all_at_once(
        [partial(hold_points, rich, points=100, reference=f"till:{n}", by=SYSTEM, capture=True) for n in range(20)]
    )

    assert sum(isinstance(answer, Hold) for answer in answers) == 1
    assert sum(isinstance(answer, InsufficientPoints) for answer in answers) == 19
    assert balance_of(rich).active == 0
    assert reconcile(aroma).faults == []


def test_one_order_reported_by_ten_tills_earns_once(aroma: Merchant, carla: Customer) -> None:
    purchase = a_purchase("A-1", carla, at=now(aroma))

    answers = all_at_once([partial(record_orders, aroma, [purchase], by=SYSTEM)] * 10)

    outcomes = [outcome for answer in answers if isinstance(answer, list) for outcome in answer]
    assert [type(outcome) for outcome in outcomes] == [OrderOutcome] * 10
    assert sum(outcome.is_new for outcome in outcomes if isinstance(outcome, OrderOutcome)) == 1
    assert balance_of(carla).active == 100
    assert summary_of(carla).orders == 1
    assert Event.objects.filter(merchant=aroma, type="loyalty.points_earned").count() == 1


def test_batches_with_the_same_customers_in_other_order_do_not_deadlock(
    aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    at = now(aroma)

    def batch(n: int) -> list[object]:
        pair = [carla, dario] if n % 2 else [dario, carla]
        return list(
            record_orders(
                aroma, [a_purchase(f"{n}-{k}", pair[k % 2], at=at - timedelta(minutes=n)) for k in range(20)], by=SYSTEM
            )
        )

    answers = all_at_once([partial(batch, n) for n in range(8)])

    assert all(isinstance(answer, list) for answer in answers), answers
    assert Order.objects.filter(merchant=aroma).count() == 160
    assert summary_of(carla).orders == summary_of(dario).orders == 80
    assert reconcile(aroma).faults == []


def test_earning_spending_and_expiring_at_once_keep_the_books(aroma: Merchant, rich: Customer) -> None:
    at = now(aroma)
    old = [a_purchase(f"old-{n}", rich, a_line(10), at=at - timedelta(days=400 + n)) for n in range(20)]
    record_orders(aroma, old, by=SYSTEM)

    all_at_once(
        [
            *[partial(record_orders, aroma, [a_purchase(f"A-{n}", rich, at=at)], by=SYSTEM) for n in range(4)],
            *[partial(hold_points, rich, points=60, reference=f"till:{n}", by=SYSTEM, capture=True) for n in range(4)],
            *[partial(expire_lots, aroma, at=at) for _ in range(3)],
        ]
    )

    assert expire_lots(aroma, at=at).lots == 0
    assert Entry.objects.filter(merchant=aroma, kind=Kind.EXPIRE, account__wallet="points").count() == 20
    assert reconcile(aroma).faults == []


def test_a_hold_is_captured_or_released_never_both(aroma: Merchant, rich: Customer) -> None:
    hold = hold_points(rich, points=40, reference="cart:1", by=SYSTEM)

    def settle(n: int) -> Hold:
        fresh = get_hold(aroma, hold.pk)
        return capture_hold(fresh, by=SYSTEM) if n % 2 else release_hold(fresh, by=SYSTEM)

    answers = all_at_once([partial(settle, n) for n in range(10)])

    settled = get_hold(aroma, hold.pk)
    assert sum(isinstance(answer, HoldNotOpen) for answer in answers) == 5
    assert balance_of(rich).active == (60 if settled.state == "captured" else 100)
    assert reconcile(aroma).faults == []


def test_an_order_refunded_from_two_desks_goes_back_once(aroma: Merchant, carla: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=now(aroma))], by=SYSTEM)
    order = Order.objects.select_related("merchant").get(merchant=aroma, number="A-1")

    answers = all_at_once([partial(refund_order, order, number=f"R-{n}", by=SYSTEM) for n in range(6)])

    taken = [answer.points for answer in answers if not isinstance(answer, Exception)]
    assert sum(taken) == 100
    order.refresh_from_db()
    assert order.refunded_minor == order.total_minor
    assert balance_of(carla).arrears == 0
    assert reconcile(aroma).faults == []


def test_two_checkers_post_an_adjustment_once(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    adjustment = ask_adjustment(carla, points=5000, reason="opening balance", by=by_ana)
    checkers = [Actor("staff", make_staff(f"c{n}@aroma.example", f"C{n}", shop=aroma).pk, f"C{n}") for n in range(4)]

    answers = all_at_once(
        [partial(lambda by: approve_adjustment(get_adjustment(aroma, adjustment.pk), by=by), by) for by in checkers]
    )

    assert sum(isinstance(answer, AdjustmentDecided) for answer in answers) == 3
    assert balance_of(carla).active == 5000


def test_two_beats_close_a_day_once(aroma: Merchant, rich: Customer) -> None:
    at = now(aroma)
    record_orders(aroma, [a_purchase("A-1", rich, a_line(70), at=at - timedelta(days=400))], by=SYSTEM)

    answers = all_at_once([partial(close_day, aroma)] * 3)

    assert sum(isinstance(answer, ClosedDay) for answer in answers) == 1, answers
    assert Entry.objects.filter(merchant=aroma, kind=Kind.EXPIRE, account__wallet="points").count() == 1
    assert close_day(aroma) is None
