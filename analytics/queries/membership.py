"""Who is in a segment, who would be, and why somebody is or is not."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from analytics.models import DirtyCustomer, Segment
from analytics.queries.planning import whole_shop
from analytics.queries.segment_sql import Explained, Writer, explain_conditions, members_statement
from analytics.queries.segment_words import condition_in_words, found_in_words
from analytics.rules import segment_tree as tree
from customers.models import Customer
from customers.queries import Selection, live_customers
from merchants.models import Merchant

# Agreed to offers on a channel, as decided last, and there is an address for it: what queries.may_contact asks of one person.
_ADDRESS = """
CASE {channel} WHEN 'email' THEN r.email <> '' WHEN 'sms' THEN r.phone <> '' WHEN 'phone' THEN r.phone <> '' ELSE true END
"""
# A SELECT of everybody in the shop who can be reached, in one pass over all decisions.
REACHABLE = f"""
SELECT DISTINCT k.customer_id
FROM (
    SELECT DISTINCT ON (d.customer_id, d.channel) d.customer_id, d.channel, d.decision FROM customers_consent d
    WHERE d.merchant_id = %(merchant)s AND d.purpose = 'offers'
    ORDER BY d.customer_id, d.channel, d.occurred_at DESC, d.id DESC
) k
JOIN customers_customer r ON r.id = k.customer_id AND r.merchant_id = %(merchant)s
WHERE k.decision = 'given' AND {_ADDRESS.format(channel="k.channel")}
"""  # noqa: S608  # our own words
# The same of one row `r` of customers, by index: sooner for a few thousand people, later for a million.
REACHABLE_EACH = f"""
EXISTS (
    SELECT FROM unnest(ARRAY['email', 'sms', 'wechat', 'phone']) AS w (channel), LATERAL (
        SELECT d.decision FROM customers_consent d
        WHERE d.merchant_id = %(merchant)s AND d.customer_id = r.id AND d.purpose = 'offers' AND d.channel = w.channel
        ORDER BY d.occurred_at DESC, d.id DESC LIMIT 1
    ) k
    WHERE k.decision = 'given' AND {_ADDRESS.format(channel="w.channel")}
)
"""  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True)
class Counts:
    """`members` of the shop's live `customers`; `reachable` of the members may be sent an offer."""

    customers: int
    members: int
    reachable: int


def members_selection(merchant: Merchant, node: Any, *, only: list[int] | None = None) -> Selection:
    """A SELECT of the members' ids; among `only`, where given."""
    return members_statement(Writer.of(merchant, only=only), node)


@transaction.atomic
def count_tree(merchant: Merchant, node: Any) -> Counts:
    """How many the tree holds for now, and how many of them can be reached."""
    chosen = members_selection(merchant, node)
    statement = (
        f"WITH members AS MATERIALIZED ({chosen.sql}) "  # noqa: S608  # our own words
        "SELECT (SELECT count(*) FROM customers_customer WHERE merchant_id = %(merchant)s AND archived_at IS NULL), "
        "count(*), count(reach.customer_id) FROM members "
        f"LEFT JOIN ({REACHABLE}) reach ON reach.customer_id = members.id"
    )
    with whole_shop(), connection.cursor() as cursor:
        cursor.execute(statement, chosen.values)
        return Counts(*(cursor.fetchone() or (0, 0, 0)))


@transaction.atomic
def sample_tree(merchant: Merchant, node: Any, *, size: int = 10) -> list[Customer]:
    """Some members, without any order that means something, and the same ones each time for the same data."""
    chosen = members_selection(merchant, node)
    with whole_shop(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({chosen.sql}) members ORDER BY hashint8extended(id, 7), id LIMIT %(size)s",  # noqa: S608
            {**chosen.values, "size": size},
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    found = {customer.pk: customer for customer in live_customers(merchant).filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


@transaction.atomic
def matching_ids(merchant: Merchant, node: Any, *, only: list[int] | None = None) -> list[int]:
    """Ids of all for whom the tree holds, ascending."""
    chosen = members_selection(merchant, node, only=only)
    with whole_shop() if only is None else nullcontext(), connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({chosen.sql}) members ORDER BY id", chosen.values)  # noqa: S608
        return [pk for (pk,) in cursor.fetchall()]


def members_of(segment: Segment) -> QuerySet[Customer]:
    """As written down, latest first; each with `entered_at`."""
    return (
        Customer.objects.filter(merchant=segment.merchant_id, archived_at=None, tagged__tag=segment.tag_id)
        .annotate(entered_at=F("tagged__tagged_at"))
        .order_by("-tagged__id")
    )


def is_member(segment: Segment, customer: Customer) -> bool:
    return members_of(segment).filter(pk=customer.pk).exists()


@dataclass(frozen=True, slots=True)
class Checked:
    """One node of a tree that was put to a person. `found`: what they have there, in words; empty for all, any and not."""

    node: Any
    kind: str
    holds: bool
    sentence: str
    found: str
    parts: tuple[Checked, ...] = ()


def explain_membership(customer: Customer, node: Any) -> Checked:
    """Why somebody is, or is not, one of those that the tree means: every node with whether it holds."""
    explained = iter(explain_conditions(customer, node))
    checked = _checked(customer.merchant, node, explained)
    if customer.is_archived:  # nobody archived is in any segment, whatever the conditions say
        return Checked(checked.node, checked.kind, False, checked.sentence, checked.found, checked.parts)
    return checked


def _checked(merchant: Merchant, node: Any, explained: Any) -> Checked:
    sentence = condition_in_words(merchant, node)
    if isinstance(node, tree.All | tree.AnyOf | tree.Not):
        parts = tuple(_checked(merchant, child, explained) for child in tree.children_of(node))
        holds = [part.holds for part in parts]
        whole = all(holds) if isinstance(node, tree.All) else any(holds)
        return Checked(node, node.kind, not whole if isinstance(node, tree.Not) else whole, sentence, "", parts)
    answer: Explained = next(explained)
    return Checked(node, node.kind, answer.holds, sentence, found_in_words(merchant, node, answer.found))


def merchants_with_dirty_customers() -> list[int]:
    """Ids of shops where somebody waits to be looked at again."""
    return list(
        DirtyCustomer.objects.across_merchants()
        .order_by("merchant_id")
        .values_list("merchant_id", flat=True)
        .distinct()
    )
