"""Seeing personal data in clear, and taking it out of the house: allowed, and on the record."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from customers.facts import CustomersExported, PersonalDataRevealed
from customers.models import Customer
from events.actions import record
from merchants.models import Actor, Merchant

REVEALABLE = ("phone", "email", "address")


@transaction.atomic
def reveal_personal_data(customer: Customer, *, fields: Sequence[str] = REVEALABLE, by: Actor) -> dict[str, str]:
    """The values in clear of those `fields` (phone, email, address) that are known; recorded before they are shown."""
    shown = {name: str(getattr(customer, name)) for name in REVEALABLE if name in fields and getattr(customer, name)}
    if shown:
        record(customer.merchant, PersonalDataRevealed(fields=list(shown)), about=customer, by=by)
    return shown


@transaction.atomic
def record_export(merchant: Merchant, *, rows: int, filters: str, by: Actor) -> None:
    record(merchant, CustomersExported(rows=rows, filters=filters[:500]), about=None, by=by)
