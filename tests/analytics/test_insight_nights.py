"""The worker's side: nudged after a commit, swept each minute, and once for each local night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics import tasks
from analytics.actions.nights import run_insight_night
from analytics.actions.segments import create_segment
from analytics.models import DirtyCustomer, InsightNight, LifecycleRhythm, RfmRun, SegmentCheck
from analytics.queries.membership import members_of
from analytics.queries.nights import night_to_run
from analytics.rules.segment_order import asking_about, in_order, ring_through
from analytics.rules.segment_tree import of_json
from customers.models import Customer
from events.actions.delivering import deliver_due
from loyalty.actions.purchases import record_orders
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant
from tests.cast import a_purchase

BUYERS = {"kind": "orders", "at_least": 1}


def test_a_night_is_worked_once(aroma: Merchant, borough: Merchant, carla: Customer) -> None:
    yesterday = today(aroma) - timedelta(days=1)
    assert night_to_run(aroma) == yesterday
    assert tasks.run_night(aroma.pk, yesterday.isoformat())
    assert night_to_run(aroma) is None
    assert not tasks.run_night(aroma.pk, yesterday.isoformat())
    assert run_insight_night(aroma) is None
    for model in (InsightNight, RfmRun, LifecycleRhythm, SegmentCheck):
        assert model.objects.filter(merchant=aroma).count() == 1
        assert not model.objects.filter(merchant=borough).exists()


def test_the_worker_fills_a_segment_and_takes_up_what_nudges_lost(
    aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    made = create_segment(aroma, name="Buyers", tree=of_json(BUYERS), by=SYSTEM)
    assert tasks.fill_segments(aroma.pk) == 1
    assert tasks.fill_segments(aroma.pk) == 0
    for n, customer in enumerate((carla, dario)):
        record_orders(aroma, [a_purchase(f"A-{n}", customer, at=now(aroma))], by=SYSTEM)
        deliver_due()
        assert DirtyCustomer.objects.filter(merchant=aroma).exists()
        assert (tasks.drain_dirty(aroma.pk) if n else tasks.sweep_dirty()) >= 1
        assert customer in members_of(made)
    assert tasks.sweep_dirty() == 0


def test_a_shop_that_computes_nothing_marks_nobody(aroma: Merchant, carla: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=now(aroma))], by=SYSTEM)
    deliver_due()
    assert not DirtyCustomer.objects.filter(merchant=aroma).exists()


@pytest.mark.parametrize(
    ("asks", "order"),
    [
        ({}, []),
        ({"b": set(), "a": set()}, ["a", "b"]),
        ({"a": {"b"}, "b": {"c"}, "c": {"gone"}}, ["c", "b", "a"]),
        ({"a": {"b"}, "b": {"a"}, "c": set()}, ["c", "a", "b"]),
    ],
)
def test_segments_follow_those_that_they_ask_about(asks: dict[str, set[str]], order: list[str]) -> None:
    assert in_order(asks) == order


def test_rings_are_found_through_any_number_of_others() -> None:
    asks = {"a": {"b"}, "b": {"c"}, "c": set[str]()}
    assert ring_through("c", {"a"}, asks) == ["c", "a", "b", "c"]
    assert ring_through("a", {"c"}, asks) == []
    assert ring_through("a", {"a"}, asks) == ["a", "a"]
    assert asking_about("c", asks) == {"a", "b"}
