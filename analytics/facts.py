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
