"""Giving and taking back consent. Both are one row more; taking back is no harder than giving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from customers.actions.checking import refusal_of
from customers.actions.profiles import lock_customer
from customers.errors import CustomerArchived
from customers.facts import ConsentGiven, ConsentWithdrawn
from customers.models import Consent, Customer
from customers.queries import consents_of
from customers.rules.consents import is_known
from customers.rules.faults import Fault
from events.actions import Recorded, record_many
from events.facts import Fact
from merchants.clock import now, world_now
from merchants.errors import InvalidValues
from merchants.models import Actor, Merchant

_ROWS_A_STATEMENT = 2000
_ABOUT = "customers.customer"


@dataclass(frozen=True, slots=True)
class Decision:
    purpose: str
    channel: str
    given: bool


@dataclass(frozen=True, slots=True)
class PastDecision:
    """An agreement that was given before the shop came here."""

    customer_id: int
    purpose: str
    channel: str
    occurred_at: datetime
    text_version: str
    source: str


@transaction.atomic
def remember_consents(merchant: Merchant, decisions: Sequence[PastDecision], *, by: Actor) -> int:
    """Write agreements of the past, as a shop brings them along, in two statements; nobody is told. How many.

    Raises InvalidValues for a purpose and channel that do not exist together. Meant for customers without decisions: what
    stands already is not looked at, and the newest decision holds in any case.
    """
    unknown = [
        refusal_of(f"{each.purpose}.{each.channel}", Fault("consent_unknown"))
        for each in decisions
        if not is_known(each.purpose, each.channel)
    ]
    if unknown:
        raise InvalidValues(unknown)
    rows = [
        Consent(
            merchant=merchant,
            customer_id=each.customer_id,
            purpose=each.purpose,
            channel=each.channel,
            decision="given",
            text_version=each.text_version[:64],
            source=each.source[:40],
            actor_kind=by.kind,
            actor_id=by.id,
            actor_name=by.name[:120],
            occurred_at=each.occurred_at,
            recorded_at=world_now(),
        )
        for each in decisions
    ]
    Consent.objects.bulk_create(rows, batch_size=_ROWS_A_STATEMENT)
    record_many(
        merchant,
        [Recorded(_fact(row), about=(_ABOUT, row.customer_id), occurred_at=row.occurred_at) for row in rows],
        by=by,
        deliver=False,
    )
    return len(rows)


def give_consent(
    customer: Customer,
    *,
    purpose: str,
    channel: str,
    text_version: str = "",
    source: str,
    by: Actor,
    occurred_at: datetime | None = None,
) -> Consent:
    """The row that holds now. `text_version` names the words agreed to; `source` is where ("portal", "till form")."""
    decide_consents(
        customer,
        [Decision(purpose, channel, given=True)],
        text_version=text_version,
        source=source,
        by=by,
        occurred_at=occurred_at,
    )
    return _newest(customer, purpose, channel)


def withdraw_consent(
    customer: Customer, *, purpose: str, channel: str, source: str, by: Actor, occurred_at: datetime | None = None
) -> Consent | None:
    """The row that holds now; None when there was nothing to withdraw."""
    decide_consents(customer, [Decision(purpose, channel, given=False)], source=source, by=by, occurred_at=occurred_at)
    return consents_of(customer).filter(purpose=purpose, channel=channel).first()


@transaction.atomic
def decide_consents(
    customer: Customer,
    decisions: Sequence[Decision],
    *,
    text_version: str = "",
    source: str,
    by: Actor,
    occurred_at: datetime | None = None,
) -> list[Consent]:
    """Write those decisions that change something, and return them. Agreeing to new words is a change."""
    unknown = [
        refusal_of(f"{each.purpose}.{each.channel}", Fault("consent_unknown"))
        for each in decisions
        if not is_known(each.purpose, each.channel)
    ]
    if unknown:
        raise InvalidValues(unknown)
    merchant = customer.merchant
    moment = occurred_at or now(merchant)
    if moment > now(merchant):
        raise InvalidValues([refusal_of("occurred_at", Fault("in_future"))])
    if lock_customer(customer).is_archived:
        raise CustomerArchived()
    standing = {
        (row.purpose, row.channel): row
        for row in Consent.objects.filter(merchant=merchant, customer=customer)
        .order_by("purpose", "channel", "-occurred_at", "-id")
        .distinct("purpose", "channel")
    }
    rows = [
        Consent(
            merchant=merchant,
            customer=customer,
            purpose=each.purpose,
            channel=each.channel,
            decision="given" if each.given else "withdrawn",
            text_version=text_version[:64] if each.given else "",
            source=source[:40],
            actor_kind=by.kind,
            actor_id=by.id,
            actor_name=by.name[:120],
            occurred_at=moment,
            recorded_at=world_now(),
        )
        for each in decisions
        if _is_news(standing.get((each.purpose, each.channel)), each, text_version)
    ]
    Consent.objects.bulk_create(rows)
    facts = [Recorded(_fact(row), about=customer, occurred_at=moment) for row in rows]
    record_many(merchant, facts, by=by)
    return rows


def _is_news(standing: Consent | None, decision: Decision, text_version: str) -> bool:
    if standing is None:
        return decision.given
    if (standing.decision == "given") != decision.given:
        return True
    return decision.given and bool(text_version) and standing.text_version != text_version


def _fact(row: Consent) -> Fact:
    if row.decision == "given":
        return ConsentGiven(purpose=row.purpose, channel=row.channel, text_version=row.text_version, source=row.source)
    return ConsentWithdrawn(purpose=row.purpose, channel=row.channel, source=row.source)


def _newest(customer: Customer, purpose: str, channel: str) -> Consent:
    return consents_of(customer).filter(purpose=purpose, channel=channel)[:1].get()
