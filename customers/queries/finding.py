"""One customer, or the few that a name, a number or a day asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q, QuerySet

from customers.models import Customer, ExternalId
from customers.rules.birthdays import greeted_on
from customers.rules.faults import Fault
from customers.rules.identity import country_of_currency, normal_email, normal_phone
from merchants.errors import NotFound
from merchants.models import Merchant


def customers_of(merchant: Merchant) -> QuerySet[Customer]:
    return Customer.objects.filter(merchant=merchant)


def live_customers(merchant: Merchant) -> QuerySet[Customer]:
    """Those not archived."""
    return Customer.objects.filter(merchant=merchant, archived_at__isnull=True)


def get_customer(merchant: Merchant, id: int) -> Customer:
    """The customer with this id, archived or not; NotFound otherwise."""
    customer = customers_of(merchant).filter(pk=id).first()
    if customer is None:
        raise NotFound()
    return customer


def customer_unread(merchant: Merchant, id: int) -> Customer:
    """For verbs and questions that look at the customer themselves, under their lock: nothing is read, not even whether
    there is one. Fields are read when asked for.
    """
    customer = Customer.from_db(connection.alias, ["id", "merchant_id"], [id, merchant.pk])
    customer.merchant = merchant  # at hand already
    return customer


def get_customer_briefly(merchant: Merchant, id: int) -> Customer:
    """For hot paths: only whether the customer is archived is read, and the statement is not built anew each time.

    Other fields are read when asked for. NotFound as for `get_customer`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT archived_at FROM customers_customer WHERE merchant_id = %s AND id = %s", [merchant.pk, id]
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    customer = Customer.from_db(connection.alias, ["id", "merchant_id", "archived_at"], [id, merchant.pk, row[0]])
    customer.merchant = merchant  # at hand already
    return customer


def find_customer(
    merchant: Merchant,
    *,
    number: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    external: tuple[str, str] | None = None,
) -> Customer | None:
    """The customer whom exactly one of the given identifies. Phone and e-mail may be as a person typed them.

    By number and by external id (source, id) archived customers are found too; by phone and e-mail only live ones,
    because an archived customer's phone may be somebody else's by now.
    """
    if number is not None:
        return customers_of(merchant).filter(number=number.strip()).first()
    if external is not None:
        source, external_id = external
        return (
            customers_of(merchant)
            .filter(external_ids__merchant=merchant, external_ids__source=source, external_ids__external_id=external_id)
            .first()
        )
    try:
        if phone is not None:
            plain = normal_phone(phone, country=country_of_currency(merchant.currency))
            return live_customers(merchant).filter(phone=plain).first() if plain else None
        if email is not None:
            plain = normal_email(email)
            return live_customers(merchant).filter(email=plain).first() if plain else None
    except Fault:
        return None
    raise TypeError("find_customer needs a number, phone, email or external id.")


def customers_by_external_id(merchant: Merchant, source: str, external_ids: Iterable[str]) -> dict[str, int]:
    """{external id: customer id} of those that exist, in one statement: for batches."""
    rows = ExternalId.objects.filter(merchant=merchant, source=source, external_id__in=list(external_ids))
    return dict(rows.values_list("external_id", "customer_id"))


def customers_by_number(merchant: Merchant, numbers: Iterable[str]) -> dict[str, int]:
    """{member number: customer id} of those that exist, in one statement: for batches."""
    return dict(customers_of(merchant).filter(number__in=list(numbers)).values_list("number", "pk"))


def customers_by_phone(merchant: Merchant, phones: Iterable[str]) -> dict[str, int]:
    """{phone as given: id of the live customer who has it}, in one statement: for batches."""
    country = country_of_currency(merchant.currency)
    plain = {phone: _plain(lambda text: normal_phone(text, country=country), phone) for phone in phones}
    found = dict(live_customers(merchant).filter(phone__in=set(plain.values()) - {""}).values_list("phone", "pk"))
    return {phone: found[text] for phone, text in plain.items() if text in found}


def customers_by_email(merchant: Merchant, emails: Iterable[str]) -> dict[str, int]:
    """{e-mail as given: id of the live customer who has it}, in one statement: for batches."""
    plain = {email: _plain(normal_email, email) for email in emails}
    found = dict(live_customers(merchant).filter(email__in=set(plain.values()) - {""}).values_list("email", "pk"))
    return {email: found[text] for email, text in plain.items() if text in found}


def _plain(normal: Callable[[str], str], text: str) -> str:
    try:
        return normal(text)
    except Fault:
        return ""


def birthdays_on(merchant: Merchant, day: date) -> QuerySet[Customer]:
    """The live customers who are greeted on `day`, in both calendars (rules/birthdays.py says how)."""
    days = [
        Q(
            birthday_calendar="lunar" if each.is_lunar else "solar",
            birthday_month=each.month,
            birthday_day=each.day,
            birthday_is_leap_month=each.is_leap_month,
        )
        for each in greeted_on(day)
    ]
    return live_customers(merchant).filter(reduce(or_, days))
