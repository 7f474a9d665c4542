"""Carla at her phone, with a few purchases behind her."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from commerce.models import Order
from commerce.queries import find_order
from customers.models import Customer
from loyalty.actions.purchases import record_orders
from merchants.clock import now
from merchants.models import SYSTEM
from tests.cast import a_purchase

Buys = Callable[..., Order]


@pytest.fixture
def buys() -> Buys:
    """`buys(carla, "A1", a_line(300), days_ago=3)` → the recorded order."""

    def buy(member: Customer, number: str, *lines: Any, days_ago: int = 0, **more: Any) -> Order:
        at = now(member.merchant) - timedelta(days=days_ago, minutes=5)
        known = {"currency": member.merchant.currency} | more
        (outcome,) = record_orders(member.merchant, [a_purchase(number, member, *lines, at=at, **known)], by=SYSTEM)
        assert not isinstance(outcome, Exception), outcome
        order = find_order(member.merchant, number)
        assert order is not None
        return order

    return buy


def signed_in(member: Customer) -> Client:
    """A browser in which `member` is signed in, in English."""
    phone = Client(headers={"accept-language": "en"})
    session = phone.session
    session[f"member:{member.merchant_id}"] = member.pk
    session.save()
    return phone


@pytest.fixture
def phone(carla: Customer) -> Client:
    return signed_in(carla)


@pytest.fixture
def stranger(aroma: Any) -> Client:
    return Client(headers={"accept-language": "en"})


def text_of(response: object) -> str:
    """What a person reads: no tags, single spaces."""
    html = response.content.decode()  # type: ignore[attr-defined]
    main = html[html.index("<main") :] if "<main" in html else html
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))
