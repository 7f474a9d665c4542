"""Belts 1 to 3: the signature, the guard, the database."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from customers.models import Customer
from events.actions.keys import issue_api_key
from events.models import Delivery, Event
from merchants.models import SYSTEM, ApiKey, Membership, Merchant
from merchants.queries import api_keys_of
from merchants.tenancy import UnscopedQuery
from tests.architecture.source import APPS, modules_in, public_functions

# First parameters that have a merchant: the rows in hand and the values that hold one.
HAS_A_MERCHANT = {
    "Account", "Adjustment", "ApiKey", "Books", "ClusterGroup", "Clustering", "Customer", "Delivery", "EarningRule",
    "Entry", "Event", "Export", "Grant", "Hold", "InboxView", "Invitation", "LedgerEntry", "Macro", "Membership",
    "Merchant", "Message", "ModelRun", "Note", "OneTimeCode", "Order", "PostMortem", "Product", "Programme", "Refund",
    "RootCause", "Satisfaction", "Segment", "Tag", "Ticket", "TicketCategory", "TicketStatus", "Word",
}  # fmt: skip
# Functions that serve no merchant, or all of them, each with its reason.
SERVES_NO_MERCHANT = {
    "create_merchant": "makes one",
    "accept_invitation": "the token names the shop",
    "find_invitation": "the token names the shop",
    "find_caller": "the key names the shop",
    "find_merchant": "the address names it",
    "get_merchant": "the address names it",
    "find_membership": "the address names the shop, the person is asked for",
    "shops_of": "about a person",
    "change_own_profile": "about a person",
    "valkey": "a connection",
    "forget_cached_callers": "every process, every shop",
    "prune_idempotency_keys": "a clock",
    "nudge": "wakes a worker",
    "stage_orders": "a file of orders that belongs to no shop",
    "merchants_with_orders": "a clock: whose models are due",
    "begin_to_look": "of a worker",
    "deliver_due": "of a worker",
    "forget_old_codes": "a clock",
    "merchants_with_programme": "a clock: which shops have a night to close",
    "merchants_with_due_holds": "a clock: which shops have a hold to release",
    "merchants_with_dirty_customers": "a clock: in which shops somebody waits to be looked at again",
    "merchants_to_study": "a clock: which shops have a night to look back on",
    "counts_of": "the queries in hand name theirs",
    "merchants_with_desk": "a clock: which shops have tickets to close and files to forget",
    "merchants_with_waiting_grants": "a clock: which shops have grants that wait",
    "merchants_with_due_satisfaction": "a clock: which shops have somebody to ask",
    "merchants_with_effect_checks": "a clock: which shops have effects to check",
    "merchants_with_exports": "a clock: which shops have a file to write or to delete",
    "insert_or_refuse": "the rows in hand name their shop",
    "joined_transaction": "an action's transaction",
    "send_with_next": "an action's statement, which names it",
}


def _annotation(function: ast.FunctionDef) -> str:
    arguments = [*function.args.posonlyargs, *function.args.args]
    if not arguments or arguments[0].annotation is None:
        return ""
    return ast.unparse(arguments[0].annotation).strip("'\"")


def _is_tenanted(function: ast.FunctionDef) -> bool:
    first = next(iter([*function.args.posonlyargs, *function.args.args]), None)
    if first is not None and first.arg in ("merchant", "merchant_id"):
        return True
    kinds = {kind.strip().split(".")[-1] for kind in _annotation(function).split("|")} - {"None"}
    return bool(kinds) and kinds <= HAS_A_MERCHANT


def _touches_rows(function: ast.FunctionDef) -> bool:
    """Names a manager or the connection itself; what only words or reckons with values in hand does neither."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "objects")
        or (isinstance(node, ast.Name) and node.id in ("connection", "transaction"))
        for node in ast.walk(function)
    )


def test_every_action_and_query_names_its_merchant_first() -> None:
    wanting = [
        f"{path}:{function.lineno} {function.name}({_annotation(function)})"
        for path in modules_in("actions", "queries")
        for function in public_functions(path)
        if _touches_rows(function) and not _is_tenanted(function) and function.name not in SERVES_NO_MERCHANT
    ]
    assert not wanting


def test_action_names_are_unique_across_the_project() -> None:
    places: dict[str, list[str]] = {}
    for path in modules_in("actions"):
        for function in public_functions(path):
            places.setdefault(function.name, []).append(str(path))
    assert not {name: found for name, found in places.items() if len(found) > 1}
    assert all(path.parts[0] in APPS for path in modules_in("actions"))


UNSCOPED: dict[str, Callable[[Any], object]] = {
    "list": lambda rows: list(rows.all()),
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.last(),
    "get": lambda rows: rows.get(pk=1),
    "filter": lambda rows: list(rows.filter(pk=1)),
    "exclude names none": lambda rows: list(rows.exclude(merchant=1)),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "iterator": lambda rows: next(rows.iterator(), None),
    "aggregate": lambda rows: rows.aggregate(),
    "update": lambda rows: rows.update(number="x"),
    "delete": lambda rows: rows.all().delete(),
    "raw delete": lambda rows: rows.all()._raw_delete("default"),
    "in_bulk": lambda rows: rows.in_bulk([1]),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("pk", flat=True)),
    "dates": lambda rows: list(rows.dates("joined_at", "day")),
    "earliest": lambda rows: rows.earliest("pk"),
    "latest": lambda rows: rows.latest("pk"),
    "explain": lambda rows: rows.all().explain(),
    "index": lambda rows: rows.all()[0],
    "slice": lambda rows: list(rows.all()[:3]),
    "truth": lambda rows: bool(rows.all()),
    "length": lambda rows: len(rows.all()),
    "contains": lambda rows: rows.all().contains(Customer(pk=1)),
    "get_or_create": lambda rows: rows.get_or_create(number="x"),
    "update_or_create": lambda rows: rows.update_or_create(number="x"),
    "union with one unnamed": lambda rows: list(rows.filter(merchant=1).union(rows.all())),
    "or with one unnamed": lambda rows: list(rows.filter(merchant=1) | rows.filter(pk=1)),
    "select for update": lambda rows: list(rows.select_for_update().filter(pk=1)),
    "annotate": lambda rows: list(rows.annotate()),
    "distinct": lambda rows: list(rows.distinct()),
    "only": lambda rows: list(rows.only("number")),
    "reverse": lambda rows: list(rows.reverse()),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", UNSCOPED)
def test_nothing_runs_that_does_not_name_its_merchant(way: str) -> None:
    with pytest.raises(UnscopedQuery):
        UNSCOPED[way](Customer.objects)


@pytest.mark.django_db
def test_what_names_its_merchant_runs(aroma: Merchant, borough: Merchant, carla: Customer) -> None:
    rows: Any = Customer.objects
    assert [customer.pk for customer in rows.filter(merchant=aroma)] == [carla.pk]
    assert rows.filter(merchant_id=aroma.pk).exclude(number="x").count() == 1
    assert rows.none().count() == 0
    both = rows.filter(merchant=aroma) | rows.filter(merchant=borough)
    assert both.count() == 2
    assert rows.across_merchants().count() == 2
    assert carla.merchant.pk == aroma.pk


@pytest.mark.django_db
def test_the_database_refuses_a_cross_tenant_row(aroma: Merchant, borough: Merchant) -> None:
    event = Event.objects.filter(merchant=aroma).order_by("pk").first()
    assert event is not None
    with pytest.raises(DatabaseError, match="same_merchant"), transaction.atomic():
        Delivery.objects.create(merchant=borough, event=event, listener="x", due_at=event.recorded_at)


@pytest.mark.django_db
def test_a_row_of_a_shop_that_does_not_exist_is_refused(aroma: Merchant) -> None:
    issue_api_key(aroma, name="till", scopes=["orders:read"], by=SYSTEM)
    with pytest.raises(DatabaseError, match="merchant"), transaction.atomic():
        ApiKey.objects.filter(merchant=aroma).update(merchant_id=2**40)
    assert api_keys_of(aroma).count() == 1
    assert Membership.objects.filter(merchant=aroma).exists()
