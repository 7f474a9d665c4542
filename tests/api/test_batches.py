"""Up to 500 orders in one request: each stands alone."""

from __future__ import annotations

from commerce.models import Order
from customers.models import Customer
from loyalty.actions.nights import reconcile
from merchants.models import Merchant
from tests.api.test_orders import points_of
from tests.api.till import Till, an_order, counted_statements


def test_one_that_is_refused_does_not_hinder_the_others(
    till: Till, aroma: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    malformed = an_order("B-3", carla) | {"lines": [{"unit_price_minor": -1}]}
    orders = [
        an_order("B-1", carla),
        an_order("B-1", carla),
        an_order("B-1", carla, 101),
        malformed,
        an_order("B-4", carla, currency="USD"),
        an_order("B-5", rival_carla),
        an_order("B-6", None) | {"customer": {"phone": "13800008000"}},
        an_order("B-7", None) | {"customer": {"email": "nobody@example.com"}},
        an_order("B-8", None),
        "no order at all",
    ]

    status, answer = till.post("/orders/batch", {"orders": orders})

    assert status == 200
    assert [(result["index"], result["status"]) for result in answer["results"]] == [
        (0, 201), (1, 200), (2, 409), (3, 422), (4, 422), (5, 422), (6, 201), (7, 422), (8, 201), (9, 422),
    ]  # fmt: skip
    assert (answer["recorded"], answer["repeated"], answer["refused"]) == (3, 1, 6)
    assert [result["problem"]["code"] for result in answer["results"] if result["problem"]] == [
        "order_conflict", "invalid", "currency_mismatch", "unknown_customer", "unknown_customer", "invalid",
    ]  # fmt: skip
    assert answer["results"][3]["problem"]["errors"][0]["pointer"] == "/orders/3/lines/0/unit_price_minor"
    assert answer["results"][4]["problem"]["errors"][0]["pointer"] == "/orders/4/currency"
    assert sorted(Order.objects.filter(merchant=aroma).values_list("number", flat=True)) == ["B-1", "B-6", "B-8"]
    assert points_of(carla) == 200
    assert reconcile(aroma).faults == []


def test_sending_a_batch_again_changes_nothing(till: Till, aroma: Merchant, carla: Customer) -> None:
    batch = {"orders": [an_order(f"B-{n}", carla) for n in range(20)]}
    assert till.post("/orders/batch", batch)[1]["recorded"] == 20
    earned = points_of(carla)

    _, again = till.post("/orders/batch", batch)

    assert (again["recorded"], again["repeated"], again["refused"]) == (0, 20, 0)
    assert points_of(carla) == earned


def test_a_tier_reached_in_the_middle_of_a_batch_counts_for_the_rest(till: Till, carla: Customer) -> None:
    days = [f"2026-11-0{day}T12:00:00+08:00" for day in (3, 1, 2)]
    orders = [an_order(f"B-{n}", carla, 1000, placed_at=at, paid_at=at) for n, at in enumerate(days)]

    _, answer = till.post("/orders/batch", {"orders": orders})

    earned = [result["order"]["earned"]["points"] for result in answer["results"]]
    assert earned == [1200, 1000, 1200]


def test_an_empty_and_an_endless_batch_are_refused(till: Till, aroma: Merchant) -> None:
    assert till.post("/orders/batch", {"orders": []})[0] == 422
    many = {"orders": [an_order(f"B-{n}", None) for n in range(501)]}
    status, problem = till.post("/orders/batch", many)
    assert (status, problem["errors"][0]["code"]) == (422, "too_many")
    assert not Order.objects.filter(merchant=aroma).exists()


def test_a_batch_costs_as_few_statements_as_one_order(till: Till, carla: Customer, dario: Customer) -> None:
    orders = [an_order(f"B-{n}", None, 10, 20) for n in range(100)]
    for n, order in enumerate(orders):
        order["customer"] = {"number": (carla if n % 2 else dario).number}
    till.post("/orders", an_order("A-0", carla, 10, 20))  # now the key, the terms and the products are known

    with counted_statements() as sent:
        till.post("/orders/batch", {"orders": orders}, idempotency_key="k-1")

    work = [statement for statement in sent if "SAVEPOINT" not in statement]
    assert len(work) <= 8, work
