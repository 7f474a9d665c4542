"""Browsers and machines that look at customers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from customers.frames.member import sign_member_in
from customers.models import Customer
from merchants.models import Merchant, StaffMember
from merchants.roles import Scope
from tests.cast import make_key


class Machine:
    """A shop's own software: the test client with an API key, JSON in and out."""

    def __init__(self, key: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}", "Accept-Language": "en"})

    def __getattr__(self, method: str):  # type: ignore[no-untyped-def]
        call = getattr(self.client, method)
        if method in ("get", "delete"):
            return lambda path, **kw: call(f"/api/v1{path}", **kw)
        return lambda path, body=None, **kw: call(
            f"/api/v1{path}", body if body is not None else {}, content_type="application/json", **kw
        )


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


@pytest.fixture
def machine(aroma: Merchant) -> Machine:
    return Machine(make_key(aroma))


@pytest.fixture
def reader(aroma: Merchant) -> Machine:
    return Machine(make_key(aroma, Scope.CUSTOMERS_READ))


@pytest.fixture
def rival_machine(borough: Merchant) -> Machine:
    return Machine(make_key(borough))


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


@pytest.fixture
def phone() -> Client:
    """A browser that nobody signed in with."""
    client = Client(headers={"Accept-Language": "en"})
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def carla_s_phone(phone: Client, carla: Customer) -> Client:
    session = phone.session
    request = type("Request", (), {"session": session})()
    sign_member_in(request, carla)
    session.save()
    phone.cookies["sessionid"] = session.session_key or ""
    return phone
