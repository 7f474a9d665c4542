"""RFM: the rule, the SQL against a slow reference, ties, rivals, rows in another order, and what screens ask."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.actions.membership import fill_new_segments
from analytics.actions.rfm import score_rfm
from analytics.actions.segments import create_segment
from analytics.models import RfmRun, RfmScore
from analytics.queries.membership import members_of
from analytics.queries.names import RFM_GROUPS
from analytics.queries.rfm import cell_tree, customers_in_cell, rfm_grid, rfm_groups, rfm_of
from analytics.rules.rfm import GROUPS, SCORES, cells_of, flat_grid, fm_of, group_of, percentiles, recency_score, score
from customers.actions import archive_customer
from customers.models import Customer
from customers.queries import traits_of
from loyalty.actions.purchases import record_orders
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant
from tests.analytics.shops import Bought, counted, fill, open_shop
from tests.cast import a_line, a_purchase, make_customer

HISTORY = st.lists(
    st.builds(
        Bought,
        days_ago=st.integers(0, 30) | st.integers(0, 400),
        hour=st.integers(0, 23),
        yuan=st.sampled_from([1, 50, 50, 100]) | st.integers(1, 900),
        fate=st.sampled_from(["kept", "kept", "kept", "halved", "refunded", "cancelled", "unpaid"]),
    ),
    max_size=5,
)
SLOWLY = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def test_every_cell_has_one_group_and_every_group_its_cells() -> None:
    named = Counter(group_of(*cell) for cell in product(SCORES, repeat=3))
    assert set(named) == set(GROUPS)
    assert len(GROUPS) == len(RFM_GROUPS) == 11
    assert sorted(pair for group in GROUPS for pair in cells_of(group)) == sorted(product(SCORES, repeat=2))
    for recency, frequency, monetary in product(SCORES, repeat=3):
        fm = fm_of(frequency, monetary)
        assert flat_grid()[(recency - 1) * 5 + fm - 1] == group_of(recency, frequency, monetary)
        assert fm == math.floor((frequency + monetary) / 2 + 0.5)


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_equal_values_get_equal_scores_and_larger_ones_never_smaller(values: list[int]) -> None:
    thresholds = percentiles(values)
    assert list(thresholds) == sorted(thresholds)
    scores = [score(value, thresholds) for value in sorted(values)]
    assert scores == sorted(scores)
    assert [recency_score(value, thresholds) for value in sorted(values)] == [6 - each for each in scores]
    # At least a fifth of all lies at or below each threshold's share.
    for share, threshold in zip((0.2, 0.4, 0.6, 0.8), thresholds, strict=True):
        assert sum(value <= threshold for value in values) >= share * len(values) - 1e-9


def reference(shop: Merchant, customers: list[Customer]) -> dict[int, tuple[int, int, int]]:
    """The published definition, one customer at a time."""
    measures = {}
    for customer in customers:
        orders = counted(shop, customer)
        if orders:
            last = max(order.placed_at for order in orders).astimezone(shop.zone).date()
            spend = sum(order.total_minor - order.refunded_minor for order in orders)
            measures[customer.pk] = ((today(shop) - last).days, len(orders), spend)
    edges = []
    for place in range(3):
        ordered = sorted(each[place] for each in measures.values())
        edges.append(
            [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.2, 0.4, 0.6, 0.8)] if ordered else []
        )
    return {
        pk: (
            5 - sum(days > edge for edge in edges[0]),
            1 + sum(orders > edge for edge in edges[1]),
            1 + sum(spend > edge for edge in edges[2]),
        )
        for pk, (days, orders, spend) in measures.items()
    }


def scores_in(shop: Merchant) -> dict[int, tuple[int, int, int]]:
    rows = RfmScore.objects.filter(merchant=shop).values_list("customer_id", "recency", "frequency", "monetary")
    return {pk: (recency, frequency, monetary) for pk, recency, frequency, monetary in rows}


@pytest.mark.django_db
@SLOWLY
@given(st.lists(HISTORY, max_size=14))
def test_the_scores_in_the_database_are_those_of_a_slow_reference(bought: list[list[Bought]]) -> None:
    with open_shop(bought) as (shop, customers):
        run = score_rfm(shop)
        expected = reference(shop, customers)
        assert scores_in(shop) == expected
        assert run.customers == len(expected)
        assert Counter({tuple(cell[:3]): cell[3] for cell in run.cells}) == Counter(expected.values())
        groups = dict(RfmScore.objects.filter(merchant=shop).values_list("customer_id", "group"))
        assert groups == {pk: group_of(*scores) for pk, scores in expected.items()}
        # Read from the orders instead of the summaries, and read again, it is the same.
        assert score_rfm(shop, from_orders=True).changed == 0
        assert score_rfm(shop).changed == 0
        assert RfmRun.objects.filter(merchant=shop).count() == 1
        same_day = rfm_grid(shop, before=today(shop))
        assert same_day is not None
        assert all(cell.change == 0 for row in same_day.rows for cell in row)


@pytest.mark.django_db
@SLOWLY
@given(st.lists(HISTORY, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_rows_in_another_order_and_a_rival_s_rows_change_nothing(bought: list[list[Bought]], chance: Any) -> None:
    order = list(range(len(bought)))
    chance.shuffle(order)
    with open_shop(bought) as (shop, customers):
        score_rfm(shop)
        first = [scores_in(shop).get(customer.pk) for customer in customers]
    with open_shop([bought[n] for n in order]) as (shop, customers):
        rival = Merchant.objects.create(slug="rival-small", name="R", currency="CNY", created_at=now(shop))
        loud = [[Bought(0, 1, 900)] * 5 for _ in range(6)]
        strangers = [make_customer(rival, number=f"S{n:03}", name="x") for n in range(len(loud))]
        fill(rival, strangers, loud)
        score_rfm(rival)
        score_rfm(shop)
        again = {place: scores_in(shop).get(customer.pk) for place, customer in zip(order, customers, strict=True)}
    assert [again[n] for n in range(len(bought))] == first


def test_most_buy_once_and_all_of_them_score_alike(aroma: Merchant) -> None:
    customers = [make_customer(aroma, number=f"T{n:02}", name="T") for n in range(10)]
    at = now(aroma) - timedelta(days=3)
    orders = [a_purchase(f"T-{n}", customer, at=at) for n, customer in enumerate(customers)]
    record_orders(aroma, [*orders, a_purchase("T-more", customers[0], at=at)], by=SYSTEM)
    score_rfm(aroma)
    assert {each[1] for pk, each in scores_in(aroma).items() if pk != customers[0].pk} == {1}
    assert scores_in(aroma)[customers[0].pk][1] == 5


def test_a_cell_leads_to_its_people_and_to_a_segment(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer
) -> None:
    at = now(aroma)
    record_orders(
        aroma, [a_purchase(f"A-{n}", carla, a_line(500), at=at - timedelta(days=n)) for n in range(5)], by=SYSTEM
    )
    record_orders(aroma, [a_purchase("B-1", dario, a_line(5), at=at - timedelta(days=200))], by=SYSTEM)
    run = score_rfm(aroma)
    assert run.customers == 2
    score = rfm_of(carla)
    assert score is not None
    people = customers_in_cell(aroma, recency=score.recency, frequency=score.frequency)
    assert [each.pk for each in people] == [carla.pk]
    assert [each.pk for each in customers_in_cell(aroma)] == [carla.pk, dario.pk]
    assert {trait.key: trait.value for trait in traits_of(carla)} == {"rfm_group": score.group}

    grid = rfm_grid(aroma, axis="monetary", before=today(aroma) - timedelta(days=100))
    assert grid is not None
    assert [row[0].recency for row in grid.rows] == [5, 4, 3, 2, 1]
    assert sum(cell.customers for row in grid.rows for cell in row) == 2
    assert (grid.customers, grid.customers_before) == (2, 1)
    figures = rfm_groups(aroma, before=today(aroma) - timedelta(days=100))
    assert [each.group.code for each in figures] == list(GROUPS)
    assert sum(each.customers for each in figures) == 2
    assert sum(each.customers_before or 0 for each in figures) == 1

    made = create_segment(aroma, name="Best", tree=cell_tree(group=score.group), by=SYSTEM)
    fill_new_segments(aroma)
    assert [each.pk for each in members_of(made)] == [carla.pk]
    assert rfm_grid(borough) is None
    assert rfm_groups(borough) == []


def test_who_is_archived_or_was_refunded_is_not_scored_any_more(
    aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=now(aroma)), a_purchase("A-2", dario, at=now(aroma))], by=SYSTEM)
    score_rfm(aroma)
    archive_customer(dario, reason="left", by=SYSTEM)
    assert score_rfm(aroma).customers == 1
    assert set(scores_in(aroma)) == {carla.pk}
    assert not traits_of(dario).exists()
