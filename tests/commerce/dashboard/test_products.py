"""What the shop sells, as its orders named it."""

from __future__ import annotations

from django.test import Client

from commerce.actions.purchases import record_purchases
from merchants.clock import now
from merchants.models import Merchant, StaffMember
from tests.cast import a_line, a_purchase


def test_products_are_searched_and_narrowed_to_a_category(aroma: Merchant, kai: StaffMember) -> None:
    lines = [
        a_line(268, sku="LJ", name="明前龙井", category_path="茶叶/绿茶"),
        a_line(88, sku="GW", name="白瓷盖碗", category_path="茶具/盖碗"),
    ]
    record_purchases(aroma, [a_purchase("A-1", None, *lines, at=now(aroma))])
    browser = Client()
    browser.force_login(kai, backend="allauth.account.auth_backends.AuthenticationBackend")

    def shows(query: str) -> tuple[bool, bool]:
        page = browser.get(f"/dashboard/aroma/products/?{query}").content.decode()
        return "明前龙井" in page, "白瓷盖碗" in page

    assert shows("") == (True, True)
    assert shows("q=gw") == (False, True)
    assert shows("category=茶叶") == (True, False)
    assert shows("category=茶") == (False, False)
    assert shows("sort=-price") == (True, True)
