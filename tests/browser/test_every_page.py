"""Every page of every door in a real Chromium: accessible, within its width, within the content policy.

Pages are found in the URLconf, so a new one is looked at without being named here. What answers no GET with HTML (actions,
downloads, fragments) is left out by its answer, not by a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import NoReverseMatch, reverse
from playwright.sync_api import Browser, BrowserContext
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from aftersales.actions.desk_texts import add_macro
from aftersales.actions.gathering import link_tickets, merge_tickets
from aftersales.actions.goodwill import grant_goodwill
from aftersales.actions.messages import add_ticket_note, reply_to_ticket
from aftersales.actions.opening import NewTicket, open_ticket
from aftersales.actions.satisfaction import give_satisfaction
from aftersales.actions.tickets import resolve_ticket, snooze_ticket
from analytics.actions.nights import run_insight_night
from commerce.models import Order
from customers.models import Customer
from loyalty.actions.grants import ask_adjustment, grant_bonus
from loyalty.actions.nights import close_day
from loyalty.actions.programme import save_draft
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import refund_order
from loyalty.rules.kinds import Kind
from merchants.clock import now
from merchants.models import SYSTEM, Actor, Merchant, StaffMember
from tests.architecture.possessions import possessions_of
from tests.architecture.test_urlconf import _sign_in, identifiers, routes
from tests.browsing import chromium, open_context, violations
from tests.cast import a_line, a_purchase, make_terms

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "shop": "aroma",
    "kind": "email",
    "code": "not_found",
    "source": "shop",
    "tag": "vip",
    "number": "1",
    "token": "t",
    "report": "cohorts",
}
# Leave the site, end the session, or need a secret in the address.
NOT_VISITED = re.compile(
    r"sign-out|logout|/download|export|brand\.css|/logo|language/|metrics|health/|reauthenticate|confirm-"
)
# The style guide is looked at in all eight combinations; pages in the two that differ in everything.
LOOKS = [("light", "zh-hans", 1280), ("dark", "en", 360)]


@pytest.fixture
def lived_in(aroma: Merchant, carla: Customer, by_ana: Actor) -> Merchant:
    """A shop with something on every page: orders, a refund, a waiting correction, a draft, a closed night."""
    at = now(aroma)
    record_orders(
        aroma,
        [
            a_purchase(f"S-{n}", carla, a_line(60 + n, sku=f"TEA-{n % 3}", name="龙井"), at=at - timedelta(days=9 * n))
            for n in range(12)
        ],
        by=SYSTEM,
    )
    order = carla.orders.select_related("merchant").get(number="S-3")
    refund_order(order, number="R-1", by=by_ana, amount_minor=2500, reason="碎了")
    grant_bonus(carla, points=20, kind=Kind.GOODWILL, reference="ticket:1", by=by_ana, reason="久等了")
    ask_adjustment(carla, points=3000, reason="开业补录", by=by_ana)
    save_draft(aroma, terms=make_terms(pending_days=7), by=by_ana, note="七天后到账")
    close_day(aroma)
    complain(carla, order, by_ana)
    run_insight_night(aroma)
    return aroma


def complain(carla: Customer, order: Order, by_ana: Actor) -> None:
    """Tickets in every state: answered with a note between, waiting, set aside, resolved and rated, merged, and a guest's."""
    shop, by_carla = carla.merchant, Actor("member", carla.pk, carla.display_name)
    opened = [
        open_ticket(
            shop,
            NewTicket(
                subject=subject, body=subject, channel="portal", customer=carla, order=order,
                occurred_at=now(shop) - timedelta(hours=hours),
            ),
            by=by_carla,
        )
        for subject, hours in (("茶罐裂了", 50), ("积分没到账", 30), ("想开发票", 20), ("少发一包", 3), ("茶罐裂了还在等", 2))
    ]  # fmt: skip
    cracked, missing, invoice, short, again = opened
    reply_to_ticket(cracked, body="马上补发。", by=by_ana)
    add_ticket_note(cracked, body="包装偏薄。", by=by_ana)
    grant_goodwill(cracked, points=20, reason="damaged", by=by_ana, reference="g")
    link_tickets(cracked, missing, by=by_ana)
    snooze_ticket(missing, now(shop) + timedelta(days=1), by=by_ana)
    resolve_ticket(invoice, by=by_ana)
    give_satisfaction(invoice, score=5, comment="很快", via="portal")
    merge_tickets(cracked, [again], by=by_ana)
    add_macro(shop, name="道歉", steps={"reply": "{{ customer.name }}您好"}, by=by_ana)
    guest = NewTicket(
        subject="没收到", body="没收到", channel="guest", guest_name="小李", guest_contact="li@example.com"
    )
    open_ticket(shop, guest, by=Actor("member", None, "小李"))
    resolve_ticket(short, by=by_ana)


def addresses(prefix: str, values: dict[str, str]) -> Iterator[str]:
    """Every address below `prefix` that a person could open."""
    for name, route in routes():
        if not route.startswith(prefix) or NOT_VISITED.search(route):
            continue
        with suppress(NoReverseMatch):  # a number of something that nobody has, such as a passkey
            yield reverse(name, args=[values.get(one, WORDS.get(one, "x")) for one in identifiers(route)])


def pages_of(client: Client, prefix: str, values: dict[str, str]) -> list[str]:
    """Those addresses that answer a GET with a whole HTML page."""
    pages = []
    for address in sorted(set(addresses(prefix, values))):
        answer = client.get(address)
        is_page = answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html")
        if is_page and b"<html" in answer.content[:400]:
            pages.append(address)
    return pages


def look_at(context: BrowserContext, site: str, pages: list[str], *, width: int) -> list[str]:
    """What is wrong with each page, as text; nothing when all is well."""
    faults: list[str] = []
    page = context.new_page()
    page.on(
        "console", lambda line: faults.append(f"{page.url}: {line.text}") if "Content Security" in line.text else None
    )
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    for address in pages:
        answer = page.goto(f"{site}{address}", wait_until="load")
        page.wait_for_load_state("networkidle")
        if answer is None or answer.status >= 400:
            faults.append(f"{address}: {answer and answer.status}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{address}: wider than {width} px")
        # As tall as the page: what a bar at the bottom covers just now can be scrolled out from under it.
        page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight") + 200})
        faults += [f"{address}: {fault}" for fault in violations(page)]
        page.set_viewport_size({"width": width, "height": 900})
    page.close()
    return faults


def visit(
    chromium: Browser,
    live_server: LiveServer,
    client: Client,
    prefixes: list[str],
    values: dict[str, str],
    look: tuple[str, str, int],
) -> None:
    theme, language, width = look
    pages = [page for prefix in prefixes for page in pages_of(client, prefix, values)]
    assert len(pages) >= 3
    context = open_context(chromium, live_server.url, theme=theme, language=language, width=width)
    session = client.cookies.get(django_settings.SESSION_COOKIE_NAME)
    if session is not None:
        context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": session.value, "url": live_server.url}]
        )
    faults = look_at(context, live_server.url, pages, width=width)
    context.close()
    assert faults == []


@pytest.mark.parametrize("look", LOOKS, ids=[f"{t}-{language}-{w}" for t, language, w in LOOKS])
def test_every_page_of_the_dashboard(
    chromium: Browser, live_server: LiveServer, client: Client, lived_in: Merchant, carla: Customer, ana: StaffMember,
    look: tuple[str, str, int],
) -> None:  # fmt: skip
    values = possessions_of(lived_in, carla)
    client.force_login(ana)

    visit(chromium, live_server, client, ["dashboard/", "developers/"], values, look)


@pytest.mark.parametrize("look", LOOKS, ids=[f"{t}-{language}-{w}" for t, language, w in LOOKS])
def test_every_page_of_the_portal(
    chromium: Browser,
    live_server: LiveServer,
    client: Client,
    lived_in: Merchant,
    carla: Customer,
    look: tuple[str, str, int],
) -> None:
    values = possessions_of(lived_in, carla)
    _sign_in(client, carla)

    visit(chromium, live_server, client, ["m/"], values, look)


@pytest.mark.parametrize("look", LOOKS, ids=[f"{t}-{language}-{w}" for t, language, w in LOOKS])
def test_every_page_for_a_stranger(
    chromium: Browser,
    live_server: LiveServer,
    client: Client,
    lived_in: Merchant,
    settings: Settings,
    look: tuple[str, str, int],
) -> None:
    visit(chromium, live_server, client, ["account/", "m/", "developers/"], {}, look)
