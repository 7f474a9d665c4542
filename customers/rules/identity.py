"""Phone numbers and e-mail addresses in the one form in which they are stored and compared."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable

import phonenumbers

from customers.rules.faults import Fault

# Where a number without a country code is dialled from, by the shop's currency. The euro has no one country.
_COUNTRY_OF_CURRENCY = {
    "CNY": "CN", "HKD": "HK", "TWD": "TW", "MOP": "MO", "SGD": "SG", "JPY": "JP", "KRW": "KR", "USD": "US", "CAD": "CA",
    "GBP": "GB", "AUD": "AU", "NZD": "NZ", "MYR": "MY", "THB": "TH", "VND": "VN", "INR": "IN", "IDR": "ID", "PHP": "PH",
    "CHF": "CH", "SEK": "SE", "NOK": "NO", "DKK": "DK", "PLN": "PL", "BRL": "BR", "MXN": "MX", "EUR": "DE",
}  # fmt: skip
_EMAIL = re.compile(r"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")
_NUMBER = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")


def country_of_currency(currency: str) -> str:
    """ISO 3166-1 code of the country whose phone numbers a shop with this currency writes without a code."""
    return _COUNTRY_OF_CURRENCY.get(currency, "CN")


def normal_phone(text: str, *, country: str) -> str:
    """E.164 ("+8613800138000") of what a person typed; "" stays "". Fault `phone_invalid`."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise Fault("phone_invalid") from None
    if not phonenumbers.is_valid_number(number):
        raise Fault("phone_invalid")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def pretty_phone(phone: str, *, country: str) -> str:
    """How a person of `country` writes it: without the code at home ("138 0013 8000"), with it abroad."""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return phone
    at_home = phonenumbers.region_code_for_number(number) == country
    form = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def normal_email(text: str) -> str:
    """Lower case, full-width letters folded; "" stays "". Fault `email_invalid`."""
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if not email:
        return ""
    local = email.partition("@")[0]
    if len(email) > 254 or not _EMAIL.match(email) or ".." in local or local.startswith(".") or local.endswith("."):
        raise Fault("email_invalid")
    return email


def normal_number(text: str) -> str:
    """A member number as given: letters, digits, ".", "_" and "-", at most 32. Fault `number_invalid`."""
    number = text.strip()
    if not _NUMBER.match(number):
        raise Fault("number_invalid")
    return number


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` + it pass the Luhn test: a mistyped or swapped digit is noticed."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def new_number(below: Callable[[int], int] = secrets.randbelow) -> str:
    """Nine random digits and their check digit: tells neither how many members there are nor who is next."""
    body = str(100_000_000 + below(900_000_000))
    return body + luhn_digit(body)


def looks_like_email(text: str) -> bool:
    return "@" in text or "＠" in text
