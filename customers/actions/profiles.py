"""Changing what is known of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Unpack

from django.db import IntegrityError, transaction

from customers.actions.checking import Checker, ProfileChanges, refusal_of, set_columns
from customers.actions.registration import NewCustomer, refusal_of_constraint, register_customer
from customers.errors import CustomerArchived, EmailTaken, ExternalIdTaken, PhoneTaken
from customers.facts import CustomerArchived as ArchivedFact
from customers.facts import CustomerRestored, CustomerUpdated, ExternalIdLinked
from customers.models import Customer, ExternalId
from customers.queries import custom_fields_of, find_customer
from customers.rules.faults import Fault
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValues
from merchants.models import Actor, Merchant


def lock_customer(customer: Customer) -> Customer:
    """The row as it is now, kept from changing until the transaction ends."""
    return (
        Customer.objects.filter(merchant=customer.merchant_id, pk=customer.pk)
        .select_for_update(no_key=True)
        .select_related(None)
        .get()
    )


@transaction.atomic
def update_customer(customer: Customer, *, by: Actor, **changes: Unpack[ProfileChanges]) -> Customer:
    """The customer with `changes` made; what is not named stays. Nothing different: nothing written, nothing recorded.

    Raises InvalidValues, PhoneTaken, EmailTaken, NumberTaken, CustomerArchived.
    """
    merchant = customer.merchant
    moment = now(merchant)
    checker = Checker(merchant, moment.astimezone(merchant.zone).date(), [f.spec for f in custom_fields_of(merchant)])
    columns = checker.columns_or_refuse(changes, whole=False)
    row = lock_customer(customer)
    row.merchant = merchant
    if row.is_archived:
        raise CustomerArchived()
    changed = set_columns(row, columns, at=moment)
    if not changed:
        return row
    row.updated_at = moment
    _save_or_refuse(row)
    fields = sorted({"birthday" if name.startswith("birthday_") else name for name in changed})
    record(merchant, CustomerUpdated(fields=fields), about=row, by=by)
    return row


def _save_or_refuse(row: Customer) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as failure:
        raise refusal_of_constraint(failure) from failure


@transaction.atomic
def archive_customer(customer: Customer, *, reason: str = "", by: Actor) -> Customer:
    """Out of lists and searches; history stays, and phone and e-mail are free for somebody else. Twice is once."""
    row = lock_customer(customer)
    if row.is_archived:
        return row
    row.archived_at = row.updated_at = now(customer.merchant)
    row.save(update_fields=["archived_at", "updated_at"])
    record(customer.merchant, ArchivedFact(reason=reason.replace("\x00", "").strip()[:200]), about=row, by=by)
    return row


@transaction.atomic
def restore_customer(customer: Customer, *, by: Actor) -> Customer:
    """Back from the archive; PhoneTaken or EmailTaken when somebody else has the phone or e-mail by now."""
    row = lock_customer(customer)
    if not row.is_archived:
        return row
    row.archived_at = None
    row.updated_at = now(customer.merchant)
    _save_or_refuse(row)
    record(customer.merchant, CustomerRestored(), about=row, by=by)
    return row


@transaction.atomic
def link_external_id(customer: Customer, *, source: str, external_id: str, by: Actor) -> ExternalId:
    """What another system calls this customer. Twice is once; ExternalIdTaken when it means somebody else."""
    if not (0 < len(source.strip()) <= 40 and 0 < len(external_id.strip()) <= 128):
        raise InvalidValues([refusal_of("external_id", Fault("external_id_invalid"))])
    made, created = ExternalId.objects.filter(merchant=customer.merchant_id).get_or_create(
        merchant_id=customer.merchant_id,
        source=source.strip(),
        external_id=external_id.strip(),
        defaults={"customer": customer, "created_at": now(customer.merchant)},
    )
    if made.customer_id != customer.pk:
        raise ExternalIdTaken(source=source, external_id=external_id)
    if created:
        record(
            customer.merchant, ExternalIdLinked(source=made.source, external_id=made.external_id), about=customer, by=by
        )
    return made


def upsert_customer(
    merchant: Merchant,
    *,
    source: str,
    external_id: str,
    changes: Mapping[str, Any],
    link_existing: bool = False,
    by: Actor,
) -> tuple[Customer, bool]:
    """The customer whom `source` calls `external_id`, brought up to date or registered; and whether they are new.

    With `link_existing`, somebody unknown to the source whose phone or e-mail a customer already has *is* that
    customer: the external id is linked to them. Without it, that is PhoneTaken or EmailTaken.
    """
    key = (source.strip(), external_id.strip())
    known = find_customer(merchant, external=key)
    if known is not None:
        return _brought_up_to_date(known, changes, by), False
    new = replace(_as_new(changes), external_ids=(key,), source=source[:40])
    try:
        return register_customer(merchant, new, by=by), True
    except ExternalIdTaken:
        # The same person from two requests at once: the other one registered them.
        known = find_customer(merchant, external=key)
        if known is None:
            raise
        return _brought_up_to_date(known, changes, by), False
    except (PhoneTaken, EmailTaken):
        owner = _owner_of_contact(merchant, new) if link_existing else None
        if owner is None:
            raise
        return _linked(owner, key, changes, by), False


@transaction.atomic
def _linked(owner: Customer, key: tuple[str, str], changes: Mapping[str, Any], by: Actor) -> Customer:
    link_external_id(owner, source=key[0], external_id=key[1], by=by)
    return _brought_up_to_date(owner, changes, by)


def _brought_up_to_date(customer: Customer, changes: Mapping[str, Any], by: Actor) -> Customer:
    return update_customer(customer, by=by, **changes) if changes else customer


def _as_new(changes: Mapping[str, Any]) -> NewCustomer:
    return NewCustomer(**{name: value for name, value in changes.items() if value is not None})


def _owner_of_contact(merchant: Merchant, new: NewCustomer) -> Customer | None:
    """The one customer who has the phone or the e-mail; nobody when the two belong to two people."""
    owners = [
        find_customer(merchant, phone=new.phone) if new.phone else None,
        find_customer(merchant, email=new.email) if new.email else None,
    ]
    found = {owner.pk: owner for owner in owners if owner is not None}
    return next(iter(found.values())) if len(found) == 1 else None
