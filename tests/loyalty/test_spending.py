"""Members spend what they can, never more, and what is returned keeps its age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from customers.actions import archive_customer
from customers.models import Customer
from loyalty.actions.grants import grant_bonus
from loyalty.actions.holds import capture_hold, hold_points, release_hold, release_lapsed_holds, return_spend
from loyalty.actions.nights import expire_lots, reconcile
from loyalty.actions.purchases import record_orders
from loyalty.errors import (
    CaptureTooLarge,
    CustomerArchived,
    HoldNotOpen,
    InsufficientPoints,
    NothingToReturn,
)
from loyalty.models import Allocation, Entry, Hold, Lot
from loyalty.queries.balances import balance_of, get_hold
from loyalty.rules.kinds import Kind
from merchants.clock import now
from merchants.errors import ReferenceConflict
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase


@pytest.fixture
def rich(aroma: Merchant, carla: Customer) -> Customer:
    """Carla with 300 points: 100 of eleven months ago, 200 of yesterday."""
    at = now(aroma)
    purchases = [
        a_purchase("A-1", carla, a_line(100), at=at - timedelta(days=334)),
        a_purchase("A-2", carla, a_line(200), at=at - timedelta(days=1)),
    ]
    record_orders(aroma, purchases, by=SYSTEM)
    return carla


def test_the_points_that_leave_first_are_spent_first(aroma: Merchant, rich: Customer) -> None:
    hold_points(rich, points=150, reference="till:1", by=SYSTEM, capture=True)

    lots = Lot.objects.filter(merchant=aroma, account__customer=rich, account__wallet="points").order_by("expires_at")
    assert [lot.remaining for lot in lots] == [0, 150]
    assert balance_of(rich).active == 150
    assert reconcile(aroma).faults == []


def test_a_spend_larger_than_the_balance_costs_nothing(aroma: Merchant, rich: Customer) -> None:
    with pytest.raises(InsufficientPoints) as refusal:
        hold_points(rich, points=301, reference="till:1", by=SYSTEM, capture=True)

    assert refusal.value.details["short_by"] == 1
    assert balance_of(rich).active == 300
    assert not Hold.objects.filter(merchant=aroma).exists()


def test_the_same_receipt_is_paid_once(aroma: Merchant, rich: Customer) -> None:
    first = hold_points(rich, points=50, reference="till:1", by=SYSTEM, capture=True)

    assert hold_points(rich, points=50, reference="till:1", by=SYSTEM, capture=True).pk == first.pk
    assert balance_of(rich).active == 250
    with pytest.raises(ReferenceConflict):
        hold_points(rich, points=60, reference="till:1", by=SYSTEM, capture=True)


def test_a_reference_that_holds_points_cannot_spend_them_past_the_hold(aroma: Merchant, rich: Customer) -> None:
    hold_points(rich, points=50, reference="cart:1", by=SYSTEM)

    with pytest.raises(ReferenceConflict):
        hold_points(rich, points=50, reference="cart:1", by=SYSTEM, capture=True)

    assert (balance_of(rich).active, balance_of(rich).held) == (250, 50)


def test_held_points_are_out_of_reach_until_they_are_released(aroma: Merchant, rich: Customer) -> None:
    hold = hold_points(rich, points=250, reference="cart:1", by=SYSTEM)
    assert (balance_of(rich).active, balance_of(rich).held) == (50, 250)
    with pytest.raises(InsufficientPoints):
        hold_points(rich, points=51, reference="cart:2", by=SYSTEM)

    release_hold(get_hold(aroma, hold.pk), by=SYSTEM)

    assert (balance_of(rich).active, balance_of(rich).held) == (300, 0)
    with pytest.raises(HoldNotOpen):
        capture_hold(get_hold(aroma, hold.pk), by=SYSTEM)
    assert balance_of(rich).active == 300


def test_a_part_can_be_captured_and_the_rest_comes_back(aroma: Merchant, rich: Customer) -> None:
    hold = hold_points(rich, points=250, reference="cart:1", by=SYSTEM)
    with pytest.raises(CaptureTooLarge):
        capture_hold(get_hold(aroma, hold.pk), by=SYSTEM, points=251)

    captured = capture_hold(get_hold(aroma, hold.pk), by=SYSTEM, points=120)

    assert captured.captured_points == 120
    assert (balance_of(rich).active, balance_of(rich).held) == (180, 0)
    assert capture_hold(get_hold(aroma, hold.pk), by=SYSTEM, points=120).pk == hold.pk
    assert Entry.objects.filter(merchant=aroma, kind=Kind.SPEND).count() == 1


def test_a_hold_that_nobody_captures_lapses(aroma: Merchant, rich: Customer) -> None:
    hold = hold_points(rich, points=250, reference="cart:1", by=SYSTEM, minutes=1)
    Hold.objects.filter(merchant=aroma).update(expires_at=now(aroma) - timedelta(seconds=1))
    with pytest.raises(HoldNotOpen):
        capture_hold(get_hold(aroma, hold.pk), by=SYSTEM)

    assert release_lapsed_holds(aroma, by=SYSTEM) == 1
    assert release_lapsed_holds(aroma, by=SYSTEM) == 0
    assert balance_of(rich).active == 300


def test_points_past_their_expiry_cannot_be_spent_while_the_night_is_late(aroma: Merchant, carla: Customer) -> None:
    long_ago = now(aroma) - timedelta(days=400)
    record_orders(aroma, [a_purchase("A-1", carla, a_line(100), at=long_ago)], by=SYSTEM)

    with pytest.raises(InsufficientPoints) as refusal:
        hold_points(carla, points=1, reference="till:1", by=SYSTEM, capture=True)

    assert refusal.value.details["short_by"] == 1
    assert balance_of(carla).active == 0
    assert expire_lots(aroma, at=now(aroma)).points == 100
    assert expire_lots(aroma, at=now(aroma)).lots == 0
    assert reconcile(aroma).faults == []


def test_returned_points_keep_their_original_expiry(aroma: Merchant, rich: Customer) -> None:
    before = balance_of(rich).next_expirations
    hold = hold_points(rich, points=150, reference="till:1", by=SYSTEM, capture=True)

    return_spend(get_hold(aroma, hold.pk), reference="back:1", by=SYSTEM)

    assert balance_of(rich).next_expirations == before
    return_spend(get_hold(aroma, hold.pk), reference="back:1", by=SYSTEM)
    assert balance_of(rich).active == 300
    with pytest.raises(NothingToReturn):
        return_spend(get_hold(aroma, hold.pk), reference="back:2", by=SYSTEM)


def test_points_that_come_back_after_their_expiry_come_back_expired(aroma: Merchant, rich: Customer) -> None:
    hold = hold_points(rich, points=100, reference="till:1", by=SYSTEM, capture=True)
    Lot.objects.filter(merchant=aroma, points=100, account__wallet="points").update(
        expires_at=now(aroma) - timedelta(days=1)
    )

    return_spend(get_hold(aroma, hold.pk), reference="back:1", by=SYSTEM)

    assert balance_of(rich).active == 200
    assert expire_lots(aroma, at=now(aroma)).points == 100
    assert reconcile(aroma).faults == []


def test_an_archived_customer_spends_nothing(aroma: Merchant, rich: Customer) -> None:
    archive_customer(rich, by=SYSTEM)
    rich.refresh_from_db()

    with pytest.raises(CustomerArchived):
        hold_points(rich, points=1, reference="till:1", by=SYSTEM)

    assert balance_of(rich).active == 300


def test_a_spend_over_ten_thousand_lots_finds_its_way(aroma: Merchant, carla: Customer) -> None:
    grant_bonus(carla, points=1, kind=Kind.BONUS, reference="seed", by=SYSTEM)
    start = datetime.now(UTC) - timedelta(days=100)
    for slice_start in range(0, 10_000, 2_500):
        record_orders(
            aroma,
            [
                a_purchase(f"A-{n}", carla, a_line(1), at=start + timedelta(minutes=n))
                for n in range(slice_start, slice_start + 2_500)
            ],
            by=SYSTEM,
        )
    active = balance_of(carla).active

    hold_points(carla, points=active, reference="till:1", by=SYSTEM, capture=True)

    assert balance_of(carla).active == 0
    assert Allocation.objects.filter(merchant=aroma, entry__kind=Kind.SPEND).count() == 10_001
    assert reconcile(aroma).faults == []
