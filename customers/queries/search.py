"""Searching customers by whatever a person remembers of them.

At a million customers of one shop each search stays within a few milliseconds because no step is ever "all who match":
every way to match is its own index range with its own LIMIT. Beginnings (name, pinyin, initials, e-mail, number) and
endings (phone) are read from plain indexes in order. Only when those found too few, words inside are looked up by
trigrams, which are then rare enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, When

from customers.models import Customer
from customers.queries.finding import customers_of
from customers.rules.faults import Fault
from customers.rules.identity import country_of_currency, normal_phone
from customers.rules.search_keys import Kind, SearchTerm, escaped_like, search_term
from merchants.models import Merchant

MOST_FOUND = 500


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to match: a condition with its parameters, and the column whose index gives the order."""

    rank: int
    condition: str
    values: tuple[str, ...]
    order: str


def search_customers(merchant: Merchant, text: str, *, limit: int = 20, with_archived: bool = False) -> list[Customer]:
    """The best `limit` customers for `text`, best first. An empty text finds nobody."""
    ids = customer_ids_found(merchant, text, limit=limit, with_archived=with_archived)
    if not ids:
        return []
    place = Case(*(When(pk=pk, then=index) for index, pk in enumerate(ids)))
    return list(customers_of(merchant).filter(pk__in=ids).order_by(place))


def customer_ids_found(merchant: Merchant, text: str, *, limit: int = 20, with_archived: bool = False) -> list[int]:
    """Ids of the best `limit` (at most 500) customers: exact matches, then beginnings, then words inside."""
    limit, text = min(limit, MOST_FOUND), text.replace("\x00", "")
    term = search_term(text)
    if term.kind is Kind.NOTHING:
        return []
    found = _matches(merchant, _beginnings(merchant, term, text), limit, with_archived)
    if len(found) < limit:
        for pk in _matches(merchant, _words(term), limit, with_archived):
            if pk not in found:
                found.append(pk)
    return found[:limit]


def _beginnings(merchant: Merchant, term: SearchTerm, typed: str) -> Iterable[_Way]:
    return _WAYS[term.kind](merchant, term, typed)


def _begins(rank: int, column: str, text: str) -> _Way:
    return _Way(rank, f"{column} LIKE %s", (f"{escaped_like(text)}%",), column)


def _by_digits(merchant: Merchant, term: SearchTerm, typed: str) -> Iterable[_Way]:
    yield _begins(1, "number", term.joined)
    yield _Way(2, "phone <> '' AND reverse(phone) LIKE %s", (f"{term.joined[::-1]}%",), "reverse(phone)")
    try:
        # A leading zero or a country's exit code is no ending of E.164: try the number as it is dialled here.
        phone = normal_phone(typed, country=country_of_currency(merchant.currency))
    except Fault:
        return
    yield _Way(0, "phone = %s", (phone,), "phone")


def _by_email(merchant: Merchant, term: SearchTerm, typed: str) -> Iterable[_Way]:
    yield _Way(0, "email <> '' AND email = %s", (term.joined,), "email")
    yield _Way(1, "email <> '' AND email LIKE %s", (f"{escaped_like(term.joined)}%",), "email")


def _by_han(merchant: Merchant, term: SearchTerm, typed: str) -> Iterable[_Way]:
    yield _Way(0, "name = %s", (term.text,), "name")
    yield _begins(1, "name", term.text)
    if term.joined != term.text:
        yield _begins(1, "name", term.joined)


def _by_letters(merchant: Merchant, term: SearchTerm, typed: str) -> Iterable[_Way]:
    yield _Way(0, "name_pinyin = %s", (term.joined,), "name_pinyin")
    yield _Way(1, "name_initials = %s", (term.joined,), "name_initials")
    yield _begins(2, "name_pinyin", term.joined)
    yield _begins(3, "name_initials", term.joined)
    yield _Way(3, "email <> '' AND email LIKE %s", (f"{escaped_like(term.joined)}%",), "email")
    for number in dict.fromkeys((typed.strip(), typed.strip().upper(), typed.strip().lower())):
        yield _begins(4, "number", number)


_WAYS: dict[Kind, Callable[[Merchant, SearchTerm, str], Iterable[_Way]]] = {
    Kind.DIGITS: _by_digits,
    Kind.EMAIL: _by_email,
    Kind.HAN: _by_han,
    Kind.LETTERS: _by_letters,
}


def _words(term: SearchTerm) -> Iterable[_Way]:
    if term.kind is Kind.EMAIL:
        return
    # One letter or digit begins too many words to be worth asking for.
    if len(term.joined) < 2 and term.kind is not Kind.HAN:
        return
    patterns = tuple(f"% {escaped_like(word)}%" for word in term.text.split(" ")[:4])
    yield _Way(9, " AND ".join(["search_text LIKE %s"] * len(patterns)), patterns, "")


def _matches(merchant: Merchant, ways: Iterable[_Way], limit: int, with_archived: bool) -> list[int]:
    live = "" if with_archived else "AND archived_at IS NULL "
    selects: list[str] = []
    values: list[str | int] = []
    for way in ways:
        order = f"ORDER BY {way.order} " if way.order else ""
        selects.append(
            f"(SELECT id, {way.rank} AS rank, name_pinyin FROM customers_customer "  # noqa: S608  # our own words only
            f"WHERE merchant_id = %s {live}AND {way.condition} {order}LIMIT %s)"
        )
        values += [merchant.pk, *way.values, limit]
    if not selects:
        return []
    statement = (
        f"SELECT id FROM ({' UNION ALL '.join(selects)}) AS found "  # noqa: S608
        "GROUP BY id ORDER BY min(rank), min(name_pinyin), id LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, limit])
        return [row[0] for row in cursor.fetchall()]
