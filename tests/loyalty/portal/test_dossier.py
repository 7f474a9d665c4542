"""A member takes home what the shop holds about them."""

from __future__ import annotations

from django.test import Client

from customers.models import Customer
from events.models import Event
from loyalty.actions.refunds import refund_order
from merchants.models import SYSTEM
from tests.cast import a_line
from tests.loyalty.portal.conftest import Buys


def test_a_member_downloads_profile_orders_and_points(
    phone: Client, carla: Customer, dario: Customer, buys: Buys
) -> None:
    refund_order(buys(carla, "A-1", a_line(120, name="龙井")), number="R-1", by=SYSTEM, amount_minor=2000)
    buys(dario, "D-1")
    assert phone.get("/m/aroma/me/download").status_code == 405

    held = phone.post("/m/aroma/me/download").json()

    assert (held["name"], held["phone"]) == ("张三丰", "+8613800008000")
    assert [(order["number"], order["refunded_minor"]) for order in held["orders"]] == [("A-1", 2000)]
    assert held["orders"][0]["lines"][0]["name"] == "龙井"
    assert held["points"]["active"] == 100
    assert [entry["points"] for entry in held["points"]["entries"]] == [120, -20]
    assert "D-1" not in str(held)
    assert Event.objects.filter(merchant=carla.merchant, type="customers.personal_data_downloaded").count() == 1
