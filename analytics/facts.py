"""What insight announces about customers and its own work."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class ChurnBandChanged(Fact):
    """The customer's churn risk moved to another band: "low", "medium", "high". Never said of a first score."""

    label = pgettext_lazy("event", "Churn risk changed")

    before: str
    after: str
    score: float


@dataclass(frozen=True, slots=True)
class ModelRunFinished(Fact):
    label = pgettext_lazy("event", "Model run finished")

    kind: str
    state: str
    served_by: str
    customers: int


@dataclass(frozen=True, slots=True)
class RecommendationPolicyChanged(Fact):
    label = pgettext_lazy("event", "Recommendation exclusions changed")

    categories: int
    skus: int


@dataclass(frozen=True, slots=True)
class ExportAsked(Fact):
    """`in_clear`: phones and e-mails of people stand in the file unmasked."""

    label = pgettext_lazy("event", "Export asked for")

    title: str
    format: str
    in_clear: bool


@dataclass(frozen=True, slots=True)
class ExportDownloaded(Fact):
    label = pgettext_lazy("event", "Export downloaded")

    title: str
    rows: int


@dataclass(frozen=True, slots=True)
class SegmentCreated(Fact):
    label = pgettext_lazy("event", "Segment created")

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SegmentChanged(Fact):
    """Its name or its tree; `version` is the tree in force."""

    label = pgettext_lazy("event", "Segment changed")

    code: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class SegmentWasArchived(Fact):
    label = pgettext_lazy("event", "Segment archived")

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SegmentRestored(Fact):
    label = pgettext_lazy("event", "Segment restored")

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SegmentFilled(Fact):
    """A new tree found its members. Nobody did anything, the shop changed its question: no person's timeline tells it."""

    label = pgettext_lazy("event", "Segment filled")

    code: str
    name: str
    version: int
    members: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class SegmentEntered(Fact):
    """About the customer, to whom something happened or for whom time passed."""

    label = pgettext_lazy("event", "Segment entered")

    segment_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SegmentLeft(Fact):
    label = pgettext_lazy("event", "Segment left")

    segment_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SegmentsReconciled(Fact):
    """The nightly full pass: memberships moved `by_time`, and `drift` that events should have moved and had not."""

    label = pgettext_lazy("event", "Segments reconciled")

    segments: int
    by_time: int
    drift: int


@dataclass(frozen=True, slots=True)
class StageChanged(Fact):
    """The customer's lifecycle stage. `before` is empty at a first purchase."""

    label = pgettext_lazy("event", "Lifecycle stage changed")

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ClustersFound(Fact):
    """`k` groups, or 0 when no number of groups was stable."""

    label = pgettext_lazy("event", "Customer groups found")

    k: int
    customers: int
