"""Why a member has these points: the arithmetic of the rules that matched, and why the others did not."""

from __future__ import annotations

from customers.models import Customer
from merchants.clock import world_now
from merchants.models import Merchant
from tests.api.till import Till, an_order, cus
from tests.cast import publish_terms

RULES = [
    {"code": "base", "name": "Base", "points_per_unit": "1.5", "excluded_categories": ["礼品卡"]},
    {"code": "big", "name": "Big basket", "points_per_unit": "1", "minimum_minor": 50_000},
    {"code": "cups", "name": "Cups", "points_per_unit": "1", "only_categories": ["茶具"]},
]


def test_an_order_is_explained_rule_by_rule(till: Till, aroma: Merchant, carla: Customer) -> None:
    publish_terms(aroma, earning_rules=RULES)
    tomorrow = till.post("/orders", an_order("A-0", carla))[1]  # under the terms of its own day
    assert tomorrow["earned"]["points"] == 100
    order = an_order("A-1", carla, 99)
    order["placed_at"] = order["paid_at"] = world_now().isoformat()
    order["lines"].append({"category_path": "礼品卡/电子卡", "unit_price_minor": 5_000})
    receipt = till.post("/orders", order)[1]

    status, why = till.get(f"/orders/{receipt['id']}/explanation")

    assert status == 200
    (award,) = why["awards"]
    assert (award["exact"], award["points"], award["contributions"]) == ("148.5", 148, ["148.5", "0"])
    base, big, cups = award["rules"]
    assert base["matched"]
    assert (base["base_minor"], base["rate"], base["points"], base["positions"]) == (9_900, "1.5", "148.5", [0])
    assert (big["matched"], big["reason"], big["short_by_minor"]) == (False, "below_minimum", 35_100)
    assert (cups["matched"], cups["reason"]) == (False, "no_line_counts")
    assert any("148.5 → 148" in sentence for sentence in why["sentences"])


def test_an_order_that_earned_nothing_says_why(till: Till, carla: Customer) -> None:
    guest = till.post("/orders", an_order("A-1", None))[1]["id"]
    unpaid = till.post("/orders", an_order("A-2", carla, paid_at=None))[1]["id"]

    assert till.get(f"/orders/{guest}/explanation")[1]["nothing_because"] == "no_customer"
    assert till.get(f"/orders/{unpaid}/explanation")[1]["nothing_because"] == "not_paid"


def test_a_spend_names_the_purchases_whose_points_it_used(till: Till, carla: Customer) -> None:
    for number in ("A-1", "A-2"):
        till.post("/orders", an_order(number, carla))
    till.post(f"/customers/{cus(carla)}/holds", {"points": 150, "reference": "till-1", "capture": True})
    spend, second, first = till.get(f"/customers/{cus(carla)}/entries")[1]["data"]

    status, why = till.get(f"/entries/{spend['id']}/explanation")

    assert status == 200
    assert why["lots"] == [{"earned_by": first["id"], "points": 100}, {"earned_by": second["id"], "points": 50}]
    assert why["hold"]["reference"] == "till-1"
    assert till.get(f"/entries/{first['id']}/explanation")[1]["order"]["number"] == "A-1"


def test_it_is_said_in_the_callers_language(till: Till, carla: Customer) -> None:
    order = till.post("/orders", an_order("A-1", carla))[1]["id"]

    answer = till.raw("GET", f"/orders/{order}/explanation", accept_language="zh-CN,zh;q=0.9")

    assert answer.headers["Content-Language"] == "zh-hans"
