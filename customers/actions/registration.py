"""Registering customers: one is a batch of one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from customers.actions.checking import Checker, set_columns
from customers.errors import EmailTaken, ExternalIdTaken, NumberTaken, PhoneTaken
from customers.facts import CustomerRegistered
from customers.models import Customer, ExternalId
from customers.queries import custom_fields_of, customers_by_number, live_customers
from customers.rules.birthdays import Birthday
from customers.rules.identity import new_number
from events.actions import Recorded, record_many
from merchants.clock import now
from merchants.errors import DomainError, InvalidValues
from merchants.models import Actor, Merchant

_ROWS_A_STATEMENT = 2000
_BY_CONSTRAINT: dict[str, type[DomainError]] = {
    "customers_phone_once": PhoneTaken,
    "customers_email_once": EmailTaken,
    "customers_number_once": NumberTaken,
}
_PROFILE = (
    "number", "name", "phone", "email", "birthday", "gender", "language", "country", "region", "city", "address",
    "postcode", "source", "custom",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What is known of somebody new. All of it may be empty; a number is given to who has none.

    `external_ids`: (source, id) pairs. `joined_at` None means now; history loads carry the past.
    """

    name: str = ""
    phone: str = ""
    email: str = ""
    number: str = ""
    birthday: Birthday | None = None
    gender: str = ""
    language: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    address: str = ""
    postcode: str = ""
    custom: Mapping[str, object] = field(default_factory=dict)
    external_ids: tuple[tuple[str, str], ...] = ()
    source: str = ""
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the row at `index` of the batch was left out."""

    index: int
    error: DomainError


@dataclass(frozen=True, slots=True)
class Registrations:
    """`customers` is as long as the batch, None where refused."""

    customers: list[Customer | None]
    refusals: list[Refusal]


def register_customer(merchant: Merchant, new: NewCustomer, *, by: Actor) -> Customer:
    """The customer, registered. InvalidValues, PhoneTaken, EmailTaken, NumberTaken or ExternalIdTaken otherwise."""
    result = register_customers(merchant, [new], by=by)
    if result.refusals:
        raise result.refusals[0].error
    customer = result.customers[0]
    assert customer is not None
    return customer


@transaction.atomic
def register_customers(
    merchant: Merchant, batch: Sequence[NewCustomer], *, by: Actor, deliver: bool = True
) -> Registrations:
    """Register all of `batch` that can be, in a handful of statements whatever its length.

    A row whose values are not valid, or whose phone, e-mail, number or external id belongs to somebody (or to an
    earlier row) is refused and the others go in. `deliver=False` remembers without telling listeners: for history.
    """
    moment = now(merchant)
    checker = Checker(merchant, moment.astimezone(merchant.zone).date(), [f.spec for f in custom_fields_of(merchant)])
    rows: dict[int, Customer] = {}
    refusals: list[Refusal] = []
    for index, new in enumerate(batch):
        try:
            rows[index] = _row(checker, new, moment)
        except InvalidValues as refusal:
            refusals.append(Refusal(index, refusal))
    _refuse_taken(merchant, batch, rows, refusals)
    _give_numbers(merchant, rows.values())
    insert_or_refuse(rows.values(), _external_ids(batch, rows, moment))
    record_many(
        merchant,
        [
            Recorded(CustomerRegistered(number=row.number, source=row.source), about=row, occurred_at=row.joined_at)
            for row in rows.values()
        ],
        by=by,
        deliver=deliver,
    )
    return Registrations([rows.get(index) for index in range(len(batch))], sorted(refusals, key=lambda r: r.index))


def _row(checker: Checker, new: NewCustomer, moment: datetime) -> Customer:
    given: dict[str, Any] = {name: value for name in _PROFILE if (value := getattr(new, name))}
    columns, faults = checker.columns(given, whole=True)
    for source, external_id in new.external_ids:
        if not (0 < len(source.strip()) <= 40 and 0 < len(external_id.strip()) <= 128):
            faults.append(checker.fault("external_ids", "external_id_invalid"))
    joined_at = new.joined_at or moment
    if joined_at > moment:
        faults.append(checker.fault("joined_at", "in_future"))
    if faults:
        raise InvalidValues(faults)
    customer = Customer(merchant=checker.merchant, joined_at=joined_at, created_at=moment, updated_at=moment)
    set_columns(customer, columns, at=moment)
    return customer


def _refuse_taken(
    merchant: Merchant, batch: Sequence[NewCustomer], rows: dict[int, Customer], refusals: list[Refusal]
) -> None:
    """Drop rows whose identity somebody has; what happens at the same moment is judged by the unique indexes."""
    phones = [row.phone for row in rows.values() if row.phone]
    emails = [row.email for row in rows.values() if row.email]
    numbers = [row.number for row in rows.values() if row.number]
    externals = [pair for index in rows for pair in batch[index].external_ids]
    live = live_customers(merchant)
    taken: dict[type[DomainError], set[Any]] = {
        PhoneTaken: set(live.filter(phone__in=phones).values_list("phone", flat=True)) if phones else set(),
        EmailTaken: set(live.filter(email__in=emails).values_list("email", flat=True)) if emails else set(),
        NumberTaken: set(customers_by_number(merchant, numbers)) if numbers else set(),
    }
    taken_externals = _existing_externals(merchant, externals)
    for index in list(rows):
        row = rows[index]
        wanted: dict[type[DomainError], str] = {PhoneTaken: row.phone, EmailTaken: row.email, NumberTaken: row.number}
        error = next((kind() for kind, value in wanted.items() if value and value in taken[kind]), None)
        pairs = [(source.strip(), external.strip()) for source, external in batch[index].external_ids]
        clash = next((pair for pair in pairs if pair in taken_externals), None)
        if clash is not None:
            error = ExternalIdTaken(source=clash[0], external_id=clash[1])
        if error is not None:
            refusals.append(Refusal(index, error))
            del rows[index]
            continue
        for kind, value in wanted.items():
            taken[kind].add(value)
        taken_externals.update(pairs)


def _existing_externals(merchant: Merchant, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    if not pairs:
        return set()
    rows = ExternalId.objects.filter(
        merchant=merchant,
        source__in={source.strip() for source, _ in pairs},
        external_id__in=[external.strip() for _, external in pairs],
    )
    return set(rows.values_list("source", "external_id"))


def _give_numbers(merchant: Merchant, rows: Collection[Customer]) -> None:
    """Numbers for who has none. Random ones meet existing ones now and then: those are drawn again."""
    wanting = [row for row in rows if not row.number]
    given = {row.number for row in rows if row.number}
    while wanting:
        drawn = [_unlike(given) for _ in wanting]
        existing = customers_by_number(merchant, drawn)
        for row, number in zip(wanting, drawn, strict=True):
            row.number = "" if number in existing else number
        wanting = [row for row in wanting if not row.number]


def _unlike(given: set[str]) -> str:
    number = new_number()
    while number in given:
        number = new_number()
    given.add(number)
    return number


def _external_ids(batch: Sequence[NewCustomer], rows: Mapping[int, Customer], moment: datetime) -> list[ExternalId]:
    return [
        ExternalId(
            merchant_id=row.merchant_id,
            customer=row,
            source=source.strip(),
            external_id=external_id.strip(),
            created_at=moment,
        )
        for index, row in rows.items()
        for source, external_id in dict.fromkeys(batch[index].external_ids)
    ]


def insert_or_refuse(customers: Iterable[Customer], external_ids: Sequence[ExternalId]) -> None:
    """Insert; the name of a broken unique index becomes its refusal, for what two requests did at the same moment."""
    try:
        with transaction.atomic():
            Customer.objects.bulk_create(list(customers), batch_size=_ROWS_A_STATEMENT)
            for each in external_ids:
                each.customer_id = each.customer.pk
            ExternalId.objects.bulk_create(external_ids, batch_size=_ROWS_A_STATEMENT)
    except IntegrityError as failure:
        raise refusal_of_constraint(failure, external_ids) from failure


def refusal_of_constraint(failure: IntegrityError, external_ids: Sequence[ExternalId] = ()) -> Exception:
    """The refusal that a broken unique index means; the failure itself when it means none."""
    name = getattr(getattr(failure.__cause__, "diag", None), "constraint_name", "") or ""
    if name == "customers_external_id_once" and external_ids:
        return ExternalIdTaken(source=external_ids[0].source, external_id=external_ids[0].external_id)
    return _BY_CONSTRAINT[name]() if name in _BY_CONSTRAINT else failure
