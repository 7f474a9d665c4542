"""Whose order it is: a customer named by our id, the shop's number, another system's id, a phone or an e-mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Self

from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict, Field, model_validator

from commerce.errors import UnknownCustomer
from customers.models import Customer
from customers.queries import customers_by_external_id, customers_by_number, find_customer, get_customer
from customers.queries.finding import customer_unread, customers_by_email, customers_by_phone, get_customer_briefly
from loyalty.api.fields import Input, fault
from merchants.errors import NotFound
from merchants.frames.public_ids import read_public_id
from merchants.models import Merchant


class ExternalReference(Input):
    """What another system calls the customer."""

    source: Annotated[str, Field(min_length=1, max_length=40, examples=["shopify"])]
    id: Annotated[str, Field(min_length=1, max_length=128, examples=["6712"])]


class CustomerReference(Input):
    """Exactly one of these. The quickest is `id`: it costs no look-up."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    id: Annotated[str, Field(min_length=1, max_length=40, examples=["cus_4fQzR9mK2x"])] = ""
    number: Annotated[str, Field(min_length=1, max_length=32)] = ""
    external: ExternalReference | None = None
    phone: Annotated[str, Field(min_length=1, max_length=40, description="As typed.")] = ""
    email: Annotated[str, Field(min_length=1, max_length=254)] = ""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if len(self.model_fields_set) != 1 or (self.external is None and "external" in self.model_fields_set):
            raise fault("one_of", _("Give exactly one of id, number, external, phone, email."))
        return self


def customer_ids(
    merchant: Merchant, references: Sequence[CustomerReference | None]
) -> list[int | UnknownCustomer | None]:
    """Each reference's customer, in order: their id, None for a guest, or the refusal.

    One statement for each kind of reference that occurs (and each external source). Our own ids cost none: whether such
    a customer exists is asked where the order is written.
    """
    answers: list[int | UnknownCustomer | None] = [None] * len(references)
    wanted: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for n, reference in enumerate(references):
        if reference is None:
            continue
        if reference.id:
            answers[n] = _by_id(reference.id)
            continue
        kind, value = _kind(reference)
        wanted[kind][value].append(n)
    for (way, source), places in wanted.items():
        found = _look_up(merchant, way, source, list(places))
        for value, ns in places.items():
            for n in ns:
                answers[n] = found.get(value, UnknownCustomer())
    return answers


def customer_named(merchant: Merchant, reference: CustomerReference | None) -> Customer | None:
    """The one customer of a reference, None for a guest. Raises UnknownCustomer."""
    if reference is None:
        return None
    customer: Customer | None
    if reference.id:
        try:
            customer = get_customer(merchant, read_public_id("cus", reference.id))
        except NotFound:
            customer = None
    elif reference.external is not None:
        customer = find_customer(merchant, external=(reference.external.source, reference.external.id))
    elif reference.number:
        customer = find_customer(merchant, number=reference.number)
    elif reference.phone:
        customer = find_customer(merchant, phone=reference.phone)
    else:
        customer = find_customer(merchant, email=reference.email)
    if customer is None:
        raise UnknownCustomer()
    customer.merchant = merchant
    return customer


def member_of(merchant: Merchant, public: str) -> Customer:
    """The customer with this public id, as much of it as the ledger's verbs look at; NotFound."""
    return get_customer_briefly(merchant, read_public_id("cus", public))


def member_unread(merchant: Merchant, public: str) -> Customer:
    """The customer with this public id, not looked up: for what answers NotFound by itself."""
    return customer_unread(merchant, read_public_id("cus", public))


def _by_id(public: str) -> int | UnknownCustomer:
    try:
        return read_public_id("cus", public)
    except NotFound:
        return UnknownCustomer()


def _kind(reference: CustomerReference) -> tuple[tuple[str, str], str]:
    if reference.external is not None:
        return ("external", reference.external.source), reference.external.id
    if reference.number:
        return ("number", ""), reference.number
    if reference.phone:
        return ("phone", ""), reference.phone
    return ("email", ""), reference.email


def _look_up(merchant: Merchant, kind: str, source: str, values: list[str]) -> dict[str, int]:
    if kind == "external":
        return customers_by_external_id(merchant, source, values)
    if kind == "number":
        return customers_by_number(merchant, values)
    return customers_by_phone(merchant, values) if kind == "phone" else customers_by_email(merchant, values)
