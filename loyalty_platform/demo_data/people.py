"""Who works in the demo's shops, and the developer's key. Everybody's password is PASSWORD: the demo listens on loopback."""

from __future__ import annotations

import hashlib
import hmac
import string
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from events.actions.keys import issue_api_key
from merchants.clock import world_now
from merchants.models import SYSTEM, Actor, ApiKey, Membership, Merchant, StaffMember
from merchants.roles import Role, Scope

PASSWORD = "demo demo demo"
KEY_NAME = "Demo developer"
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Person:
    role: Role
    name: str
    language: str = "en"
    mailbox: str = ""  # where two have the same role

    def email_at(self, shop: str) -> str:
        return f"{self.mailbox or self.role}@{shop}.example"


ENGLISH = (
    Person(Role.OWNER, "Olivia Park"), Person(Role.MARKETER, "Marcus Bell"), Person(Role.SUPPORT, "Sofia Reyes"),
    Person(Role.CASHIER, "Caleb Wright"), Person(Role.ANALYST, "Anita Rao"),
    Person(Role.SUPPORT, "Noah Brandt", mailbox="noah"),
)  # fmt: skip
CHINESE = (
    Person(Role.OWNER, "沈云", "zh-hans"), Person(Role.MARKETER, "陆小满", "zh-hans"), Person(Role.SUPPORT, "何静", "zh-hans"),
    Person(Role.CASHIER, "周立", "zh-hans"), Person(Role.ANALYST, "唐敏", "zh-hans"),
    Person(Role.SUPPORT, "方晓", "zh-hans", mailbox="fangxiao"),
)  # fmt: skip
TEAMS = {"journey": ENGLISH, "chayun": CHINESE}


def make_person(person: Person, shop: str) -> StaffMember:
    """The person's account: the one there is, or a new one with the demo's password."""
    email = person.email_at(shop)
    known = StaffMember.objects.filter(email=email).first()
    return known or StaffMember.objects.create_user(email, PASSWORD, name=person.name, language=person.language)


def make_team(merchant: Merchant) -> None:
    """Give everybody of the shop's team their role."""
    for person in TEAMS[merchant.slug]:
        Membership.objects.filter(merchant=merchant).get_or_create(
            merchant=merchant,
            staff=make_person(person, merchant.slug),
            defaults={"role": person.role, "joined_at": world_now()},
        )


def actor_in(merchant: Merchant, role: Role) -> Actor:
    """Whoever of the demo's team has this role; the first of them where several have."""
    members = Membership.objects.filter(merchant=merchant, role=role).select_related("staff").order_by("pk")
    staff = members[0].staff
    return Actor("staff", staff.pk, staff.name)


def demo_key(merchant: Merchant) -> str:
    """The shop's demo key: the same each time on one installation, as it follows from the SECRET_KEY."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"demo key of {merchant.slug}".encode(), hashlib.sha512).digest()
    mode = "test" if merchant.is_sandbox else "live"
    return f"lk_{mode}_" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:40])


@transaction.atomic
def make_demo_key(merchant: Merchant) -> None:
    """Issue the developer's key with every scope. It is made last: a shop that has it is whole."""
    if not has_demo_key(merchant):
        issue_api_key(
            merchant, name=KEY_NAME, scopes=[str(scope) for scope in Scope], by=SYSTEM, secret=demo_key(merchant)
        )


def has_demo_key(merchant: Merchant) -> bool:
    return ApiKey.objects.filter(merchant=merchant, name=KEY_NAME).exists()
