"""Staff at their browsers, in English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from commerce.models import Order
from customers.models import Customer
from loyalty.actions.purchases import record_orders
from merchants.clock import now
from merchants.models import SYSTEM, Merchant, StaffMember
from tests.cast import a_line, a_purchase


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def browser_of(staff: StaffMember) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def ana_s_browser(ana: StaffMember, aroma: Merchant) -> Client:
    return browser_of(ana)


@pytest.fixture
def ben_s_browser(ben: StaffMember) -> Client:
    return browser_of(ben)


@pytest.fixture
def mia_s_browser(mia: StaffMember) -> Client:
    return browser_of(mia)


@pytest.fixture
def kai_s_browser(kai: StaffMember) -> Client:
    return browser_of(kai)


def an_order(shop: Merchant, customer: Customer | None, number: str, *yuan: int, at: datetime | None = None) -> Order:
    """A paid order of an hour ago, one line for each amount."""
    lines = [a_line(each, sku=f"T{each}", name=f"Tea {each}") for each in yuan or (100,)]
    moment = at or now(shop) - timedelta(hours=1)
    record_orders(shop, [a_purchase(number, customer, *lines, at=moment)], by=SYSTEM)
    return Order.objects.get(merchant=shop, number=number)
