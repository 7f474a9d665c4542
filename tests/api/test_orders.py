"""Shops and tills report orders over the API: each is recorded once, and earns once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commerce.models import Order
from customers.actions import upsert_customer
from customers.models import Customer
from loyalty.models import Account, Entry
from merchants.clock import now
from merchants.models import SYSTEM, Merchant
from tests.api.till import NOON, Till, an_order, counted_statements, cus
from tests.cast import make_key


def points_of(customer: Customer) -> int:
    account = Account.objects.filter(merchant=customer.merchant, customer=customer, wallet="points").first()
    return account.balance if account else 0


def pointers(problem: dict[str, Any]) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in problem["errors"]}


def test_a_paid_order_earns_and_the_answer_says_what(till: Till, carla: Customer) -> None:
    status, receipt = till.post("/orders", an_order("A-1", carla, 1200, 30))

    assert status == 201
    assert receipt | {"id": ""} == {
        "id": "",
        "number": "A-1",
        "is_new": True,
        "customer_id": cus(carla),
        "currency": "CNY",
        "total_minor": 123_000,
        "earned": {
            "points": 1230,
            "growth": 1230,
            "balance": 1230,
            "tier": "silver",
            "tier_before": "regular",
        },
    }
    assert points_of(carla) == 1230


def test_reporting_an_order_twice_records_it_once(till: Till, aroma: Merchant, carla: Customer) -> None:
    _, first = till.post("/orders", an_order("A-1", carla))

    status, again = till.post("/orders", an_order("A-1", carla))

    assert (status, again["is_new"], again["id"]) == (200, False, first["id"])
    assert again["earned"]["points"] == 100
    assert points_of(carla) == 100
    assert Entry.objects.filter(merchant=aroma).count() == 2


def test_a_request_that_is_sent_again_under_its_key_gets_the_same_answer(
    till: Till, aroma: Merchant, carla: Customer
) -> None:
    order = an_order("A-1", carla)
    first = till.post("/orders", order, idempotency_key="k-1")

    assert till.post("/orders", order, idempotency_key="k-1") == first
    assert till.post("/orders", an_order("A-2", carla), idempotency_key="k-1")[1]["code"] == "idempotency_key_reused"
    assert Order.objects.filter(merchant=aroma).count() == 1


def test_a_known_number_with_other_content_is_refused(till: Till, carla: Customer) -> None:
    till.post("/orders", an_order("A-1", carla, 100))

    status, problem = till.post("/orders", an_order("A-1", carla, 101))

    assert (status, problem["code"], problem["number"]) == (409, "order_conflict", "A-1")
    assert points_of(carla) == 100


def test_the_two_shops_may_use_the_same_order_number(
    till: Till, rival_till: Till, carla: Customer, rival_carla: Customer
) -> None:
    ours = till.post("/orders", an_order("A-1", carla))
    theirs = rival_till.post("/orders", an_order("A-1", rival_carla, currency="USD"))

    assert (ours[0], theirs[0]) == (201, 201)
    assert ours[1]["id"] != theirs[1]["id"]


@pytest.mark.parametrize(
    "reference",
    [
        {"number": "M000001"},
        {"phone": "138 0000 8000"},
        {"email": "Carla@Example.com"},
        {"external": {"source": "shopify", "id": "6712"}},
    ],
)
def test_a_customer_can_be_named_in_the_shops_own_words(
    till: Till, aroma: Merchant, carla: Customer, reference: dict[str, Any]
) -> None:
    upsert_customer(
        aroma, source="shopify", external_id="6712", changes={"phone": carla.phone}, link_existing=True, by=SYSTEM
    )

    status, receipt = till.post("/orders", an_order("A-1", None) | {"customer": reference})

    assert (status, receipt["customer_id"]) == (201, cus(carla))
    assert points_of(carla) == 100


@pytest.mark.parametrize(
    "reference",
    [
        {"number": "nobody"},
        {"phone": "not a phone"},
        {"phone": "+8613700007000"},
        {"email": "nobody@example.com"},
        {"external": {"source": "shopify", "id": "none"}},
        {"id": "cus_nonsense"},
        {"id": "ord_UkLWZg9DAJ"},
    ],
)
def test_an_order_of_an_unknown_customer_is_refused_whole(
    till: Till, aroma: Merchant, reference: dict[str, Any]
) -> None:
    status, problem = till.post("/orders", an_order("A-1", None) | {"customer": reference})

    assert (status, problem["code"], pointers(problem)) == (422, "unknown_customer", {"/customer": "unknown_customer"})
    assert not Order.objects.filter(merchant=aroma).exists()


def test_the_rivals_customer_is_nobody_here(till: Till, aroma: Merchant, rival_carla: Customer) -> None:
    status, problem = till.post("/orders", an_order("A-1", rival_carla))

    assert (status, problem["code"]) == (422, "unknown_customer")
    assert not Order.objects.across_merchants().exists()


def test_a_guests_order_is_recorded_and_earns_nothing(till: Till, aroma: Merchant) -> None:
    status, receipt = till.post("/orders", an_order("A-1", None))

    assert (status, receipt["customer_id"], receipt["earned"]["points"]) == (201, None, 0)
    assert not Entry.objects.filter(merchant=aroma).exists()


def test_an_order_earns_when_it_is_paid_not_before(till: Till, carla: Customer) -> None:
    _, receipt = till.post("/orders", an_order("A-1", carla, paid_at=None))
    assert points_of(carla) == 0

    status, order = till.patch(f"/orders/{receipt['id']}", {"paid_at": NOON})

    assert (status, order["status"]) == (200, "paid")
    till.patch(f"/orders/{receipt['id']}", {"paid_at": NOON, "completed_at": NOON})
    assert till.get(f"/orders/{receipt['id']}")[1]["status"] == "completed"
    assert points_of(carla) == 100


def test_an_order_in_another_currency_is_refused(till: Till, aroma: Merchant, carla: Customer) -> None:
    status, problem = till.post("/orders", an_order("A-1", carla, currency="USD"))

    assert (status, problem["code"], pointers(problem)) == (
        422,
        "currency_mismatch",
        {"/currency": "currency_mismatch"},
    )
    assert not Order.objects.filter(merchant=aroma).exists()


def test_every_fault_of_an_order_is_named_with_its_place(till: Till, carla: Customer) -> None:
    order = an_order("A-1", carla) | {
        "placed_at": "2026-11-02T12:00:00",
        "paid_at": "1066-10-14T09:00:00Z",
        "colour": "green",
        "lines": [{"unit_price_minor": "12"}, {"unit_price_minor": True, "quantity": 0}, {"quantity": 1.2345}],
    }

    status, problem = till.post("/orders", order)

    assert (status, problem["code"]) == (422, "invalid")
    assert pointers(problem) == {
        "/placed_at": "time_zone_missing",
        "/paid_at": "too_small",
        "/colour": "unknown_field",
        "/lines/0/unit_price_minor": "wrong_type",
        "/lines/1/unit_price_minor": "wrong_type",
        "/lines/1/quantity": "too_small",
        "/lines/2/quantity": "too_many_places",
        "/lines/2/unit_price_minor": "required",
    }


@pytest.mark.parametrize(
    "reference", [{}, {"id": "cus_1", "number": "M000001"}, {"external": None}, {"id": ""}, "M000001"]
)
def test_a_customer_is_named_in_exactly_one_way(till: Till, aroma: Merchant, reference: Any) -> None:
    status, problem = till.post("/orders", an_order("A-1", None) | {"customer": reference})

    assert (status, problem["code"]) == (422, "invalid")


def test_an_order_of_next_week_is_a_mistake(till: Till, aroma: Merchant, carla: Customer) -> None:
    next_week = (now(aroma) + timedelta(days=7)).isoformat()

    status, problem = till.post("/orders", an_order("A-1", carla, paid_at=next_week))

    assert (status, pointers(problem)) == (422, {"/paid_at": "in_future"})
    assert points_of(carla) == 0


def test_a_discount_larger_than_the_price_is_refused(till: Till, carla: Customer) -> None:
    order = an_order("A-1", carla)
    order["lines"][0]["discount_minor"] = 10_001
    assert pointers(till.post("/orders", order)[1]) == {"/lines/0/discount_minor": "discount_too_large"}

    status, problem = till.post("/orders", an_order("A-1", carla, discount_minor=10_001))

    assert (status, pointers(problem)) == (422, {"/discount_minor": "discount_too_large"})
    assert points_of(carla) == 0


def test_orders_are_listed_latest_first_page_by_page(till: Till, carla: Customer, dario: Customer) -> None:
    for day in range(1, 6):
        at = f"2026-11-0{day}T12:00:00+08:00"
        till.post("/orders", an_order(f"A-{day}", carla if day % 2 else dario, placed_at=at, paid_at=at))

    _, first = till.get("/orders?limit=2")
    _, second = till.get(f"/orders?limit=2&cursor={first['next_cursor']}")

    assert [order["number"] for order in first["data"] + second["data"]] == ["A-5", "A-4", "A-3", "A-2"]
    _, hers = till.get(f"/orders?customer={cus(carla)}&placed_before=2026-11-05T00:00:00%2B08:00")
    assert [order["number"] for order in hers["data"]] == ["A-3", "A-1"]
    assert till.get(f"/orders?limit=2&status=paid&cursor={first['next_cursor']}")[1]["code"] == "invalid_cursor"


def test_orders_are_found_by_what_became_of_them(till: Till, carla: Customer) -> None:
    bodies = {
        "placed": an_order("placed", carla, paid_at=None),
        "paid": an_order("paid", carla),
        "completed": an_order("completed", carla, completed_at=NOON),
        "partly_refunded": an_order("partly_refunded", carla),
        "refunded": an_order("refunded", carla),
        "cancelled": an_order("cancelled", carla),
    }
    ids = {status: till.post("/orders", body)[1]["id"] for status, body in bodies.items()}
    till.post(f"/orders/{ids['partly_refunded']}/refunds", {"number": "R-1", "amount_minor": 100})
    till.post(f"/orders/{ids['refunded']}/refunds", {"number": "R-2"})
    till.post(f"/orders/{ids['cancelled']}/cancel", {})

    for status in bodies:
        _, page = till.get(f"/orders?status={status}")
        assert [(order["number"], order["status"]) for order in page["data"]] == [(status, status)]


def test_the_rivals_order_does_not_exist_here(till: Till, rival_till: Till, rival_carla: Customer) -> None:
    theirs = rival_till.post("/orders", an_order("A-1", rival_carla, currency="USD"))[1]["id"]

    assert till.get(f"/orders/{theirs}")[0] == 404
    assert till.patch(f"/orders/{theirs}", {"completed_at": NOON})[0] == 404
    assert till.post(f"/orders/{theirs}/cancel", {})[0] == 404
    assert till.post(f"/orders/{theirs}/refunds", {"number": "R-1"})[0] == 404
    assert till.get(f"/orders/{theirs}/refunds")[0] == 404
    assert till.get(f"/orders/{theirs}/explanation")[0] == 404
    assert till.get("/orders")[1]["data"] == []
    assert rival_till.get(f"/orders/{theirs}")[1]["status"] == "paid"


def test_a_key_that_may_only_read_records_nothing(aroma: Merchant, carla: Customer) -> None:
    reader = Till(make_key(aroma, "orders:read"))

    status, problem = reader.post("/orders", an_order("A-1", carla))

    assert (status, problem["code"], problem["scope"]) == (403, "scope_missing", "orders:write")
    assert reader.get("/orders") == (200, {"data": [], "has_more": False, "next_cursor": None})
    assert reader.get(f"/customers/{cus(carla)}/account")[0] == 403


def test_an_order_costs_few_statements(till: Till, carla: Customer) -> None:
    till.post("/orders", an_order("A-1", carla, 10, 20, 30))

    with counted_statements() as sent:
        till.post("/orders", an_order("A-2", carla, 10, 20, 30), idempotency_key="k-2")

    work = [statement for statement in sent if "SAVEPOINT" not in statement]
    assert len(work) <= 8, work
