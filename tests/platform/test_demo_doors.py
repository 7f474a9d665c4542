"""The demo's front door: in as anybody, an order on the phone, a month ahead, and mail that stays here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import get_connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve
from pytest_django.fixtures import Settings

from commerce.models import Order
from customers.actions import send_sign_in_code
from customers.models import Customer
from loyalty.actions.nights import reconcile
from loyalty.actions.purchases import record_orders
from loyalty.models import ClosedDay, Entry
from loyalty.queries.balances import balance_of
from loyalty_platform.demo_data.people import demo_key
from loyalty_platform.demo_doors.clock import pass_days
from loyalty_platform.demo_doors.framing import PhoneFrame
from loyalty_platform.demo_doors.outbox import written_mails
from merchants.clock import now
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase, make_customer, make_programme, make_shop, make_staff


@pytest.fixture
def visitor(settings: Settings) -> Client:
    settings.DEMO = True
    settings.ROOT_URLCONF = "tests.platform.demo_urls"
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def chayun(db: None) -> Merchant:
    """The demo's test shop, with a team and somebody who bought."""
    shop = make_shop("chayun", "茶云", make_staff("owner@chayun.example", "沈云"), is_sandbox=True)
    for role in ("marketer", "support", "cashier", "analyst"):
        make_staff(f"{role}@chayun.example", role, shop=shop, role=role)
    make_programme(shop, expiry={"kind": "months", "months": 2})
    return shop


@pytest.fixture
def lan(chayun: Merchant) -> Customer:
    lan = make_customer(chayun, name="林兰", email="lan@example.com")
    for number, days_ago in (("C1", 50), ("C2", 0)):
        line = a_line(100, sku="LJ", name="Longjing", category_path="茶")
        record_orders(chayun, [a_purchase(number, lan, line, at=now(chayun) - timedelta(days=days_ago))], by=SYSTEM)
    return lan


def form_of(lan: Customer, **more: str) -> dict[str, str]:
    return {"shop": "chayun", "member": public_id("cus", lan.pk)} | more


def test_without_the_demo_there_is_no_such_door() -> None:
    for path in ("/demo/as/owner/", "/demo/live/", "/demo/clock/", "/demo/outbox/"):
        with pytest.raises(Resolver404):
            resolve(path)


def test_before_the_data_is_loaded_the_door_says_so(db: None, visitor: Client) -> None:
    assert "not loaded yet" in visitor.get("/").content.decode()
    assert visitor.get("/demo/as/owner/").status_code == 404
    assert "No test shop is loaded" in visitor.get("/demo/clock/").content.decode()


def test_the_door_shows_the_shop_and_everybody_to_be(visitor: Client, lan: Customer) -> None:
    html = visitor.get("/").content.decode()
    assert "1 member" in html
    for role in ("owner", "marketer", "support", "cashier", "member", "developer"):
        assert f"/demo/as/{role}/?shop=chayun" in html


@pytest.mark.parametrize("role", ["owner", "marketer", "support", "cashier", "analyst"])
def test_one_click_makes_a_visitor_somebody_of_the_team(visitor: Client, lan: Customer, role: str) -> None:
    response = visitor.get(f"/demo/as/{role}/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/dashboard/chayun/")
    assert visitor.get("/").context["request"].user.email == f"{role}@chayun.example"


def test_one_click_makes_a_visitor_a_member(visitor: Client, lan: Customer) -> None:
    response = visitor.get("/demo/as/member/", follow=True)
    assert response.redirect_chain == [("/m/chayun/", 302)]
    assert "林兰" in response.content.decode()


def test_a_developer_gets_the_key_that_works(visitor: Client, lan: Customer, chayun: Merchant) -> None:
    html = visitor.get("/demo/as/developer/", follow=True).content.decode()
    assert demo_key(chayun) in html
    assert demo_key(chayun).startswith("lk_test_")


@pytest.mark.parametrize("path", ["/demo/as/emperor/", "/demo/as/owner/?shop=borough", "/demo/live/?member=cus_x"])
def test_what_the_demo_does_not_have_is_not_found(visitor: Client, lan: Customer, aroma: Merchant, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_an_order_reaches_the_card_and_its_refund_takes_exactly_that(visitor: Client, lan: Customer) -> None:
    before = balance_of(lan).active
    page = visitor.get("/demo/live/")
    assert 'src="/m/chayun/"' in page.content.decode()
    quoted = visitor.get("/demo/live/quote/", form_of(lan, **{"quantity-0": "3"}))
    assert "would earn 300" in quoted.content.decode()
    assert Order.objects.filter(merchant=lan.merchant).count() == 2, "a quote writes nothing"

    done = visitor.post("/demo/live/order/", form_of(lan, **{"quantity-0": "3"}), headers={"hx-request": "true"})
    assert "+300" in done.content.decode()
    assert balance_of(lan).active == before + 300
    order = Order.objects.filter(merchant=lan.merchant, source="demo").get()

    returned = form_of(lan, order=public_id("ord", order.pk), part="item")
    one = visitor.post("/demo/live/refund/", returned, headers={"hx-request": "true"})
    assert "100 积分 taken back" in one.content.decode()
    rest = visitor.post("/demo/live/refund/", returned | {"part": "all"}, headers={"hx-request": "true"})
    assert "200 积分 taken back" in rest.content.decode()
    assert balance_of(lan).active == before
    assert reconcile(lan.merchant).fault_count == 0


def test_an_empty_basket_is_refused_and_nothing_is_written(visitor: Client, lan: Customer) -> None:
    given = form_of(lan, **{"quantity-0": "0"})
    assert visitor.post("/demo/live/order/", given, headers={"hx-request": "true"}).status_code == 422
    assert Order.objects.filter(merchant=lan.merchant).count() == 2


def test_without_script_the_loop_still_runs(visitor: Client, lan: Customer) -> None:
    response = visitor.post("/demo/live/order/", form_of(lan, **{"quantity-0": "1"}))
    assert response.status_code == 302
    assert visitor.get(response.headers["Location"]).status_code == 200


def test_a_month_on_the_oldest_points_are_gone(visitor: Client, lan: Customer, chayun: Merchant) -> None:
    response = visitor.post("/demo/clock/", {"shop": "chayun", "days": "30"}, follow=True)
    html = response.content.decode()
    assert "林兰: 100 points expired" in html
    assert "30 days ahead of the world" in html
    lan.merchant.refresh_from_db()
    assert balance_of(lan).active == 100, "what came later is still there"
    assert Entry.objects.filter(merchant=chayun, kind="expire").exists()
    assert ClosedDay.objects.filter(merchant=chayun).count() == 31


def test_time_only_moves_in_the_test_shop(visitor: Client, chayun: Merchant, ana: object) -> None:
    live = make_shop("journey", "Journey", make_staff("owner@journey.example", "Olivia"), currency="USD")
    visitor.post("/demo/clock/", {"shop": "journey", "days": "30"})
    live.refresh_from_db()
    assert live.clock_offset == timedelta(0)


def test_passing_the_same_days_twice_closes_each_night_once(chayun: Merchant, lan: Customer) -> None:
    assert pass_days(chayun, 3) == 4
    chayun.refresh_from_db()
    assert pass_days(chayun, 2) == 2


def test_a_code_waits_in_the_outbox_instead_of_leaving(visitor: Client, lan: Customer, chayun: Merchant) -> None:
    send_sign_in_code(chayun, identity="lan@example.com", from_address="127.0.0.1")
    html = visitor.get("/demo/outbox/").content.decode()
    assert "lan@example.com" in html
    assert mail.outbox == []
    fragment = visitor.get("/demo/outbox/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment


def test_an_e_mail_lies_in_the_outbox(visitor: Client, db: None, settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path)
    files = get_connection("django.core.mail.backends.filebased.EmailBackend")
    mail.EmailMessage(
        "邀请", "Come in: https://shop.example/invitations/x", to=["ben@x.example"], connection=files
    ).send()
    (found,) = written_mails()
    assert (found.to, found.subject) == ("ben@x.example", "邀请")
    assert found.body == "Come in: https://shop.example/invitations/x"
    assert 'href="https://shop.example/invitations/x"' in visitor.get("/demo/outbox/").content.decode()


@pytest.mark.parametrize(
    ("path", "framed"), [("/m/chayun/", True), ("/dashboard/chayun/", False), ("/account/login/", False)]
)
def test_only_the_portal_may_stand_in_the_phone(path: str, framed: bool) -> None:
    response = PhoneFrame(lambda request: HttpResponse())(RequestFactory().get(path))
    assert (response.headers.get("X-Frame-Options") == "SAMEORIGIN") is framed
    assert hasattr(response, "_csp_replace") is framed
