"""Sticking tags and traits on customers, many at a time."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import QuerySet

from customers.actions.checking import refusal_of
from customers.errors import TagIsDynamic, TagTooLong
from customers.facts import CustomerTagged, CustomerUntagged
from customers.models import Customer, CustomerTag, Tag, Trait
from customers.queries import find_tag, live_customers
from customers.rules.faults import Fault
from customers.rules.labels import TAG_LENGTH, tag_name, tag_slug
from events.actions import Recorded, record_many
from events.facts import Fact
from merchants.clock import now
from merchants.errors import InvalidValues
from merchants.models import Actor, Merchant

_AT_ONCE = 5000
_ABOUT = "customers.customer"


def tag_customer(customer: Customer, *, tag: str, by: Actor) -> bool:
    """Stick the tag on; False when it was there."""
    return tag_customers(customer.merchant, _only(customer), tag=tag, by=by) == 1


def untag_customer(customer: Customer, *, tag: str, by: Actor) -> bool:
    """Take the tag off; False when it was not there."""
    return untag_customers(customer.merchant, _only(customer), tag=tag, by=by) == 1


def _only(customer: Customer) -> QuerySet[Customer]:
    return Customer.objects.filter(merchant=customer.merchant_id, pk=customer.pk)


@transaction.atomic
def tag_customers(merchant: Merchant, customers: QuerySet[Customer], *, tag: str, by: Actor) -> int:
    """Stick `tag` on all of `customers`; how many did not have it. Each of those gets a line in the timeline."""
    row = _named(merchant, tag)
    moment = now(merchant)
    chosen, values = customers.filter(merchant=merchant).order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customertag (merchant_id, customer_id, tag_id, tagged_at, tagged_by) "  # noqa: S608
            f"SELECT %s, chosen.id, %s, %s, %s FROM ({chosen}) AS chosen (id) ORDER BY chosen.id "
            "ON CONFLICT (customer_id, tag_id) DO NOTHING RETURNING customer_id",
            [merchant.pk, row.pk, moment, by.name[:120], *values],
        )
        fresh = [each for (each,) in cursor.fetchall()]
    _record_each(merchant, CustomerTagged(tag=row.name), fresh, by)
    return len(fresh)


@transaction.atomic
def untag_customers(merchant: Merchant, customers: QuerySet[Customer], *, tag: str, by: Actor) -> int:
    """Take `tag` off all of `customers`; how many had it."""
    row = find_tag(merchant, tag)
    if row is None:
        return 0
    if row.managed_by:
        raise TagIsDynamic(name=row.name)
    carrying = CustomerTag.objects.filter(
        merchant=merchant, tag=row, customer__in=customers.filter(merchant=merchant).order_by().values("pk")
    )
    locked = list(carrying.order_by("id").select_for_update(no_key=True).values_list("pk", "customer_id"))
    CustomerTag.objects.filter(merchant=merchant, pk__in=[pk for pk, _ in locked]).delete()
    _record_each(merchant, CustomerUntagged(tag=row.name), [customer for _, customer in locked], by)
    return len(locked)


def _named(merchant: Merchant, text: str) -> Tag:
    name = tag_name(text)
    if not name:
        raise InvalidValues([refusal_of("tag", Fault("required"))])
    if len(name) > TAG_LENGTH:
        raise TagTooLong()
    tag, _ = Tag.objects.filter(merchant=merchant).get_or_create(
        merchant=merchant, slug=tag_slug(name), defaults={"name": name, "created_at": now(merchant)}
    )
    if tag.managed_by:
        raise TagIsDynamic(name=tag.name)
    return tag


def _record_each(merchant: Merchant, fact: Fact, customer_ids: list[int], by: Actor) -> None:
    for start in range(0, len(customer_ids), _AT_ONCE):
        chunk = customer_ids[start : start + _AT_ONCE]
        record_many(merchant, [Recorded(fact, about=(_ABOUT, each)) for each in chunk], by=by)


@transaction.atomic
def set_traits(merchant: Merchant, key: str, values: Mapping[int, str | int | float | bool], *, source: str) -> int:
    """Write what an app above computed: {customer id: value}. How many rows are new or different.

    Unknown ids are skipped. Traits are scalars: a text of at most 200 characters, a number or a truth. They are state,
    not history: nothing is recorded, because a nightly run over everybody would drown every timeline.
    """
    moment = now(merchant)
    known = set(live_customers(merchant).filter(pk__in=list(values)).order_by().values_list("pk", flat=True))
    stored = dict(
        Trait.objects.filter(merchant=merchant, key=key, customer_id__in=known).values_list("customer_id", "value")
    )
    rows = [
        Trait(
            merchant=merchant,
            customer_id=pk,
            key=key,
            value=value[:200] if isinstance(value, str) else value,
            source=source[:60],
            computed_at=moment,
        )
        for pk, value in sorted(values.items())
        if pk in known and (pk not in stored or stored[pk] != value)
    ]
    Trait.objects.bulk_create(
        rows,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["customer", "key"],
        update_fields=["value", "source", "computed_at"],
    )
    return len(rows)
