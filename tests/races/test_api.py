"""Many tills at the same moment: every effect happens once, nobody is answered with a fault, and the books balance."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from commerce.models import Order
from customers.models import Customer
from loyalty.actions.nights import reconcile
from loyalty.models import Entry, Hold
from loyalty.queries.balances import balance_of
from merchants.models import Merchant
from tests.api.till import Till, an_order, cus
from tests.cast import make_key
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def till(aroma: Merchant) -> Till:
    return Till(make_key(aroma))


@pytest.fixture
def rich(till: Till, carla: Customer) -> str:
    """Carla's public id, with 500 points of one order."""
    assert till.post("/orders", an_order("A-0", carla, 500))[0] == 201
    return cus(carla)


def statuses(answers: list[tuple[int, Any]]) -> Counter[int]:
    return Counter(status for status, _ in answers)


def test_of_twenty_spends_of_the_whole_balance_one_wins(
    till: Till, aroma: Merchant, carla: Customer, rich: str
) -> None:
    def spend(n: int) -> tuple[int, Any]:
        return till.post(f"/customers/{rich}/holds", {"points": 500, "reference": f"till-{n}", "capture": True})

    answers = in_parallel(spend, times=20, threads=20)

    assert statuses(answers) == {201: 1, 409: 19}
    assert {body["code"] for status, body in answers if status == 409} == {"insufficient_points"}
    assert balance_of(carla).active == 0
    assert Hold.objects.filter(merchant=aroma).count() == 1
    assert reconcile(aroma).faults == []


def test_a_request_sent_a_hundred_times_under_one_key_is_done_once(
    till: Till, aroma: Merchant, carla: Customer, rich: str
) -> None:
    order = an_order("A-1", carla)

    answers = in_parallel(lambda _: till.post("/orders", order, idempotency_key="k-1"), times=100)

    assert statuses(answers).keys() <= {201, 409}
    receipts = [body for status, body in answers if status == 201]
    assert receipts
    assert all(body == receipts[0] for body in receipts)
    assert {body["code"] for status, body in answers if status == 409} <= {"idempotency_in_flight"}
    assert balance_of(carla).active == 600
    assert till.post("/orders", order, idempotency_key="k-1") == (201, receipts[0])


def test_a_spend_sent_fifty_times_under_one_key_is_made_once(
    till: Till, aroma: Merchant, carla: Customer, rich: str
) -> None:
    spend = {"points": 7, "reference": "till-1", "capture": True}

    answers = in_parallel(lambda _: till.post(f"/customers/{rich}/holds", spend, idempotency_key="k-1"), times=50)

    assert statuses(answers).keys() <= {201, 409}
    made = [body for status, body in answers if status == 201]
    assert made
    assert all(body == made[0] for body in made)
    assert {body["code"] for status, body in answers if status == 409} <= {"idempotency_in_flight"}
    assert balance_of(carla).active == 493
    assert reconcile(aroma).faults == []


def test_spends_from_many_tills_under_one_reference_are_one_spend(
    till: Till, aroma: Merchant, carla: Customer, rich: str
) -> None:
    spend = {"points": 7, "reference": "till-1", "capture": True}

    answers = in_parallel(lambda n: till.post(f"/customers/{rich}/holds", spend, idempotency_key=f"k-{n}"), times=50)

    assert statuses(answers) == {201: 50}
    assert len({body["id"] for _, body in answers}) == 1
    assert balance_of(carla).active == 493
    assert reconcile(aroma).faults == []


def test_one_order_under_fifty_keys_is_one_order(till: Till, aroma: Merchant, carla: Customer, rich: str) -> None:
    order = an_order("A-1", carla)

    answers = in_parallel(lambda n: till.post("/orders", order, idempotency_key=f"k-{n}"), times=50)

    assert statuses(answers) == {201: 1, 200: 49}
    assert len({body["id"] for _, body in answers}) == 1
    assert {body["earned"]["points"] for _, body in answers} == {100}
    assert Order.objects.filter(merchant=aroma, number="A-1").count() == 1
    assert balance_of(carla).active == 600
    assert reconcile(aroma).faults == []


def test_one_number_with_two_contents_is_the_first_of_them(
    till: Till, aroma: Merchant, carla: Customer, rich: str
) -> None:
    answers = in_parallel(lambda n: till.post("/orders", an_order("A-1", carla, 100 + n % 2)), times=20)

    assert statuses(answers) == {201: 1, 200: 9, 409: 10}
    assert {body["code"] for status, body in answers if status == 409} == {"order_conflict"}
    assert Order.objects.filter(merchant=aroma, number="A-1").count() == 1


def test_a_hot_member_earns_and_spends_from_sixteen_tills(
    till: Till, aroma: Merchant, carla: Customer, rich: str
) -> None:
    def act(n: int) -> tuple[int, Any]:
        if n % 3 == 0:
            return till.post(f"/customers/{rich}/holds", {"points": 70, "reference": f"till-{n}", "capture": True})
        if n % 3 == 1:
            return till.post("/orders", an_order(f"A-{n}", carla, 50))
        return till.get(f"/customers/{rich}/account")

    answers = in_parallel(act, times=150)

    assert statuses(answers).keys() <= {200, 201, 409}
    assert {body["code"] for status, body in answers if status == 409} <= {"insufficient_points"}
    entries = Entry.objects.filter(merchant=aroma, account__customer=carla, account__wallet="points")
    assert balance_of(carla).active == sum(entry.points for entry in entries)
    assert reconcile(aroma).faults == []


def test_a_refund_sent_from_ten_tills_is_made_once(till: Till, aroma: Merchant, carla: Customer, rich: str) -> None:
    order = till.get("/orders?number=A-0")[1]["data"][0]["id"]
    refund = {"number": "R-1", "amount_minor": 10_000}

    answers = in_parallel(lambda _: till.post(f"/orders/{order}/refunds", refund), times=10, threads=10)

    assert statuses(answers) == {201: 1, 200: 9}
    assert balance_of(carla).active == 400
    assert reconcile(aroma).faults == []


def test_different_refunds_never_give_back_more_than_was_paid(
    till: Till, aroma: Merchant, carla: Customer, rich: str
) -> None:
    order = till.get("/orders?number=A-0")[1]["data"][0]["id"]

    def refund(n: int) -> tuple[int, Any]:
        return till.post(f"/orders/{order}/refunds", {"number": f"R-{n}", "amount_minor": 15_000})

    answers = in_parallel(refund, times=10, threads=10)

    assert statuses(answers) == {201: 3, 422: 7}
    assert balance_of(carla).active == 50
    assert reconcile(aroma).faults == []


def test_a_hold_is_captured_or_released_never_both(till: Till, aroma: Merchant, carla: Customer, rich: str) -> None:
    for round_ in range(5):
        hold = till.post(f"/customers/{rich}/holds", {"points": 100, "reference": f"cart-{round_}"})[1]["id"]

        def settle(n: int, hold: str = hold) -> tuple[int, Any]:
            return till.post(f"/holds/{hold}/capture", {}) if n % 2 else till.post(f"/holds/{hold}/release")

        answers = in_parallel(settle, times=6, threads=6)

        assert statuses(answers) == {200: 3, 409: 3}
        assert {body["code"] for status, body in answers if status == 409} == {"hold_not_open"}
    assert reconcile(aroma).faults == []
    captured = Hold.objects.filter(merchant=aroma, state="captured").count()
    assert balance_of(carla).active == 500 - 100 * captured


def test_batches_with_the_same_orders_in_opposite_sequence_meet_in_peace(
    till: Till, aroma: Merchant, carla: Customer, dario: Customer, rich: str
) -> None:
    orders = [an_order(f"B-{n}", carla if n % 2 else dario) for n in range(40)]

    def send(n: int) -> tuple[int, Any]:
        return till.post("/orders/batch", {"orders": orders[::-1] if n % 2 else orders})

    answers = in_parallel(send, times=8, threads=8)

    assert statuses(answers) == {200: 8}
    assert sum(body["recorded"] for _, body in answers) == 40
    assert sum(body["repeated"] for _, body in answers) == 7 * 40
    assert balance_of(dario).active == 10 * 100 + 10 * 120  # the tenth order made him silver
    assert reconcile(aroma).faults == []
