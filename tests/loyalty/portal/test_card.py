"""What a member sees first: the card, and what is missing on it."""

from __future__ import annotations

import json
import re

from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from customers.models import Customer
from loyalty.actions.holds import hold_points
from loyalty.queries.balances import entries_of
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, make_shop, make_staff
from tests.loyalty.portal.conftest import Buys, signed_in, text_of


def test_the_card_says_what_is_there_and_what_is_missing(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(880))
    text = text_of(phone.get("/m/aroma/"))
    assert "880" in text
    assert "普通会员" in text
    assert "To 银卡会员" in text
    assert "Spend ¥120 more, or place 9 more orders" in text


def test_the_bar_shows_the_nearer_of_two_ways(phone: Client, carla: Customer, buys: Buys) -> None:
    for number in range(6):
        buys(carla, f"A{number}", a_line(10))
    assert "6 / 10 orders" in text_of(phone.get("/m/aroma/"))


def test_what_expires_first_is_on_the_card_with_its_last_day(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(100), days_ago=1)
    first = phone.get("/m/aroma/").context["first_expiration"]
    last_day = (first.expires_at.astimezone(carla.merchant.zone).date()).toordinal() - 1
    shown = re.search(r"100 expire after (\d{4}-\d\d-\d\d)", text_of(phone.get("/m/aroma/")))
    assert shown is not None
    assert shown.group(1) == type(carla.joined_at.date()).fromordinal(last_day).isoformat()


def test_held_points_are_named_and_not_counted(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(100))
    hold_points(carla, points=30, reference="till:1", by=SYSTEM)
    text = text_of(phone.get("/m/aroma/"))
    assert "30 set aside" in text
    assert re.search(r"\b70\b", text)


def test_a_newcomer_reads_what_will_be_here(phone: Client) -> None:
    assert "No points yet" in text_of(phone.get("/m/aroma/"))


def test_a_guest_reads_the_programme_and_the_way_in(stranger: Client) -> None:
    text = text_of(stranger.get("/m/aroma/"))
    assert "茶友会" in text
    assert "1 积分 for each ¥1 spent" in text
    assert "Spend ¥1,000 or place 10 orders within 12 months" in text
    assert "Sign in or join" in text


def test_a_shop_without_a_programme_still_opens_its_door(db: None, stranger: Client) -> None:
    make_shop("fresh", "Fresh", make_staff("fay@fresh.example", "Fay"))
    assert "opens soon" in text_of(stranger.get("/m/fresh/"))
    assert stranger.get("/m/fresh/programme").status_code == 409


def test_the_card_looks_for_news_only_in_the_demo(phone: Client, settings: Settings) -> None:
    assert b"every 3s" not in phone.get("/m/aroma/").content
    settings.DEMO = True
    assert b"every 3s" in phone.get("/m/aroma/").content


def test_the_card_answers_nothing_while_nothing_moved(phone: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(100))
    seen = phone.get("/m/aroma/").context["stamp"]
    assert phone.get(f"/m/aroma/card?seen={seen}&was=100").status_code == 204
    buys(carla, "A2", a_line(50))
    news = phone.get(f"/m/aroma/card?seen={seen}&was=100")
    assert json.loads(news.headers["HX-Trigger"])["toast"]["text"] == "+50 points"
    assert b"<html" not in news.content


def test_the_card_costs_few_statements(
    phone: Client, carla: Customer, buys: Buys, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    buys(carla, "A1", a_line(100))
    phone.get("/m/aroma/")
    with django_assert_max_num_queries(8):
        phone.get("/m/aroma/")


def test_the_code_is_the_member_number_twice_drawn(phone: Client, carla: Customer) -> None:
    html = phone.get("/m/aroma/code").content.decode()
    assert html.count("<path") >= 2
    assert carla.number in html
    assert "style=" not in html


def test_a_number_that_no_bar_code_holds_still_has_its_qr(phone: Client, carla: Customer) -> None:
    Customer.objects.filter(merchant=carla.merchant, pk=carla.pk).update(number="会员一号")
    response = phone.get("/m/aroma/code")
    assert response.status_code == 200
    assert b"qr-bar" not in response.content


def test_nobody_is_let_in_unsigned(stranger: Client, carla: Customer, buys: Buys) -> None:
    buys(carla, "A1")
    entry = entries_of(carla).get()
    for path in ("card", "code", "points", "points/expiring", f"points/{entry.pk}", "orders", "orders/x"):
        response = stranger.get(f"/m/aroma/{path}")
        assert response.status_code == 302, path
        assert response.headers["Location"].startswith("/m/aroma/sign-in")


def test_a_member_of_one_shop_is_a_guest_in_the_other(phone: Client, borough: Merchant) -> None:
    assert "Sign in or join" in text_of(phone.get("/m/borough/"))


def test_what_a_member_sees_is_kept_by_no_cache(phone: Client) -> None:
    assert phone.get("/m/aroma/").headers["Cache-Control"] == "private, no-store"


def test_the_rivals_namesake_sees_nothing_of_carla(carla: Customer, rival_carla: Customer, buys: Buys) -> None:
    buys(carla, "A1", a_line(777))
    assert "777" not in text_of(signed_in(rival_carla).get("/m/borough/"))
