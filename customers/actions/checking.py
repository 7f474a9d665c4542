"""From what was given to what is stored: every value normalised, every fault found at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypedDict

from django.utils.translation import gettext

from customers.errors import FAULTS
from customers.models import Customer, Gender
from customers.rules.birthdays import Birthday, checked
from customers.rules.custom_fields import FieldSpec, checked_values
from customers.rules.faults import Fault
from customers.rules.identity import country_of_currency, normal_email, normal_number, normal_phone
from customers.rules.search_keys import search_keys
from merchants.errors import InvalidValue, InvalidValues
from merchants.models import Language, Merchant

_LENGTHS = {"name": 120, "region": 60, "city": 60, "address": 200, "postcode": 16, "source": 40}
_COUNTRY = re.compile(r"^[A-Z]{2}$")


class ProfileChanges(TypedDict, total=False):
    """What may be said about a customer. Phone, e-mail and country as typed; `birthday` None forgets it."""

    number: str
    name: str
    phone: str
    email: str
    birthday: Birthday | None
    gender: str
    language: str
    country: str
    region: str
    city: str
    address: str
    postcode: str
    custom: Mapping[str, object]


def refusal_of(name: str, fault: Fault) -> InvalidValue:
    """The rule's fault in words, at the field `name`."""
    details = {
        key: gettext(", ").join(map(str, value)) if isinstance(value, list | tuple) else value
        for key, value in fault.details.items()
    }
    return InvalidValue(name, FAULTS[fault.code], code=fault.code, **details)


@dataclass
class Checker:
    """Normalises the values of one merchant's customers. Made once for a batch: it holds the shop's fields and day."""

    merchant: Merchant
    today: date
    specs: list[FieldSpec]
    country: str = field(init=False)

    def __post_init__(self) -> None:
        self.country = country_of_currency(self.merchant.currency)

    def columns(self, given: Mapping[str, Any], *, whole: bool) -> tuple[dict[str, Any], list[InvalidValue]]:
        """{column: value} for the keys of ProfileChanges in `given`, and what is wrong with the others.

        `whole` says that this is a new customer, so that the shop's required fields must be there.
        """
        columns: dict[str, Any] = {}
        faults: list[InvalidValue] = []
        for name, value in given.items():
            try:
                columns.update(self._column(name, value))
            except Fault as fault:
                faults.append(refusal_of(name, fault))
        custom, custom_faults = checked_values(self.specs, given.get("custom") or {}, whole=whole)
        faults.extend(refusal_of(f"custom.{key}", fault) for key, fault in custom_faults.items())
        if custom or whole:
            columns["custom"] = custom
        return columns, faults

    def columns_or_refuse(self, given: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
        columns, faults = self.columns(given, whole=whole)
        if faults:
            raise InvalidValues(faults)
        return columns

    @staticmethod
    def fault(name: str, code: str) -> InvalidValue:
        return InvalidValue(name, FAULTS[code], code=code)

    def _column(self, name: str, value: Any) -> dict[str, Any]:
        if name == "custom":
            return {}
        if name == "birthday":
            return birthday_columns(value and checked(value, today=self.today))
        return {name: self._text(name)(value or "")}

    def _text(self, name: str) -> Callable[[str], str]:
        known: dict[str, Callable[[str], str]] = {
            "phone": lambda text: normal_phone(text, country=self.country),
            "email": normal_email,
            "number": normal_number,
            "gender": lambda text: _one_of(text or "unknown", Gender.values, "gender_unknown"),
            "language": lambda text: text and _one_of(text, Language.values, "language_unknown"),
            "country": _country,
        }
        if name in known:
            return known[name]
        if name not in _LENGTHS:
            raise Fault("field_unknown")
        return lambda text: _plain(text, _LENGTHS[name])


def _plain(text: str, limit: int) -> str:
    text = " ".join(unicodedata.normalize("NFKC", text).replace("\x00", "").split())
    if len(text) > limit:
        raise Fault("too_long", limit=limit)
    return text


def _country(text: str) -> str:
    country = text.strip().upper()
    if country and not _COUNTRY.match(country):
        raise Fault("country_invalid")
    return country


def _one_of(text: str, choices: Iterable[str], code: str) -> str:
    if text not in choices:
        raise Fault(code, choices=list(choices))
    return text


def birthday_columns(birthday: Birthday | None) -> dict[str, Any]:
    if birthday is None:
        return {
            "birthday_calendar": "solar",
            "birthday_year": None,
            "birthday_month": None,
            "birthday_day": None,
            "birthday_is_leap_month": False,
        }
    return {
        "birthday_calendar": "lunar" if birthday.is_lunar else "solar",
        "birthday_year": birthday.year,
        "birthday_month": birthday.month,
        "birthday_day": birthday.day,
        "birthday_is_leap_month": birthday.is_leap_month,
    }


def set_columns(customer: Customer, columns: Mapping[str, Any], *, at: datetime) -> list[str]:
    """Put the columns on the row, its search keys with them; the names of what changed. `custom` is merged."""
    changed: list[str] = []
    for name, value in columns.items():
        if name == "custom":
            merged = {key: each for key, each in {**customer.custom, **value}.items() if each is not None}
            if merged != customer.custom:
                customer.custom = merged
                changed.append(name)
        elif getattr(customer, name) != value:
            setattr(customer, name, value)
            changed.append(name)
    if any(name.startswith("birthday_") for name in changed):
        customer.birthday_set_at = at if customer.birthday_month else None
    if not customer.pk or {"name", "email"} & set(changed):
        keys = search_keys(customer.name, customer.email)
        customer.name_pinyin, customer.name_initials, customer.search_text = keys.pinyin, keys.initials, keys.words
    return changed
