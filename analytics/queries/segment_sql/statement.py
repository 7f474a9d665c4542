"""Putting a tree together: one SELECT of the members, or one row that says what each condition found of one person."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from analytics.queries.segment_sql import dealings, people
from analytics.queries.segment_sql.writer import Answer, Writer
from analytics.rules import segment_tree as tree
from customers.models import Customer
from customers.queries import Selection

_KINDS: dict[type[Any], Callable[[Any, Writer], Answer]] = {
    tree.Profile: people.profile,
    tree.Age: people.age,
    tree.BirthdayIn: people.birthday,
    tree.Joined: people.joined,
    tree.CustomFieldIs: people.custom_field,
    tree.TraitIs: people.trait,
    tree.Tagged: people.tagged,
    tree.Consented: people.consented,
    tree.Churn: people.churn,
    tree.LifetimeValue: people.lifetime_value,
    tree.Rfm: people.rfm,
    tree.Lifecycle: people.lifecycle,
    tree.InSegment: people.in_segment,
    tree.Orders: dealings.orders,
    tree.Bought: dealings.bought,
    tree.PurchaseAt: dealings.purchase,
    tree.InTier: dealings.tier,
    tree.Points: dealings.points,
    tree.ExpiringPoints: dealings.expiring_points,
    tree.Tickets: dealings.tickets,
}


def members_statement(writer: Writer, node: Any) -> Selection:
    """`SELECT id`: the live customers for whom the tree holds."""
    test = _boolean(node, writer)
    return Selection(
        f"SELECT c.id FROM customers_customer c {' '.join(writer.joins)} "  # noqa: S608  # the writer's own words
        f"WHERE c.merchant_id = %(merchant)s AND c.archived_at IS NULL{writer.scope('c.id')} AND {test}",
        writer.values,
    )


def _boolean(node: Any, writer: Writer) -> str:
    if isinstance(node, tree.Not):
        return f"(NOT {_boolean(node.of, writer)})"
    if isinstance(node, tree.All | tree.AnyOf):
        word = " AND " if isinstance(node, tree.All) else " OR "
        return f"({word.join(_boolean(child, writer) for child in node.of)})"
    return _KINDS[type(node)](node, writer).test


@dataclass(frozen=True, slots=True)
class Explained:
    """What one condition says of one person: whether it holds, and what was found there (a JSON value)."""

    holds: bool
    found: Any


def explain_conditions(customer: Customer, node: Any) -> list[Explained]:
    """Every condition of the tree, in reading order, for one person, in one statement."""
    writer = Writer.of(customer.merchant, only=[customer.pk])
    answers = [_KINDS[type(condition)](condition, writer) for _, condition in tree.conditions_of(node)]
    columns = ", ".join(f"jsonb_build_array({answer.test}, {answer.found})" for answer in answers)
    statement = (
        f"SELECT jsonb_build_array({columns}) FROM customers_customer c {' '.join(writer.joins)} "  # noqa: S608
        "WHERE c.merchant_id = %(merchant)s AND c.id = ANY (%(only)s::bigint[])"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, writer.values)
        (row,) = cursor.fetchone() or ([],)
    pairs = json.loads(row) if isinstance(row, str) else row
    return [Explained(bool(holds), found) for holds, found in pairs]
