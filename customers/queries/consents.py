"""What a customer agreed to."""

from __future__ import annotations

from django.db.models import QuerySet

from customers.models import Consent, Customer
from customers.rules.consents import standing


def consents_of(customer: Customer) -> QuerySet[Consent]:
    """Every decision, newest first."""
    return Consent.objects.filter(merchant=customer.merchant_id, customer=customer).order_by("-occurred_at", "-id")


def standing_consents(customer: Customer) -> dict[tuple[str, str], bool]:
    """{(purpose, channel): agreed?}; a pair that is missing was never decided, which means no."""
    rows = (
        Consent.objects.filter(merchant=customer.merchant_id, customer=customer)
        .order_by("purpose", "channel", "-occurred_at", "-id")
        .distinct("purpose", "channel")
    )
    return standing(rows.values_list("purpose", "channel", "decision"))


def has_consent(customer: Customer, purpose: str, channel: str) -> bool:
    return standing_consents(customer).get((purpose, channel), False)


def may_contact(customer: Customer, purpose: str, channel: str) -> bool:
    """Consent given, and an address there to use it."""
    reachable = {"email": bool(customer.email), "sms": bool(customer.phone), "phone": bool(customer.phone)}
    return not customer.is_archived and reachable.get(channel, True) and has_consent(customer, purpose, channel)
