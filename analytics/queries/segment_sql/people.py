"""Conditions about the person: profile, own fields, traits, tags, consent, and what this app wrote down."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from analytics.queries.segment_sql.writer import Answer, Writer
from analytics.queries.segments import find_segment
from analytics.rules import segment_tree as tree
from customers.queries import find_tag

# Names, phones, e-mails and birthdays stay where they are: "why" says only that they are known.
_KNOWN = {
    "gender": "(c.gender <> 'unknown')",
    "birthday": "(c.birthday_month IS NOT NULL)",
    **{
        each: f"(c.{each} <> '')"
        for each in ("language", "country", "region", "city", "postcode", "source", "name", "phone", "email")
    },
}
_PRIVATE = ("name", "phone", "email", "birthday", "postcode")


def profile(condition: tree.Profile, w: Writer) -> Answer:
    known = _KNOWN[condition.field]
    if condition.is_known is not None:
        return Answer(known if condition.is_known else f"(NOT {known})", f"to_jsonb({known})")
    column = f"c.{condition.field}"
    found = f"to_jsonb({known})" if condition.field in _PRIVATE else f"to_jsonb({column})"
    return Answer(f"({column} = ANY ({w.bind(list(condition.any_of or ()))}::text[]))", found)


def age(condition: tree.Age, w: Writer) -> Answer:
    today = w.today
    # A lunar birthday is in another calendar than today: its year alone counts.
    years = (
        f"({w.bind(today.year)} - c.birthday_year - CASE WHEN c.birthday_calendar = 'solar' AND "
        f"(c.birthday_month, c.birthday_day) > ({w.bind(today.month)}, {w.bind(today.day)}) THEN 1 ELSE 0 END)"
    )
    return Answer(f"(({w.between(years, condition.at_least, condition.at_most)}) IS TRUE)", f"to_jsonb({years})")


def birthday(condition: tree.BirthdayIn, w: Writer) -> Answer:
    test = f"((c.birthday_month = ANY ({w.bind(list(condition.months))}::int[])) IS TRUE)"
    return Answer(test, "to_jsonb(c.birthday_month)")


def joined(condition: tree.Joined, w: Writer) -> Answer:
    return Answer(f"(true{w.within('c.joined_at', condition.window)})", "to_jsonb(c.joined_at)")


def custom_field(condition: tree.CustomFieldIs, w: Writer) -> Answer:
    return _valued(f"(c.custom -> {w.bind(condition.key)})", condition, w)


def trait(condition: tree.TraitIs, w: Writer) -> Answer:
    return _valued(f"{_trait(condition.key, w)}.value", condition, w)


def _trait(key: str, w: Writer) -> str:
    return w.join(
        "SELECT t.customer_id, t.value FROM customers_trait t WHERE t.merchant_id = %(merchant)s "  # noqa: S608
        f"AND t.key = {w.bind(key)}{w.scope('t.customer_id')}"
    )


def _valued(value: str, condition: Any, w: Writer) -> Answer:
    """A jsonb scalar that is one of several, or within bounds (numbers with numbers, dates with dates), or there at all."""
    known = f"(jsonb_typeof({value}) <> 'null')"
    if condition.is_known is not None:
        test = f"({known} IS {'TRUE' if condition.is_known else 'NOT TRUE'})"
    elif condition.any_of is not None:
        choices = [json.dumps(choice, ensure_ascii=False) for choice in condition.any_of]
        test = f"(({value} = ANY ({w.bind(choices)}::jsonb[])) IS TRUE)"
    elif isinstance(condition.at_least or condition.at_most, date):
        day = f"({value} #>> '{{}}')"
        bounds = [each.isoformat() if each is not None else None for each in (condition.at_least, condition.at_most)]
        test = f"((jsonb_typeof({value}) = 'string' AND {w.between(day, *bounds)}) IS TRUE)"
    else:
        number = f"(CASE WHEN jsonb_typeof({value}) = 'number' THEN ({value})::numeric END)"
        test = f"(({w.between(number, condition.at_least, condition.at_most)}) IS TRUE)"
    return Answer(test, value)


def tagged(condition: tree.Tagged, w: Writer) -> Answer:
    tags = [tag.pk for tag in (find_tag(w.merchant, name) for name in condition.any_of) if tag is not None]
    row = w.join(
        "SELECT t.customer_id, array_agg(DISTINCT g.name) AS names FROM customers_customertag t "  # noqa: S608
        "JOIN customers_tag g ON g.id = t.tag_id "
        f"WHERE t.merchant_id = %(merchant)s AND t.tag_id = ANY ({w.bind(tags)}::bigint[])"
        f"{w.scope('t.customer_id')} GROUP BY t.customer_id"
    )
    return Answer(f"({row}.customer_id IS NOT NULL)", f"to_jsonb({row}.names)")


_ADDRESS = {"email": "c.email <> ''", "sms": "c.phone <> ''", "phone": "c.phone <> ''"}


def consented(condition: tree.Consented, w: Writer) -> Answer:
    row = w.join(
        "SELECT DISTINCT ON (k.customer_id) k.customer_id, k.decision FROM customers_consent k "  # noqa: S608
        f"WHERE k.merchant_id = %(merchant)s AND k.purpose = {w.bind(condition.purpose)} "
        f"AND k.channel = {w.bind(condition.channel)}{w.scope('k.customer_id')} "
        "ORDER BY k.customer_id, k.occurred_at DESC, k.id DESC"
    )
    given = f"({row}.decision = 'given') IS TRUE"
    if condition.reachable:
        given = f"{given} AND {_ADDRESS.get(condition.channel, 'true')}"
    return Answer(f"({given})" if condition.given else f"(NOT ({given}))", f"to_jsonb({row}.decision)")


def churn(condition: tree.Churn, w: Writer) -> Answer:
    row = _trait("churn_band", w)
    test = f"(({row}.value #>> '{{}}' = ANY ({w.bind(list(condition.any_of))}::text[])) IS TRUE)"
    return Answer(test, f"{row}.value")


def lifetime_value(condition: tree.LifetimeValue, w: Writer) -> Answer:
    row = _trait(f"predicted_spend_{condition.horizon_days}d", w)
    number = f"(CASE WHEN jsonb_typeof({row}.value) = 'number' THEN ({row}.value)::numeric END)"
    # Who has no forecast is not "at most 100": nobody knows.
    return Answer(f"(({w.between(number, condition.at_least, condition.at_most)}) IS TRUE)", f"{row}.value")


def rfm(condition: tree.Rfm, w: Writer) -> Answer:
    row = w.join(
        'SELECT r.customer_id, r.recency, r.frequency, r.monetary, r."group" FROM analytics_rfmscore r '  # noqa: S608
        f"WHERE r.merchant_id = %(merchant)s{w.scope('r.customer_id')}"
    )
    parts = [f"{row}.customer_id IS NOT NULL"]
    if condition.groups:
        parts.append(f'{row}."group" = ANY ({w.bind(list(condition.groups))}::text[])')
    for measure in ("recency", "frequency", "monetary"):
        if scores := getattr(condition, measure):
            parts.append(f"{row}.{measure} = ANY ({w.bind(list(scores))}::int[])")
    found = (
        f"CASE WHEN {row}.customer_id IS NOT NULL THEN jsonb_build_object('recency', {row}.recency, 'frequency', "
        f"{row}.frequency, 'monetary', {row}.monetary, 'group', {row}.\"group\") END"
    )
    return Answer(f"(({' AND '.join(parts)}) IS TRUE)", found)


def lifecycle(condition: tree.Lifecycle, w: Writer) -> Answer:
    row = w.join(
        "SELECT s.customer_id, s.stage FROM analytics_lifecyclestage s "  # noqa: S608
        f"WHERE s.merchant_id = %(merchant)s{w.scope('s.customer_id')}"
    )
    test = f"(({row}.stage = ANY ({w.bind(list(condition.any_of))}::text[])) IS TRUE)"
    return Answer(test, f"to_jsonb({row}.stage)")


def in_segment(condition: tree.InSegment, w: Writer) -> Answer:
    """As its members stand written: other segments are brought up to date first (rules.segment_order)."""
    segment = find_segment(w.merchant, condition.segment)
    tag = segment.tag_id if segment is not None and segment.archived_at is None else None
    row = w.join(
        "SELECT t.customer_id FROM customers_customertag t WHERE t.merchant_id = %(merchant)s "  # noqa: S608
        f"AND t.tag_id = {w.bind(tag)}{w.scope('t.customer_id')}"
    )
    test = f"({row}.customer_id IS NOT NULL)"
    return Answer(test, f"to_jsonb({test})")
