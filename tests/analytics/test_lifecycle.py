"""Stages by the shop's own rhythm: the rule, the SQL against it, and the transitions that are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.actions.lifecycle import stage_customers
from analytics.actions.membership import drain_dirty
from analytics.models import LifecycleStage
from analytics.queries.lifecycle import (
    customers_in_stage,
    latest_rhythm,
    lifecycle_figures,
    measure_rhythm,
    rhythm_kept,
    stage_definition,
    stages_on,
)
from analytics.rules.lifecycle import STAGES, USUAL, Rhythm, rhythm_of, stage_of
from customers.models import Customer
from customers.queries import traits_of
from events.actions.delivering import deliver_due
from events.models import Event
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import refund_order
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant
from tests.analytics.shops import Bought, open_shop, purchase_days
from tests.cast import a_purchase

DAYS = st.integers(1, 400)


@settings(deadline=None)
@given(st.lists(DAYS, max_size=80), st.lists(st.integers(2, 30), max_size=40))
def test_a_rhythm_always_leaves_room_for_every_stage(gaps: list[int], orders: list[int]) -> None:
    rhythm = rhythm_of(gaps, orders)
    assert 1 <= rhythm.cooling_after_days < rhythm.lapsed_after_days
    assert rhythm.loyal_orders >= 3
    assert rhythm.is_assumed == (len(gaps) < 30)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 900), st.none() | DAYS)
def test_everybody_has_exactly_one_stage_and_time_only_cools(orders: int, quiet: int, gap: int | None) -> None:
    rhythm = Rhythm(cooling_after_days=45, lapsed_after_days=120, loyal_orders=4, median_gap_days=20, gaps=100)
    stage = stage_of(rhythm, orders=orders, quiet_days=quiet, last_gap_days=gap)
    assert stage in STAGES
    later = stage_of(rhythm, orders=orders, quiet_days=quiet + 1, last_gap_days=gap)
    order = ["cooling", "lapsed"]
    if stage in order:
        assert order.index(later) >= order.index(stage)
    else:
        assert later in (stage, "cooling")


@pytest.mark.parametrize(
    ("orders", "quiet", "gap", "stage"),
    [
        (1, 0, None, "new"), (1, 60, None, "new"), (1, 61, None, "cooling"), (1, 180, None, "cooling"),
        (1, 181, None, "lapsed"), (2, 10, 30, "active"), (3, 10, 30, "loyal"), (3, 10, 180, "loyal"),
        (3, 10, 181, "won_back"), (9, 61, 400, "cooling"), (9, 500, 400, "lapsed"),
    ],
)  # fmt: skip
def test_the_edges_of_the_stages(orders: int, quiet: int, gap: int | None, stage: str) -> None:
    assert stage_of(USUAL, orders=orders, quiet_days=quiet, last_gap_days=gap) == stage


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(bought=st.lists(st.lists(st.builds(Bought, days_ago=st.integers(0, 420), hour=st.integers(0, 23),
                                          yuan=st.integers(1, 300), fate=st.sampled_from(["kept", "kept", "refunded"])),
                                max_size=6), max_size=14))  # fmt: skip
def test_the_stages_in_the_database_are_those_of_a_slow_reference(bought: list[list[Bought]]) -> None:
    with open_shop(bought) as (shop, customers):
        stage_customers(shop)
        days = purchase_days(shop, customers)
        gaps = [
            (later - earlier).days
            for each in days.values()
            for earlier, later in zip(sorted(set(each))[:-1], sorted(set(each))[1:], strict=True)
        ]
        rhythm = rhythm_of(gaps, [len(each) for each in days.values() if len(each) > 1])
        row = latest_rhythm(shop)
        assert row is not None
        assert rhythm_kept(row) == rhythm
        expected = {pk: _stage(rhythm, each, today(shop)) for pk, each in days.items() if each}
        kept = dict(LifecycleStage.objects.filter(merchant=shop).values_list("customer_id", "stage"))
        assert kept == expected
        counts = {stage: list(expected.values()).count(stage) for stage in set(expected.values())}
        assert stages_on(shop, rhythm, today(shop)) == counts
        assert {each.stage: each.customers for each in lifecycle_figures(shop) if each.customers} == counts


def _stage(rhythm: Rhythm, days: list[date], at: date) -> str:
    different = sorted(set(days))
    gap = (different[-1] - different[-2]).days if len(different) > 1 else None
    return stage_of(rhythm, orders=len(days), quiet_days=(at - different[-1]).days, last_gap_days=gap)


def test_the_first_look_tells_nothing_and_every_later_move_is_a_fact(
    aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    long_ago = now(aroma) - timedelta(days=300)
    record_orders(aroma, [a_purchase("A-1", carla, at=long_ago)], by=SYSTEM)
    stage_customers(aroma)
    assert moves(aroma) == []
    assert [each.number for each in customers_in_stage(aroma, "lapsed")] == [carla.number]

    record_orders(aroma, [a_purchase("A-2", carla, at=now(aroma)), a_purchase("A-3", dario, at=now(aroma))], by=SYSTEM)
    deliver_due()
    drain_dirty(aroma)
    assert moves(aroma) == [(carla.pk, "lapsed", "won_back"), (dario.pk, "", "new")]
    assert {trait.key: trait.value for trait in traits_of(carla)} == {"lifecycle_stage": "won_back"}

    refund_order(dario.orders.get(), number="R-1", by=SYSTEM)
    deliver_due()
    drain_dirty(aroma)
    assert moves(aroma)[-1] == (dario.pk, "new", "")
    assert not LifecycleStage.objects.filter(merchant=aroma, customer=dario).exists()
    stage_customers(aroma)
    assert not traits_of(dario).exists()
    assert len(moves(aroma)) == 3


def moves(shop: Merchant) -> list[tuple[int | None, str, str]]:
    rows = Event.objects.filter(merchant=shop, type="analytics.stage_changed").order_by("id")
    return [(row.about_id, row.payload["before"], row.payload["after"]) for row in rows]


def test_a_rival_s_rhythm_is_not_ours(aroma: Merchant, borough: Merchant, rival_carla: Customer) -> None:
    at = now(borough)
    weekly = [a_purchase(f"B-{n}", rival_carla, at=at - timedelta(days=7 * n), currency="USD") for n in range(40)]
    record_orders(borough, weekly, by=SYSTEM)
    assert measure_rhythm(borough).median_gap_days == 7
    assert measure_rhythm(aroma) == USUAL


def test_a_stage_is_defined_in_the_shop_s_own_days(aroma: Merchant) -> None:
    stage_customers(aroma, day=datetime(2026, 10, 2, tzinfo=UTC).date())
    row = latest_rhythm(aroma)
    assert row is not None
    assert all(stage_definition(row, stage) for stage in STAGES)
    assert "60" in stage_definition(row, "new")
