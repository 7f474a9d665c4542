"""Refunds over the API take back exactly what the refunded lines had earned."""

from __future__ import annotations

from typing import Any

from customers.models import Customer
from loyalty.actions.nights import reconcile
from merchants.models import Merchant
from tests.api.test_orders import pointers, points_of
from tests.api.till import Till, an_order, cus
from tests.cast import publish_terms

DOUBLE = [{"code": "base", "name": "消费积分", "points_per_unit": "2"}]


def test_half_a_refund_takes_back_half_of_what_was_earned_then_not_of_what_it_would_earn_now(
    till: Till, aroma: Merchant, carla: Customer
) -> None:
    order = till.post("/orders", an_order("A-1", carla, 100, 100))[1]["id"]
    publish_terms(aroma, earning_rules=DOUBLE)

    refund = {"number": "R-1", "lines": [{"position": 0, "quantity": 1}], "reason": "碎了"}
    status, receipt = till.post(f"/orders/{order}/refunds", refund)

    assert (status, receipt["is_new"], receipt["taken_back"]["points"]) == (201, True, 100)
    assert receipt["refund"]["lines"] == [{"position": 0, "quantity": "1", "amount_minor": 10_000}]
    assert points_of(carla) == 100
    assert reconcile(aroma).faults == []


def test_a_refund_that_is_sent_twice_is_made_once(till: Till, carla: Customer) -> None:
    order = till.post("/orders", an_order("A-1", carla, 100))[1]["id"]
    refund = {"number": "R-1", "amount_minor": 4_000}
    _, first = till.post(f"/orders/{order}/refunds", refund)

    status, again = till.post(f"/orders/{order}/refunds", refund)

    assert (status, again["is_new"], again["taken_back"], again["refund"]) == (200, False, None, first["refund"])
    assert points_of(carla) == 60
    status, problem = till.post(f"/orders/{order}/refunds", refund | {"amount_minor": 4_001})
    assert (status, problem["code"]) == (409, "refund_conflict")
    assert [each["number"] for each in till.get(f"/orders/{order}/refunds")[1]["data"]] == ["R-1"]


def test_more_than_was_paid_never_goes_back(till: Till, carla: Customer) -> None:
    order = till.post("/orders", an_order("A-1", carla, 100))[1]["id"]
    till.post(f"/orders/{order}/refunds", {"number": "R-1", "amount_minor": 4_000})

    status, problem = till.post(f"/orders/{order}/refunds", {"number": "R-2", "amount_minor": 6_001})

    assert (status, problem["code"], problem["refundable_minor"]) == (422, "refund_too_large", 6_000)
    assert pointers(problem) == {"/amount_minor": "refund_too_large"}
    assert points_of(carla) == 60


def test_an_order_never_paid_is_cancelled_not_refunded(till: Till, carla: Customer) -> None:
    order = till.post("/orders", an_order("A-1", carla, paid_at=None))[1]["id"]

    assert till.post(f"/orders/{order}/refunds", {"number": "R-1"})[1]["code"] == "order_not_paid"
    status, receipt = till.post(f"/orders/{order}/cancel", {})

    assert (status, receipt["order"]["status"], receipt["refund"]) == (200, "cancelled", None)


def test_a_cancelled_order_gives_everything_back(till: Till, aroma: Merchant, carla: Customer) -> None:
    order = till.post("/orders", an_order("A-1", carla, 1200, shipping_minor=800))[1]["id"]
    till.post(f"/customers/{cus(carla)}/holds", {"points": 200, "reference": "till-1", "capture": True})

    status, receipt = till.post(f"/orders/{order}/cancel", {"reason": "changed her mind"})

    assert (status, receipt["order"]["status"], receipt["refund"]["amount_minor"]) == (200, "cancelled", 120_800)
    assert receipt["taken_back"] == {
        "points": 1200, "growth": 1200, "owed": 200, "balance": -200, "tier": "regular", "tier_before": "silver",
    }  # fmt: skip
    assert till.post(f"/orders/{order}/cancel", {})[1]["code"] == "order_cancelled"
    assert till.get(f"/customers/{cus(carla)}/account")[1]["arrears"] == 200
    assert reconcile(aroma).faults == []


def test_a_refund_says_one_thing_about_lines_that_exist(till: Till, carla: Customer) -> None:
    order = till.post("/orders", an_order("A-1", carla, 100))[1]["id"]
    line = {"position": 0, "quantity": 1}
    bodies: dict[str, dict[str, Any]] = {
        "one_of": {"lines": [line], "amount_minor": 1},
        "position_twice": {"lines": [line, line]},
        "required": {"lines": [{"position": 0}]},
        "unknown_line": {"lines": [{"position": 7, "quantity": 1}]},
    }

    for code, body in bodies.items():
        status, problem = till.post(f"/orders/{order}/refunds", {"number": "R-1"} | body)
        assert (status, problem["errors"][0]["code"]) == (422, code)
    assert points_of(carla) == 100
