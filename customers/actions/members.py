"""What members do by themselves in the portal."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import formats

from customers.actions.consents import Decision, decide_consents
from customers.actions.profiles import lock_customer, update_customer
from customers.actions.registration import NewCustomer, register_customer
from customers.errors import BirthdayChangedRecently
from customers.facts import MemberSignedIn, PersonalDataDownloaded
from customers.models import Customer
from customers.rules.birthdays import Birthday
from customers.rules.consents import PREFERENCES, text_version
from events.actions import record
from merchants.clock import now
from merchants.models import Actor, Merchant

BIRTHDAY_KEPT_FOR = timedelta(days=365)


def member_actor(customer: Customer) -> Actor:
    return Actor(kind="member", id=customer.pk, name=customer.display_name)


@transaction.atomic
def register_member(
    merchant: Merchant, *, name: str, phone: str = "", email: str = "", language: str = "", wants_offers: bool
) -> Customer:
    """Somebody who proved their phone or e-mail joins: with consent to membership in the shop's present words.

    `wants_offers` agrees to offers on the channel that was proved, and on no other.
    """
    customer = register_customer(
        merchant,
        NewCustomer(name=name, phone=phone, email=email, language=language, source="portal"),
        by=Actor(kind="member", name=name),
    )
    decisions = [Decision("membership", "any", given=True)]
    if wants_offers:
        channel = "email" if email else "sms"
        decisions += [Decision(purpose, channel, given=True) for purpose in ("offers", "birthday")]
    decide_consents(
        customer,
        decisions,
        text_version=text_version(merchant.privacy_text),
        source="portal",
        by=member_actor(customer),
    )
    return customer


@transaction.atomic
def change_own_birthday(customer: Customer, *, birthday: Birthday, by: Actor) -> Customer:
    """Once a year, because a birthday is worth something; BirthdayChangedRecently otherwise. Staff may any time."""
    row = lock_customer(customer)
    if row.birthday == birthday:
        return row
    if row.birthday is not None and row.birthday_set_at is not None:
        possible_at = row.birthday_set_at + BIRTHDAY_KEPT_FOR
        if possible_at > now(customer.merchant):
            possible_on = possible_at.astimezone(customer.merchant.zone).date()
            raise BirthdayChangedRecently(possible_on=formats.date_format(possible_on, "Y-m-d"))
    return update_customer(customer, by=by, birthday=birthday)


def set_own_preferences(customer: Customer, *, agreed: set[tuple[str, str]], by: Actor) -> int:
    """Make exactly the pairs (purpose, channel) in `agreed` hold, of those a member may switch; how many changed."""
    decisions = [
        Decision(purpose, channel, given=(purpose, channel) in agreed)
        for purpose, channels in PREFERENCES.items()
        for channel in channels
    ]
    version = text_version(customer.merchant.privacy_text)
    return len(decide_consents(customer, decisions, text_version=version, source="portal", by=by))


@transaction.atomic
def record_sign_in(customer: Customer, *, channel: str) -> None:
    record(customer.merchant, MemberSignedIn(channel=channel), about=customer, by=member_actor(customer))


@transaction.atomic
def record_download(customer: Customer) -> None:
    record(customer.merchant, PersonalDataDownloaded(), about=customer, by=member_actor(customer))
