"""The people of the tests. Aroma sells tea in Shanghai; its rival Borough sells books in New York.

Ana owns Aroma, Ben answers its customers, Mia does its marketing, Kai stands at its till. Carla is a member of Aroma, and so
is Dario. Rhea owns the rival, whose customer has Carla's number, e-mail and phone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from commerce.actions.purchases import Purchase, PurchaseLine
from customers.actions.registration import NewCustomer, register_customer
from customers.models import Customer
from events.actions.keys import issue_api_key
from events.actions.shops import create_merchant
from loyalty.actions.programme import publish_draft, save_draft, start_programme
from loyalty.rules.terms import Terms
from merchants.models import SYSTEM, Membership, Merchant, StaffMember
from merchants.roles import Scope

PASSWORD = "correct horse battery staple"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_terms(**changes: Any) -> Terms:
    """One point per yuan (gift cards excluded), growth value likewise; silver at 1,000 or 10 orders, gold at 5,000."""
    document: dict[str, Any] = {
        "name": "茶友会",
        "earning_rules": [
            {"code": "base", "name": "消费积分", "points_per_unit": "1", "excluded_categories": ["礼品卡"]},
            {
                "code": "growth", "name": "成长值", "wallet": "growth", "points_per_unit": "1",
                "with_tier_multiplier": False,
            },
        ],
        "ladder": {
            "tiers": [
                {"code": "regular", "name": "普通会员"},
                {"code": "silver", "name": "银卡会员", "min_growth": 1000, "min_orders": 10, "multiplier": "1.2"},
                {"code": "gold", "name": "金卡会员", "min_growth": 5000, "min_orders": 30, "multiplier": "1.5"},
            ],
            "match": "either",
            "window_months": 12,
            "grace_days": 30,
        },
        "expiry": {"kind": "months", "months": 12},
    }  # fmt: skip
    return Terms.model_validate(document | changes)


def make_shop(slug: str, name: str, owner: StaffMember, **settings: Any) -> Merchant:
    return create_merchant(slug=slug, name=name, owner=owner, by=SYSTEM, **settings)


def make_staff(email: str, name: str, *, shop: Merchant | None = None, role: str = "owner") -> StaffMember:
    staff = StaffMember.objects.create_user(email, PASSWORD, name=name)
    if shop is not None:
        Membership.objects.create(merchant=shop, staff=staff, role=role, joined_at=LONG_AGO)
    return staff


def make_customer(shop: Merchant, **known: Any) -> Customer:
    return register_customer(shop, NewCustomer(**known), by=SYSTEM)


def make_programme(shop: Merchant, **changes: Any) -> None:
    start_programme(shop, terms=make_terms(**changes), by=SYSTEM, effective_from=LONG_AGO)


def publish_terms(shop: Merchant, **changes: Any) -> None:
    """New terms from now on: those of `make_terms` with `changes`."""
    save_draft(shop, terms=make_terms(**changes), by=SYSTEM)
    publish_draft(shop, by=SYSTEM)


def make_key(shop: Merchant, *scopes: str) -> str:
    return issue_api_key(shop, name="till", scopes=scopes or Scope.values, by=SYSTEM)[1]


def a_line(yuan: str | int | Decimal = 100, *, quantity: str | int = 1, **more: Any) -> PurchaseLine:
    return PurchaseLine(quantity=Decimal(quantity), unit_price_minor=int(Decimal(yuan) * 100), **more)


def a_purchase(number: str, customer: Customer | None, *lines: PurchaseLine, at: datetime, **more: Any) -> Purchase:
    """A paid order in the shop's currency; one line of 100.00 when none is given."""
    known: dict[str, Any] = {"currency": "CNY", "paid_at": at} | more
    return Purchase(
        number=number,
        customer_id=customer.pk if customer else None,
        placed_at=at,
        lines=lines or (a_line(),),
        **known,
    )
