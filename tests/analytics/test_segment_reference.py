"""Any tree on any shop: the statement finds whom a slow reference finds, one person at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.queries.membership import count_tree, explain_membership, matching_ids
from analytics.rules import segment_tree as tree
from analytics.rules.segment_tree import as_json, of_json
from commerce.models import Order
from customers.actions import tag_customer
from customers.actions.consents import give_consent, withdraw_consent
from customers.models import Customer
from customers.queries import may_contact, tags_on
from loyalty.queries.balances import balance_of
from merchants.clock import today
from merchants.models import SYSTEM, Merchant
from tests.analytics.shops import Bought, counted, open_shop

ORDER = st.builds(
    Bought,
    days_ago=st.integers(0, 12) | st.integers(0, 120),
    hour=st.integers(0, 23),
    yuan=st.sampled_from([10, 50, 100, 400]),
    fate=st.sampled_from(["kept", "kept", "kept", "halved", "refunded", "cancelled", "unpaid"]),
    category=st.sampled_from(["", "茶", "茶/绿茶", "茶具"]),
    channel=st.sampled_from(["online", "store"]),
)
PEOPLE = st.lists(st.lists(ORDER, max_size=4), min_size=1, max_size=7)
WINDOWS = st.one_of(
    st.just({}),
    st.builds(lambda days: {"last_days": days}, st.sampled_from([1, 5, 30])),
    st.builds(lambda days: {"older_than_days": days}, st.sampled_from([1, 5, 30])),
    st.just({"last_days": 60, "older_than_days": 5}),
)
BOUNDS = st.one_of(
    st.just({}),
    st.builds(lambda n: {"at_least": n}, st.integers(0, 3)),
    st.builds(lambda n: {"at_most": n}, st.integers(0, 3)),
    st.just({"at_least": 1, "at_most": 2}),
)
MONEY = st.sampled_from([{"at_least": 5000}, {"at_most": 10000}, {"at_least": 0}, {"at_least": 1, "at_most": 40000}])


def _kind(kind: str, *parts: st.SearchStrategy[dict[str, Any]], **fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    def join(*given: dict[str, Any]) -> dict[str, Any]:
        return {"kind": kind, **fixed, **{key: value for part in given for key, value in part.items()}}

    return st.builds(join, *parts)


_window = WINDOWS.map(lambda window: {"window": window} if window else {})
CONDITIONS = st.one_of(
    _kind("orders", BOUNDS, _window),
    _kind("orders", MONEY, _window, measure="spend_minor"),
    _kind("orders", MONEY, _window, measure="average_minor"),
    _kind("orders", BOUNDS, _window, channels=["store"]),
    _kind("bought", BOUNDS, _window, categories=["茶"]),
    _kind("bought", MONEY, _window, measure="spend_minor", categories=["茶/绿茶"], skus=["SKU-x"]),
    _kind("bought", BOUNDS, measure="quantity", skus=["SKU-茶具"]),
    _kind("purchase", WINDOWS.map(lambda window: {"window": window}), which="first"),
    _kind("purchase", WINDOWS.map(lambda window: {"window": window}), which="last"),
    _kind("purchase", WINDOWS.map(lambda window: {"window": window}), which="nth", n=2),
    _kind("tag", any_of=["VIP"]),
    _kind("points", MONEY),
    _kind("consent", purpose="offers", channel="email", reachable=True),
    _kind("consent", purpose="offers", channel="email", given=False),
    _kind("profile", field="phone", is_known=True),
)
TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(lambda of: {"kind": "all", "of": of}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda of: {"kind": "any", "of": of}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda of: {"kind": "not", "of": of}, inner),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(TREES)
def test_a_tree_survives_being_written_and_read(document: dict[str, Any]) -> None:
    node = of_json(document)
    assert of_json(as_json(node)) == node
    assert as_json(of_json(as_json(node))) == as_json(node)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(PEOPLE, st.lists(TREES, min_size=1, max_size=4))
def test_the_statement_finds_whom_a_slow_reference_finds(
    bought: list[list[Bought]], documents: list[dict[str, Any]]
) -> None:
    with open_shop(bought) as (shop, customers):
        customers = [_lived_in(shop, customer, n) for n, customer in enumerate(customers)]
        for document in documents:
            node = of_json(document)
            expected = [customer.pk for customer in customers if holds(shop, customer, node)]
            assert matching_ids(shop, node) == expected, document
            assert count_tree(shop, node).members == len(expected)
            some = [customer.pk for customer in customers[::2]]
            assert matching_ids(shop, node, only=some) == [pk for pk in expected if pk in some]
            for customer in customers[:2]:
                assert explain_membership(customer, node).holds == (customer.pk in expected), document


def _lived_in(shop: Merchant, customer: Customer, n: int) -> Customer:
    """Every second one is a VIP, every third agreed to offers, one of them took it back."""
    if n % 2:
        tag_customer(customer, tag="VIP", by=SYSTEM)
    if n % 3 == 0:
        Customer.objects.filter(merchant=shop, pk=customer.pk).update(email=f"s{n}@example.com" if n else "")
        give_consent(customer, purpose="offers", channel="email", source="t", text_version="1", by=SYSTEM)
    if n == 3:
        withdraw_consent(customer, purpose="offers", channel="email", source="t", by=SYSTEM)
    return Customer.objects.select_related("merchant").get(merchant=shop, pk=customer.pk)


def holds(shop: Merchant, customer: Customer, node: Any) -> bool:
    if isinstance(node, tree.All):
        return all(holds(shop, customer, child) for child in node.of)
    if isinstance(node, tree.AnyOf):
        return any(holds(shop, customer, child) for child in node.of)
    if isinstance(node, tree.Not):
        return not holds(shop, customer, node.of)
    if isinstance(node, tree.Orders):
        return _orders_hold(shop, customer, node)
    if isinstance(node, tree.Bought):
        return _lines_hold(shop, customer, node)
    if isinstance(node, tree.PurchaseAt):
        orders = counted(shop, customer)
        place = {"first": 0, "last": len(orders) - 1, "nth": (node.n or 1) - 1}[node.which]
        return 0 <= place < len(orders) and within(shop, orders[place], node.window)
    if isinstance(node, tree.Tagged):
        return bool({tag.name for tag in tags_on(customer)} & set(node.any_of))
    if isinstance(node, tree.Points):
        return node.takes(balance_of(customer).active)
    if isinstance(node, tree.Consented):
        if node.reachable:
            return may_contact(customer, node.purpose, node.channel)
        latest = customer.consents.filter(purpose=node.purpose, channel=node.channel).order_by("-occurred_at", "-id")
        agreed = [each.decision for each in latest[:1]] == ["given"]
        return agreed == node.given
    assert isinstance(node, tree.Profile)
    return bool(getattr(customer, node.field)) == node.is_known


def _orders_hold(shop: Merchant, customer: Customer, node: tree.Orders) -> bool:
    orders = [
        order
        for order in counted(shop, customer)
        if within(shop, order, node.window) and (not node.channels or order.channel in node.channels)
    ]
    spend = sum(order.total_minor - order.refunded_minor for order in orders)
    if node.measure == "average_minor":
        return bool(orders) and _takes(node, spend // len(orders))
    return _takes(node, spend if node.measure == "spend_minor" else len(orders))


def _lines_hold(shop: Merchant, customer: Customer, node: tree.Bought) -> bool:
    lines = [
        (order, line)
        for order in counted(shop, customer)
        if within(shop, order, node.window)
        for line in order.lines.all()
        if line.refunded_minor < line.net_minor
        and (line.sku in node.skus or _lies_in(line.category_path, node.categories))
    ]
    if node.measure == "orders":
        return _takes(node, len({order.pk for order, _ in lines}))
    if node.measure == "quantity":
        return _takes(node, int(sum(line.quantity - line.refunded_quantity for _, line in lines)))
    return _takes(node, sum(line.net_minor - line.refunded_minor for _, line in lines))


def _lies_in(path: str, categories: Sequence[str]) -> bool:
    return any(path == category or path.startswith(f"{category}/") for category in categories)


def _takes(node: Any, value: int) -> bool:
    return value >= 1 if node.at_least is None and node.at_most is None else bool(node.takes(value))


def within(shop: Merchant, order: Order, window: tree.Window) -> bool:
    day: date = order.placed_at.astimezone(shop.zone).date()
    if window.last_days is not None and day < today(shop) - timedelta(days=window.last_days):
        return False
    return window.older_than_days is None or day < today(shop) - timedelta(days=window.older_than_days)
