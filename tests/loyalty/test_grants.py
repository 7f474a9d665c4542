"""Points by decision: bonuses, corrections that need two people above a limit, reversals."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext

from customers.actions import NewCustomer, register_customer
from customers.models import Customer
from events.actions.delivering import deliver_due
from loyalty.actions.grants import approve_adjustment, ask_adjustment, grant_bonus, reject_adjustment, reverse_entry
from loyalty.actions.holds import hold_points
from loyalty.actions.nights import reconcile
from loyalty.errors import (
    AdjustmentDecided,
    AlreadyReversed,
    InsufficientPoints,
    NotReversible,
    SecondPersonNeeded,
)
from loyalty.models import Adjustment, Entry
from loyalty.queries.balances import balance_of, get_adjustment
from loyalty.rules.kinds import Kind
from merchants.errors import InvalidValue, ReferenceConflict
from merchants.models import SYSTEM, Actor, Merchant
from tests.cast import publish_terms


def test_a_bonus_with_the_same_reference_is_given_once(aroma: Merchant, carla: Customer) -> None:
    first = grant_bonus(carla, points=50, kind=Kind.GOODWILL, reference="ticket:7", by=SYSTEM, reason="late parcel")

    assert grant_bonus(carla, points=50, kind=Kind.GOODWILL, reference="ticket:7", by=SYSTEM).pk == first.pk
    with pytest.raises(ReferenceConflict):
        grant_bonus(carla, points=51, kind=Kind.GOODWILL, reference="ticket:7", by=SYSTEM)
    assert balance_of(carla).active == 50


def test_a_small_correction_is_posted_at_once(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    adjustment = ask_adjustment(carla, points=1000, reason="Receipt found", by=by_ben)

    assert adjustment.state == "posted"
    assert adjustment.entry is not None
    assert adjustment.entry.reason == "Receipt found"
    assert balance_of(carla).active == 1000


def test_a_large_correction_waits_for_somebody_else(
    aroma: Merchant, carla: Customer, by_ben: Actor, by_ana: Actor
) -> None:
    asked = ask_adjustment(carla, points=1001, reason="Opening balance", by=by_ben)
    assert (asked.state, balance_of(carla).active) == ("waiting", 0)
    with pytest.raises(SecondPersonNeeded):
        approve_adjustment(get_adjustment(aroma, asked.pk), by=by_ben)
    assert balance_of(carla).active == 0

    approve_adjustment(get_adjustment(aroma, asked.pk), by=by_ana)

    assert balance_of(carla).active == 1001
    with pytest.raises(AdjustmentDecided):
        approve_adjustment(get_adjustment(aroma, asked.pk), by=by_ana)
    assert balance_of(carla).active == 1001


def test_a_rejected_correction_moves_nothing(aroma: Merchant, carla: Customer, by_ben: Actor, by_ana: Actor) -> None:
    asked = ask_adjustment(carla, points=9999, reason="Trust me", by=by_ben)

    reject_adjustment(get_adjustment(aroma, asked.pk), by=by_ana, note="No receipt")

    assert get_adjustment(aroma, asked.pk).state == "rejected"
    assert not Entry.objects.filter(merchant=aroma).exists()


def test_more_than_there_is_cannot_be_deducted(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    grant_bonus(carla, points=30, kind=Kind.BONUS, reference="gift", by=SYSTEM)

    with pytest.raises(InsufficientPoints) as refusal:
        ask_adjustment(carla, points=-31, reason="Typing error", by=by_ben)

    assert refusal.value.details["short_by"] == 1
    assert balance_of(carla).active == 30
    assert not Adjustment.objects.filter(merchant=aroma).exists()


@pytest.mark.parametrize("points", [0, 10_000_001, -10_000_001])
def test_a_slipped_finger_is_noticed(carla: Customer, by_ben: Actor, points: int) -> None:
    with pytest.raises(InvalidValue):
        ask_adjustment(carla, points=points, reason="x", by=by_ben)


def test_a_mistaken_bonus_is_reversed_once_even_when_it_was_spent(aroma: Merchant, carla: Customer) -> None:
    entry = grant_bonus(carla, points=100, kind=Kind.BONUS, reference="gift", by=SYSTEM)
    hold_points(carla, points=60, reference="till:1", by=SYSTEM, capture=True)

    reversal = reverse_entry(entry, reason="wrong customer", by=SYSTEM)

    assert (reversal.points, reversal.reverses_id) == (-100, entry.pk)
    assert (balance_of(carla).active, balance_of(carla).arrears) == (0, 60)
    with pytest.raises(AlreadyReversed):
        reverse_entry(entry, reason="again", by=SYSTEM)
    assert reconcile(aroma).faults == []


def test_a_mistaken_deduction_returns_to_where_it_came_from(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    grant_bonus(carla, points=100, kind=Kind.BONUS, reference="gift", by=SYSTEM)
    before = balance_of(carla).next_expirations
    deducted = ask_adjustment(carla, points=-40, reason="Typing error", by=by_ben)
    assert deducted.entry is not None

    reverse_entry(deducted.entry, reason="was right", by=SYSTEM)

    assert balance_of(carla).active == 100
    assert balance_of(carla).next_expirations == before
    assert reconcile(aroma).faults == []


def test_what_an_order_earned_is_not_reversed_by_hand(aroma: Merchant, carla: Customer) -> None:
    hold_entry = grant_bonus(carla, points=100, kind=Kind.BONUS, reference="gift", by=SYSTEM)
    hold_points(carla, points=10, reference="till:1", by=SYSTEM, capture=True)
    spend = Entry.objects.select_related("merchant", "account").get(merchant=aroma, kind=Kind.SPEND)

    with pytest.raises(NotReversible):
        reverse_entry(spend, reason="no", by=SYSTEM)

    assert balance_of(carla).active == 90
    assert hold_entry.points == 100


@pytest.mark.django_db(transaction=True)
def test_newcomers_are_welcomed_once(aroma: Merchant) -> None:
    publish_terms(aroma, welcome_points=88)
    newcomer = register_customer(aroma, NewCustomer(name="新客"), by=SYSTEM)

    deliver_due()
    deliver_due()

    assert balance_of(newcomer).active == 88
    with translation.override(aroma.language):
        assert Entry.objects.get(merchant=aroma).reason == gettext("Welcome")
