"""The customers that a list asks for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from customers.models import Customer
from customers.queries.finding import customers_of
from customers.queries.search import MOST_FOUND, customer_ids_found
from customers.rules.faults import Fault
from customers.rules.identity import country_of_currency, normal_email, normal_phone
from customers.rules.labels import tag_slug
from merchants.models import Merchant

_MOMENTS = ("joined_from", "joined_before", "updated_since")


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What a list is narrowed to; None and "" narrow nothing. `archived`: False live, True archived, None both."""

    text: str = ""
    tags: tuple[str, ...] = ()
    gender: str = ""
    source: str = ""
    region: str = ""
    birthday_month: int | None = None
    phone: str | None = None
    email: str | None = None
    external: tuple[str, str] | None = None
    number: str | None = None
    joined_from: datetime | None = None
    joined_before: datetime | None = None
    updated_since: datetime | None = None
    has_phone: bool | None = None
    has_email: bool | None = None
    archived: bool | None = False

    def as_json(self) -> dict[str, Any]:
        """For a task's arguments; `CustomerFilter.of_json` reads it back."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> CustomerFilter:
        moments = {name: datetime.fromisoformat(values[name]) for name in _MOMENTS if values.get(name)}
        external = values.get("external")
        return cls(
            **{**values, **moments, "tags": tuple(values["tags"]), "external": tuple(external) if external else None}
        )


def customers_matching(merchant: Merchant, wanted: CustomerFilter) -> QuerySet[Customer]:
    """Unordered. A text narrows to the 500 best matches: who looks further types more."""
    rows = customers_of(merchant)
    if wanted.archived is not None:
        rows = rows.filter(archived_at__isnull=not wanted.archived)
    if wanted.text:
        rows = rows.filter(
            pk__in=customer_ids_found(
                merchant, wanted.text, limit=MOST_FOUND, with_archived=wanted.archived is not False
            )
        )
    for tag in wanted.tags:
        rows = rows.filter(tagged__tag__merchant=merchant, tagged__tag__slug=tag_slug(tag))
    exact = {"gender": wanted.gender, "source": wanted.source, "region": wanted.region}
    rows = rows.filter(**{field: value for field, value in exact.items() if value})
    if wanted.birthday_month is not None:
        rows = rows.filter(birthday_month=wanted.birthday_month)
    if wanted.number is not None:
        rows = rows.filter(number=wanted.number)
    if wanted.external is not None:
        source, external_id = wanted.external
        rows = rows.filter(
            external_ids__merchant=merchant, external_ids__source=source, external_ids__external_id=external_id
        )
    return _by_moment(_by_contact(merchant, rows, wanted), wanted)


def customers_ranked(merchant: Merchant, wanted: CustomerFilter, *, limit: int = 50) -> list[Customer]:
    """The best `limit` matches of the filter's text, best first, with their tags."""
    ids = customer_ids_found(merchant, wanted.text, limit=MOST_FOUND, with_archived=wanted.archived is not False)
    place = {pk: index for index, pk in enumerate(ids)}
    rows = customers_matching(merchant, replace(wanted, text="")).filter(pk__in=ids).prefetch_related("tagged__tag")
    return sorted(rows, key=lambda row: place[row.pk])[:limit]


def _by_contact(merchant: Merchant, rows: QuerySet[Customer], wanted: CustomerFilter) -> QuerySet[Customer]:
    try:
        if wanted.phone is not None:
            rows = rows.filter(phone=normal_phone(wanted.phone, country=country_of_currency(merchant.currency)))
        if wanted.email is not None:
            rows = rows.filter(email=normal_email(wanted.email))
    except Fault:
        return rows.none()
    if wanted.has_phone is not None:
        rows = rows.exclude(phone="") if wanted.has_phone else rows.filter(phone="")
    if wanted.has_email is not None:
        rows = rows.exclude(email="") if wanted.has_email else rows.filter(email="")
    return rows


def _by_moment(rows: QuerySet[Customer], wanted: CustomerFilter) -> QuerySet[Customer]:
    if wanted.joined_from is not None:
        rows = rows.filter(joined_at__gte=wanted.joined_from)
    if wanted.joined_before is not None:
        rows = rows.filter(joined_at__lt=wanted.joined_before)
    if wanted.updated_since is not None:
        rows = rows.filter(updated_at__gte=wanted.updated_since)
    return rows
