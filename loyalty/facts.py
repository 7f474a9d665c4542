"""What loyalty may announce. Points are integers; positive points were credited, negative ones debited."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class PointsEarned(Fact):
    """An order earned `points` (and `growth` towards the tier)."""

    label = pgettext_lazy("event", "Points earned")

    order_id: int
    order_number: str
    points: int
    growth: int
    balance: int


@dataclass(frozen=True, slots=True)
class PointsTakenBack(Fact):
    """A refund took back what its lines had earned; `owed` of it became arrears."""

    label = pgettext_lazy("event", "Points taken back")

    order_id: int
    order_number: str
    points: int
    growth: int
    owed: int
    balance: int


@dataclass(frozen=True, slots=True)
class PointsGranted(Fact):
    label = pgettext_lazy("event", "Points granted")

    kind: str
    points: int
    reference: str
    reason: str
    balance: int


@dataclass(frozen=True, slots=True)
class PointsHeld(Fact):
    label = pgettext_lazy("event", "Points held")

    hold_id: int
    points: int
    reference: str


@dataclass(frozen=True, slots=True)
class PointsSpent(Fact):
    label = pgettext_lazy("event", "Points spent")

    hold_id: int
    points: int
    reference: str
    balance: int


@dataclass(frozen=True, slots=True)
class HoldReleased(Fact):
    """`lapsed`: nobody captured it in time."""

    label = pgettext_lazy("event", "Hold released")

    hold_id: int
    points: int
    reference: str
    lapsed: bool


@dataclass(frozen=True, slots=True)
class SpendReturned(Fact):
    label = pgettext_lazy("event", "Spend returned")

    hold_id: int
    points: int
    reference: str
    balance: int


@dataclass(frozen=True, slots=True)
class PointsExpired(Fact):
    label = pgettext_lazy("event", "Points expired")

    points: int
    balance: int


@dataclass(frozen=True, slots=True)
class PointsAdjusted(Fact):
    label = pgettext_lazy("event", "Points adjusted")

    adjustment_id: int
    points: int
    reason: str
    balance: int


@dataclass(frozen=True, slots=True)
class AdjustmentAsked(Fact):
    label = pgettext_lazy("event", "Adjustment requested")

    adjustment_id: int
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class AdjustmentRejected(Fact):
    label = pgettext_lazy("event", "Adjustment rejected")

    adjustment_id: int
    points: int
    note: str


@dataclass(frozen=True, slots=True)
class EntryReversed(Fact):
    label = pgettext_lazy("event", "Entry reversed")

    entry_id: int
    points: int
    reason: str
    balance: int


@dataclass(frozen=True, slots=True)
class TierChanged(Fact):
    """`cause`: earned, refunded, reviewed (by night) or terms_changed."""

    label = pgettext_lazy("event", "Tier changed")

    before: str
    after: str
    before_name: str
    after_name: str
    cause: str


@dataclass(frozen=True, slots=True)
class TierGraceStarted(Fact):
    label = pgettext_lazy("event", "Tier grace started")

    tier: str
    tier_name: str
    until: str  # ISO 8601


@dataclass(frozen=True, slots=True)
class ProgrammePublished(Fact):
    label = pgettext_lazy("event", "Programme published")

    version: int
    effective_from: str  # ISO 8601
    note: str


@dataclass(frozen=True, slots=True)
class BooksBalanced(Fact):
    """The nightly proof found every balance, lot and entry in agreement."""

    label = pgettext_lazy("event", "Books balanced")

    accounts: int
    entries: int
    lots: int


@dataclass(frozen=True, slots=True)
class BooksDisagreed(Fact):
    label = pgettext_lazy("event", "Books disagreed")

    faults: int
