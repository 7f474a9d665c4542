"""Products over the API, and what a customer bought at a glance."""

from __future__ import annotations

import pytest

from customers.models import Customer
from merchants.models import Merchant
from tests.api.till import Till, an_order, cus
from tests.cast import make_key


@pytest.fixture
def till(aroma: Merchant) -> Till:
    return Till(make_key(aroma))


def test_a_product_appears_with_the_first_order_that_names_it(till: Till, carla: Customer) -> None:
    assert till.get("/products")[1]["data"] == []
    till.post("/orders", an_order("A-1", carla, 100, 30))

    _, page = till.get("/products")

    assert sorted((each["sku"], each["list_price_minor"]) for each in page["data"]) == [
        ("SKU-0", 10_000),
        ("SKU-1", 3_000),
    ]
    one = page["data"][0]
    assert till.get(f"/products/{one['id']}") == (200, one)
    assert [each["sku"] for each in till.get("/products?sku=SKU-1")[1]["data"]] == ["SKU-1"]


def test_a_category_holds_all_below_it_and_nothing_beside_it(till: Till, carla: Customer) -> None:
    order = an_order("A-1", carla, 1, 2, 3)
    for line, path in zip(order["lines"], ["茶", "茶/绿茶/龙井", "茶具/杯"], strict=True):
        line["category_path"] = path
    till.post("/orders", order)

    _, page = till.get("/products?category=%E8%8C%B6")  # 茶

    assert sorted(each["category_path"] for each in page["data"]) == ["茶", "茶/绿茶/龙井"]


def test_the_rivals_products_do_not_exist_here(till: Till, borough: Merchant, rival_carla: Customer) -> None:
    rival = Till(make_key(borough))
    rival.post("/orders", an_order("A-1", rival_carla, currency="USD"))
    theirs = rival.get("/products")[1]["data"][0]["id"]

    assert till.get(f"/products/{theirs}")[0] == 404
    assert till.get("/products")[1]["data"] == []


def test_a_summary_follows_orders_and_refunds(till: Till, carla: Customer) -> None:
    assert till.get(f"/customers/{cus(carla)}/purchases")[1]["orders"] == 0
    first = till.post("/orders", an_order("A-1", carla, 100))[1]["id"]
    till.post("/orders", an_order("A-2", carla, 300))
    till.post(f"/orders/{first}/refunds", {"number": "R-1"})

    status, summary = till.get(f"/customers/{cus(carla)}/purchases")

    assert status == 200
    assert {name: summary[name] for name in ("currency", "orders", "spend_minor", "refunded_minor")} == {
        "currency": "CNY", "orders": 1, "spend_minor": 30_000, "refunded_minor": 10_000,
    }  # fmt: skip
    assert summary["average_order_minor"] == 30_000
