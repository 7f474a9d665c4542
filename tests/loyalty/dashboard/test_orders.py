"""Staff look at orders, refund them knowing what goes back, and try the loop with an order of their own."""

from __future__ import annotations

import re

from django.test import Client

from commerce.models import Order, Refund
from customers.models import Customer
from events.models import Event
from loyalty.actions.holds import hold_points
from loyalty.models import Account, Entry
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Merchant
from tests.loyalty.dashboard.conftest import an_order

ORDERS = "/dashboard/aroma/orders/"


def address(order: Order, rest: str = "") -> str:
    return f"{ORDERS}{public_id('ord', order.pk)}{rest}"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="{name}"', page)
    assert found is not None, name
    return found[1] or found[2]


def balance(customer: Customer) -> int:
    return Account.objects.get(merchant=customer.merchant_id, customer=customer, wallet="points").balance


def test_the_list_is_searched_filtered_and_counted(ana_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    an_order(aroma, carla, "A-100", 100)
    an_order(aroma, None, "B-200", 200)

    def numbers(query: str) -> set[str]:
        page = ana_s_browser.get(f"{ORDERS}?{query}").content.decode()
        return set(re.findall(r"\b[AB]-\d00\b", page))

    assert numbers("") == {"A-100", "B-200"}
    assert numbers("view=guests") == {"B-200"}
    assert numbers("q=A-1") == {"A-100"}
    assert numbers("q=张三丰") == {"A-100"}
    assert numbers("least=150") == {"B-200"}
    assert numbers("most=150") == {"A-100"}
    assert numbers("view=cancelled") == set()
    assert numbers("channel=store") == set()


def test_pages_follow_each_other_by_cursor(ana_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    for n in range(60):
        an_order(aroma, carla, f"N-{n:03d}", 10)

    first = ana_s_browser.get(ORDERS).content.decode()
    after = re.search(r"\?after=([^\"&]+)", first)
    assert after is not None
    second = ana_s_browser.get(f"{ORDERS}?after={after[1]}").content.decode()

    seen = [set(re.findall(r"\bN-\d{3}\b", page)) for page in (first, second)]
    assert [len(each) for each in seen] == [50, 10]
    assert not seen[0] & seen[1]


def test_the_export_is_guarded_and_needs_its_permission(
    ana_s_browser: Client, kai_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    an_order(aroma, carla, "=cmd|1", 128)

    answer = ana_s_browser.get(f"{ORDERS}export.csv")
    lines = b"".join(answer).decode().splitlines()

    assert lines[1].startswith("'=cmd|1,M000001,paid,")
    assert "128.00,0.00,128," in lines[1]
    assert kai_s_browser.get(f"{ORDERS}export.csv").status_code == 403


def test_the_page_says_which_rules_counted_and_which_did_not(
    ana_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    page = ana_s_browser.get(address(an_order(aroma, carla, "A-1", 128))).content.decode()

    assert "消费积分: ¥128.00 × 1 = 128" in page
    assert "as 普通会员, by version 1" in page


def test_a_refund_shows_its_effect_before_anything_happens(
    ben_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    order = an_order(aroma, carla, "A-1", 100, 60)
    hold_points(carla, points=150, reference="till", by=SYSTEM, capture=True)
    form = ben_s_browser.get(address(order, "/refund")).content.decode()
    wish = {"number": hidden(form, "number"), "line_0": "1", "line_1": "", "reason": "broken", "step": "preview"}
    events = Event.objects.filter(merchant=aroma).count()

    preview = ben_s_browser.post(address(order, "/refund"), wish).content.decode()

    assert "Refund ¥100.00" in preview
    assert "90 of these are spent already" in preview
    assert not Refund.objects.filter(merchant=aroma).exists()
    assert Event.objects.filter(merchant=aroma).count() == events
    assert balance(carla) == 10

    done = ben_s_browser.post(
        address(order, "/refund"), {**wish, "step": "refund", "seen": hidden(preview, "seen")}, follow=True
    )

    assert "100 points went back" in done.content.decode()
    assert Refund.objects.get(merchant=aroma).amount_minor == 10000
    assert balance(carla) == -90


def test_an_effect_that_was_not_seen_is_shown_again_instead_of_done(
    ben_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    order = an_order(aroma, carla, "A-1", 100)
    form = ben_s_browser.get(address(order, "/refund")).content.decode()
    wish = {"number": hidden(form, "number"), "line_0": "1"}
    seen = hidden(ben_s_browser.post(address(order, "/refund"), {**wish, "step": "preview"}).content.decode(), "seen")
    hold_points(carla, points=100, reference="till", by=SYSTEM, capture=True)

    answer = ben_s_browser.post(address(order, "/refund"), {**wish, "step": "refund", "seen": seen})

    assert "another one than you saw" in answer.content.decode()
    assert not Refund.objects.filter(merchant=aroma).exists()


def test_a_second_click_refunds_once(ben_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, carla, "A-1", 100, 100)
    form = ben_s_browser.get(address(order, "/refund")).content.decode()
    wish = {"number": hidden(form, "number"), "line_0": "1", "step": "preview"}
    seen = hidden(ben_s_browser.post(address(order, "/refund"), wish).content.decode(), "seen")

    for _click in range(2):
        ben_s_browser.post(address(order, "/refund"), {**wish, "step": "refund", "seen": seen})

    assert Refund.objects.filter(merchant=aroma).count() == 1
    assert balance(carla) == 100


def test_more_than_is_left_is_refused_at_the_field(ben_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, carla, "A-1", 100)

    answer = ben_s_browser.post(address(order, "/refund"), {"number": "R-9", "line_0": "2", "step": "preview"})
    nothing = ben_s_browser.post(address(order, "/refund"), {"number": "R-9", "step": "preview"})

    assert (answer.status_code, nothing.status_code) == (422, 422)
    assert "Choose at least one line" in nothing.content.decode()


def test_cancelling_takes_everything_back(ben_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, carla, "A-1", 100)

    ben_s_browser.post(address(order, "/cancel"), {"reason": "changed her mind"})

    order.refresh_from_db()
    assert order.status == "cancelled"
    assert balance(carla) == 0


def test_a_cashier_sees_orders_but_refunds_none(kai_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    order = an_order(aroma, carla, "A-1", 100)

    assert "/refund" not in kai_s_browser.get(address(order)).content.decode()
    assert kai_s_browser.post(address(order, "/cancel")).status_code == 403
    assert balance(carla) == 100


def simulation(token: str, member: Customer | None, **more: str) -> dict[str, str]:
    return {
        "token": token, "member": public_id("cus", member.pk) if member else "", "line-TOTAL_FORMS": "1",
        "line-INITIAL_FORMS": "0", "line-0-sku": "T100", "line-0-quantity": "2", "line-0-price": "", **more,
    }  # fmt: skip


def test_a_quote_writes_nothing_and_a_recorded_simulation_is_a_real_order(
    kai_s_browser: Client, aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    an_order(aroma, dario, "A-1", 100)  # brings the product
    url = f"{ORDERS}simulate/"

    quoted = kai_s_browser.post(url, simulation("abc", carla), headers={"HX-Request": "true"}).content.decode()

    assert "+200" in quoted
    assert "¥200.00 × 1 = 200" in quoted
    assert "<html" not in quoted
    assert Order.objects.filter(merchant=aroma).count() == 1

    shown = kai_s_browser.post(url, simulation("abc", carla, step="record"), follow=True).content.decode()
    again = kai_s_browser.post(url, simulation("abc", carla, step="record"), follow=True)

    order = Order.objects.get(merchant=aroma, source="simulation")
    assert (order.number, order.channel, order.total_minor) == ("SIM-ABC", "other", 20000)
    assert "SIM-ABC is recorded" in shown
    assert "What the member has now" in shown
    assert again.redirect_chain[0][0].endswith("/simulated")
    assert balance(carla) == 200
    assert Entry.objects.filter(merchant=aroma, account__customer=carla).count() == 2


def test_a_guest_earns_nothing_and_is_told_so(kai_s_browser: Client, aroma: Merchant, dario: Customer) -> None:
    an_order(aroma, dario, "A-1", 100)

    shown = kai_s_browser.post(f"{ORDERS}simulate/", simulation("xyz", None, step="record"), follow=True)

    assert "A guest's order earns nothing" in shown.content.decode()


def test_a_discount_above_the_order_is_refused_in_words(
    kai_s_browser: Client, aroma: Merchant, dario: Customer
) -> None:
    an_order(aroma, dario, "A-1", 100)

    answer = kai_s_browser.post(f"{ORDERS}simulate/", simulation("xyz", dario, discount="900", step="record"))

    assert answer.status_code == 422
    assert "A discount is at most" in answer.content.decode()
    assert not Order.objects.filter(merchant=aroma, source="simulation").exists()


def test_the_customer_page_s_panels_are_fragments(
    ana_s_browser: Client, aroma: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    an_order(aroma, carla, "A-1", 128)
    member, rival = (f"/dashboard/aroma/customers/{public_id('cus', each.pk)}" for each in (carla, rival_carla))

    points = ana_s_browser.get(f"{member}/points-panel", headers={"HX-Request": "true"}).content.decode()
    purchases = ana_s_browser.get(f"{member}/purchases-panel", headers={"HX-Request": "true"}).content.decode()

    assert "+128" in points
    assert "普通会员" in points
    assert "<html" not in points
    assert "A-1" in purchases
    assert "¥128.00" in purchases
    assert ana_s_browser.get(f"{rival}/points-panel").status_code == 404
    assert ana_s_browser.get(f"{rival}/purchases-panel").status_code == 404
