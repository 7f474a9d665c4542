"""The member's points and orders, and why they are what they are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from commerce.rules.refunds import LineRefund
from customers.models import Customer
from loyalty.actions.grants import grant_bonus
from loyalty.actions.holds import hold_points
from loyalty.actions.refunds import refund_order
from loyalty.models import Entry
from loyalty.queries.balances import entries_of
from loyalty.rules.kinds import Kind, Wallet
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line
from tests.loyalty.portal.conftest import Buys, text_of


def why(phone: Client, entry: Entry) -> str:
    return text_of(phone.get(f"/m/aroma/points/{public_id('ent', entry.pk)}"))


def test_every_line_of_the_ledger_leads_to_its_reason(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(128), a_line(100, category_path="礼品卡"))
    page = phone.get("/m/aroma/points")
    entry = entries_of(carla).get()
    assert f"/m/aroma/points/{public_id('ent', entry.pk)}" in page.content.decode()
    assert "消费积分: ¥128.00 × 1 = 128 积分" in why(phone, entry)


def test_the_ledger_narrows_to_what_was_asked(phone: Client, carla: Customer, buys: Buys) -> None:
    order = buys(carla, "A1", a_line(300))
    hold_points(carla, points=50, reference="till:7", by=SYSTEM, capture=True, description="Mug")
    refund_order(order, number="R1", by=SYSTEM, amount_minor=10_000)
    shown = {
        show: [row["title"] for row in phone.get(f"/m/aroma/points?show={show}").context["entries"]]
        for show in ("", "in", "spent", "gone")
    }
    assert shown == {
        "": ["Refund R1", "Mug", "Order A1"],
        "in": ["Order A1"],
        "spent": ["Mug"],
        "gone": ["Refund R1"],
    }


def test_growth_value_has_a_ledger_of_its_own(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(100, category_path="礼品卡"))
    assert phone.get("/m/aroma/points").context["entries"] == []
    page = phone.get("/m/aroma/points?wallet=growth")
    assert [row["points"] for row in page.context["entries"]] == [100]
    assert "cannot be spent" in text_of(page)


def test_a_long_ledger_comes_in_pages(phone: Client, carla: Customer, buys: Buys) -> None:
    for number in range(25):
        buys(carla, f"A{number}", a_line(1), days_ago=25 - number)
    first = phone.get("/m/aroma/points")
    assert len(first.context["entries"]) == 20
    second = phone.get(f"/m/aroma/points?after={first.context['next']}")
    assert [row["title"] for row in second.context["entries"]] == [f"Order A{n}" for n in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("kind", "said"), [(Kind.BONUS, "A gift from the shop."), (Kind.GOODWILL, "make something good")]
)
def test_a_gift_says_who_gave_it_and_why(phone: Client, carla: Customer, kind: Kind, said: str) -> None:
    entry = grant_bonus(carla, points=88, kind=kind, reference="gift:1", by=SYSTEM, reason="Late parcel")
    text = why(phone, entry)
    assert said in text
    assert "Reason: Late parcel" in text


def test_a_debit_says_which_points_it_used(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(100), days_ago=5)
    hold_points(carla, points=30, reference="till:1", by=SYSTEM, capture=True)
    assert "(Order A1)" in why(phone, entries_of(carla).filter(kind=Kind.SPEND).get())


def test_an_order_shows_its_arithmetic_and_what_a_refund_took(phone: Client, carla: Customer, buys: Buys) -> None:
    order = buys(
        carla, "A1", a_line(100, name="Oolong", sku="OO", quantity=2), a_line(50, name="Card", category_path="礼品卡")
    )
    refund_order(order, number="R1", by=SYSTEM, lines=[LineRefund(0, Decimal(1))], reason="One too many")
    text = text_of(phone.get(f"/m/aroma/orders/{public_id('ord', order.pk)}"))
    for said in ("Partly refunded", "Oolong", "× 2 · 200 积分", "+100", "of 200 earned", "One too many", "Refund R1"):
        assert said in text, said
    listed = phone.get("/m/aroma/orders").context["orders"]
    assert [(row["number"], row["points"]) for row in listed] == [("A1", 100)]


def test_an_unpaid_order_says_why_it_earned_nothing(phone: Client, carla: Customer, buys: Buys) -> None:
    order = buys(carla, "A1", a_line(100), paid_at=None)
    text = text_of(phone.get(f"/m/aroma/orders/{public_id('ord', order.pk)}"))
    assert "it has not been paid yet" in text


def test_what_expires_is_listed_soonest_first(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(70), days_ago=40)
    buys(carla, "A2", a_line(30), days_ago=10)
    rows = phone.get("/m/aroma/points/expiring").context["balance"].next_expirations
    assert [row.points for row in rows] == [70, 30]


def test_nobody_reads_anothers_entry_or_order(
    phone: Client, carla: Customer, dario: Customer, rival_carla: Customer, buys: Buys
) -> None:
    for owner in (dario, rival_carla):
        order = buys(owner, "B1")
        entry = entries_of(owner, wallet=Wallet.POINTS).get()
        assert phone.get(f"/m/aroma/orders/{public_id('ord', order.pk)}").status_code == 404
        assert phone.get(f"/m/aroma/points/{public_id('ent', entry.pk)}").status_code == 404


@pytest.mark.parametrize("path", ["points/ent_zzz", "points/7", "orders/cus_4fQzR9", "orders/%00"])
def test_what_is_no_id_is_not_found(phone: Client, path: str) -> None:
    assert phone.get(f"/m/aroma/{path}").status_code == 404


def test_the_page_speaks_chinese_too(aroma: Merchant, phone: Client, carla: Customer, buys: Buys) -> None:
    order = buys(carla, "A1", a_line(100))
    for path in ("", "points", "orders", f"orders/{public_id('ord', order.pk)}", "programme", "tiers", "shop", "code"):
        response = phone.get(f"/m/aroma/{path}", headers={"accept-language": "zh-hans"})
        assert response.status_code == 200
        assert '<html lang="zh-Hans"' in response.content.decode()
