"""What the tests of reports and pages share: purchases by the day, staff at their browsers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.test import Client

from customers.models import Customer
from loyalty.actions.purchases import record_orders
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant, StaffMember
from tests.cast import a_line, a_purchase, make_customer


def bought(
    shop: Merchant, customer: Customer | None, number: str, yuan: int = 100, *, days_ago: int = 0, category: str = ""
) -> None:
    """A paid order at noon of a local day; today's just now."""
    at = noon(shop, today(shop) - timedelta(days=days_ago)) if days_ago else now(shop)
    line = a_line(yuan, sku=f"T-{category or 'x'}", name="Tea", category_path=category)
    record_orders(shop, [a_purchase(number, customer, line, at=at, currency=shop.currency)], by=SYSTEM)


def noon(shop: Merchant, day: date) -> datetime:
    return datetime.combine(day, time(12), shop.zone)


def several(shop: Merchant, count: int, *, first: int = 100) -> list[Customer]:
    return [make_customer(shop, number=f"N{first + n}", name=f"Person {first + n}") for n in range(count)]


def browser_of(staff: StaffMember, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["language"] = language
    return client
