"""Fixtures: the cast of `tests.cast`, present in every test that asks for one of them."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from customers.models import Customer
from merchants.models import Actor, Merchant, StaffMember
from tests.cast import make_customer, make_programme, make_shop, make_staff

CARLA = {"number": "M000001", "name": "张三丰", "phone": "+8613800008000", "email": "carla@example.com"}


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits, codes and cached keys of one test are nothing to the next."""
    cache.clear()
    return


@pytest.fixture
def ana(db: None) -> StaffMember:
    return make_staff("ana@aroma.example", "Ana")


@pytest.fixture
def aroma(ana: StaffMember) -> Merchant:
    """A tea shop with a published programme. Its rival is always there too, and looks the same from outside."""
    shop = make_shop("aroma", "Aroma 茶铺", ana)
    make_programme(shop)
    rival = make_shop(
        "borough", "Borough Books", make_staff("rhea@borough.example", "Rhea"), timezone="America/New_York",
        currency="USD", language="en",
    )  # fmt: skip
    make_programme(rival)
    make_customer(rival, **CARLA)
    return shop


@pytest.fixture
def borough(aroma: Merchant) -> Merchant:
    return Merchant.objects.get(slug="borough")


@pytest.fixture
def carla(aroma: Merchant) -> Customer:
    return make_customer(aroma, **CARLA)


@pytest.fixture
def dario(aroma: Merchant) -> Customer:
    return make_customer(aroma, number="M000002", name="Dario", phone="+8613900009000", email="dario@example.com")


@pytest.fixture
def rival_carla(borough: Merchant) -> Customer:
    """The rival's customer with Carla's number, phone and e-mail."""
    return Customer.objects.get(merchant=borough, number="M000001")


@pytest.fixture
def ben(aroma: Merchant) -> StaffMember:
    return make_staff("ben@aroma.example", "Ben", shop=aroma, role="support")


@pytest.fixture
def mia(aroma: Merchant) -> StaffMember:
    return make_staff("mia@aroma.example", "Mia", shop=aroma, role="marketer")


@pytest.fixture
def kai(aroma: Merchant) -> StaffMember:
    return make_staff("kai@aroma.example", "Kai", shop=aroma, role="cashier")


@pytest.fixture
def by_ana(ana: StaffMember) -> Actor:
    return Actor("staff", ana.pk, "Ana")


@pytest.fixture
def by_ben(ben: StaffMember) -> Actor:
    return Actor("staff", ben.pk, "Ben")
