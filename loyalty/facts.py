"""What loyalty may announce. Points are integers; positive points were credited, negative ones debited."""

from __future__ import annotations

from dataclasses import dataclass

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class PointsEarned(Fact):
    """An order earned `points` (and `growth` towards the tier)."""

    order_id: int
    order_number: str
    points: int
    growth: int
    balance: int


@dataclass(frozen=True, slots=True)
class PointsTakenBack(Fact):
    """A refund took back what its lines had earned; `owed` of it became arrears."""

    order_id: int
    order_number: str
    points: int
    growth: int
    owed: int
    balance: int


@dataclass(frozen=True, slots=True)
class PointsGranted(Fact):
    kind: str
    points: int
    reference: str
    reason: str
    balance: int


@dataclass(frozen=True, slots=True)
class PointsHeld(Fact):
    hold_id: int
    points: int
    reference: str


@dataclass(frozen=True, slots=True)
class PointsSpent(Fact):
    hold_id: int
    points: int
    reference: str
    balance: int


@dataclass(frozen=True, slots=True)
class HoldReleased(Fact):
    """`lapsed`: nobody captured it in time."""

    hold_id: int
    points: int
    reference: str
    lapsed: bool


@dataclass(frozen=True, slots=True)
class SpendReturned(Fact):
    hold_id: int
    points: int
    reference: str
    balance: int


@dataclass(frozen=True, slots=True)
class PointsExpired(Fact):
    points: int
    balance: int


@dataclass(frozen=True, slots=True)
class PointsAdjusted(Fact):
    adjustment_id: int
    points: int
    reason: str
    balance: int


@dataclass(frozen=True, slots=True)
class AdjustmentAsked(Fact):
    adjustment_id: int
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class AdjustmentRejected(Fact):
    adjustment_id: int
    points: int
    note: str


@dataclass(frozen=True, slots=True)
class EntryReversed(Fact):
    entry_id: int
    points: int
    reason: str
    balance: int


@dataclass(frozen=True, slots=True)
class TierChanged(Fact):
    """`cause`: earned, refunded, reviewed (by night) or terms_changed."""

    before: str
    after: str
    before_name: str
    after_name: str
    cause: str


@dataclass(frozen=True, slots=True)
class TierGraceStarted(Fact):
    tier: str
    tier_name: str
    until: str  # ISO 8601


@dataclass(frozen=True, slots=True)
class ProgrammePublished(Fact):
    version: int
    effective_from: str  # ISO 8601
    note: str


@dataclass(frozen=True, slots=True)
class BooksBalanced(Fact):
    """The nightly proof found every balance, lot and entry in agreement."""

    accounts: int
    entries: int
    lots: int


@dataclass(frozen=True, slots=True)
class BooksDisagreed(Fact):
    faults: int
