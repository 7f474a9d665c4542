"""The demo in a real Chromium: an order on the left is on the phone at the right, and its refund too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer
from loyalty.actions.purchases import record_orders
from loyalty.queries.balances import balance_of
from merchants.clock import now
from merchants.models import SYSTEM
from tests.browsing import chromium, open_context, violations
from tests.cast import a_line, a_purchase, make_customer, make_programme, make_shop, make_staff

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["/", "/demo/live/", "/demo/clock/?since=1", "/demo/outbox/", "/demo/developer/"]


@pytest.fixture
def lan(settings: Settings) -> Customer:
    """A member of the demo's test shop, with the demo switched on around her."""
    settings.DEMO = True
    settings.ROOT_URLCONF = "tests.platform.demo_urls"
    # What PhoneFrame does for portal pages; the live server's middleware was loaded without it.
    settings.X_FRAME_OPTIONS = "SAMEORIGIN"
    policy: dict[str, Any] = settings.CONTENT_SECURITY_POLICY
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy["DIRECTIVES"] | {"frame-ancestors": ["'self'"]}}
    shop = make_shop("chayun", "茶云", make_staff("owner@chayun.example", "沈云"), is_sandbox=True)
    make_programme(shop)
    lan = make_customer(shop, name="林兰", email="lan@example.com")
    for number, days_ago in (("C1", 20), ("C2", 2)):
        line = a_line(100, sku="LJ", name="Longjing", category_path="茶")
        record_orders(shop, [a_purchase(number, lan, line, at=now(shop) - timedelta(days=days_ago))], by=SYSTEM)
    return lan


def test_the_phone_follows_an_order_and_its_refund(chromium: Browser, live_server: LiveServer, lan: Customer) -> None:
    context = open_context(chromium, live_server.url, theme="light", language="en", width=1280)
    page = context.new_page()
    page.goto(f"{live_server.url}/demo/live/")
    balance = page.frame_locator("iframe").locator(".balance")
    expect(balance).to_have_text("200")

    page.fill("#quantity-0", "4")
    expect(page.get_by_text("¥400.00 would earn 400")).to_be_visible()
    page.get_by_role("button", name="Record the paid order").click()
    expect(balance).to_have_text("600", timeout=10_000)
    expect(page.get_by_text("¥400.00 × 1 = 400 积分")).to_have_count(2)  # foretold, and as it came

    page.get_by_role("button", name="Refund all that is left").click()
    expect(balance).to_have_text("200", timeout=10_000)
    context.close()
    assert balance_of(lan).active == 200


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "zh-hans", 1280), ("dark", "en", 360)])
def test_every_page_of_the_demo(
    chromium: Browser, live_server: LiveServer, lan: Customer, theme: str, language: str, width: int
) -> None:
    context = open_context(chromium, live_server.url, theme=theme, language=language, width=width)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    for address in PAGES:
        page.goto(f"{live_server.url}{address}")
        faults += [f"{address}: {fault}" for fault in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{address}: wider than {width} px")
    context.close()
    assert faults == []
