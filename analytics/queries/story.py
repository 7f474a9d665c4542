"""What changed that is worth a sentence: computed from the figures, silent where the numbers are too small to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db import connection
from django.db.models import Count, Sum

from analytics.models import LifecycleStage
from analytics.queries.report_tables import COUNTED, moments_of
from analytics.queries.reports import last_day_told, lost_after_days
from analytics.queries.reports_customers import buckets_of, repurchase_by_tier
from analytics.queries.reports_rhythm import churn_in
from analytics.rules.findings import (
    LEAST_PEOPLE,
    Change,
    Mean,
    Share,
    count_change,
    mean_change,
    share_change,
)
from analytics.rules.spans import Span, preset_span
from commerce.queries import orders_of
from merchants.models import Merchant

FindingKind = Literal["repurchase", "tier_repurchase", "churn", "new", "average_order", "valuable_cooling"]
MOST_FINDINGS = 4
_VALUABLE = 4  # of five steps of spend


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject`: the code of the tier, `name` its name. `people`: how many it is about. `spend_minor`: what they spent.

    `is_good`: whether the change is welcome; the unwelcome come first.
    """

    kind: FindingKind
    is_good: bool
    change: Change | None = None
    subject: str = ""
    name: str = ""
    people: int = 0
    spend_minor: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """`looked_at`: how many figures were compared. None is told about a shop that is too young to compare."""

    span: Span
    findings: tuple[Finding, ...]
    looked_at: int


_ORDER_VALUES = """
SELECT o.placed_at >= %(since)s, count(*), avg(o.total_minor - o.refunded_minor)::float,
       coalesce(var_samp(o.total_minor - o.refunded_minor), 0)::float
FROM commerce_order o
WHERE o.merchant_id = %(merchant)s AND o.placed_at >= %(before)s AND o.placed_at < %(until)s
  AND (o.placed_at >= %(since)s OR o.placed_at < %(before_until)s) AND {counted}
GROUP BY 1
""".replace("{counted}", COUNTED)


def insight_story(merchant: Merchant) -> Story:
    """The last thirty days against the thirty before: the unwelcome first, then by how certain they are."""
    span = preset_span("30d", last_day_told(merchant))
    first = orders_of(merchant).order_by("placed_at", "id").values_list("placed_at", flat=True).first()
    looked: list[Finding] = []
    if first is not None and first < moments_of(merchant, span).before + timedelta(days=1):
        looked = [
            *_repurchase(merchant, span),
            *_churn(merchant, span),
            *_newcomers(merchant, span),
            *_orders(merchant, span),
        ]
    telling = [each for each in looked if each.change is not None and each.change.is_telling]
    # A tier says more than all tiers together, when both moved the same way.
    if any(each.kind == "tier_repurchase" for each in telling):
        telling = [each for each in telling if each.kind != "repurchase"]
    telling.sort(key=lambda each: (each.is_good, -abs(each.change.z) if each.change else 0.0))
    findings = [*_cooling(merchant), *telling] if not telling or telling[0].is_good else [*telling, *_cooling(merchant)]
    return Story(span, tuple(findings[:MOST_FINDINGS]), len(looked))


def _repurchase(merchant: Merchant, span: Span) -> list[Finding]:
    tiers = repurchase_by_tier(merchant, span)
    found = []
    for tier in tiers:
        change = share_change(Share(tier.again, tier.buyers), Share(tier.again_before, tier.buyers_before))
        kind: FindingKind = "tier_repurchase" if tier.code else "repurchase"
        found.append(_finding(kind, change, up_is_good=True, subject=tier.code, name=tier.name, people=tier.buyers))
    whole = share_change(
        Share(sum(t.again for t in tiers), sum(t.buyers for t in tiers)),
        Share(sum(t.again_before for t in tiers), sum(t.buyers_before for t in tiers)),
    )
    return [*found, _finding("repurchase", whole, up_is_good=True, people=sum(t.buyers for t in tiers))]


def _churn(merchant: Merchant, span: Span) -> list[Finding]:
    before, present = churn_in(merchant, [span.before, span], horizon_days=lost_after_days(merchant, span))
    change = share_change(Share(present.lost, present.active), Share(before.lost, before.active))
    return [_finding("churn", change, up_is_good=False, people=present.lost)]


def _newcomers(merchant: Merchant, span: Span) -> list[Finding]:
    moments = moments_of(merchant, span)
    present = buckets_of(merchant, [moments.since], moments.until).newcomers[-1]
    before = buckets_of(merchant, [moments.before], moments.before_until).newcomers[-1]
    return [_finding("new", count_change(present, before), up_is_good=True, people=present)]


def _orders(merchant: Merchant, span: Span) -> list[Finding]:
    moments = moments_of(merchant, span)
    values: dict[str, Any] = {
        "merchant": merchant.pk, "since": moments.since, "until": moments.until, "before": moments.before,
        "before_until": moments.before_until,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ORDER_VALUES, values)
        found = {is_now: Mean(*rest) for is_now, *rest in cursor.fetchall()}
    nothing = Mean(0, 0.0, 0.0)
    change = mean_change(found.get(True, nothing), found.get(False, nothing))
    return [_finding("average_order", change, up_is_good=True, people=found.get(True, nothing).count)]


def _cooling(merchant: Merchant) -> list[Finding]:
    """Those who used to spend much and are late by the shop's rhythm: a state, not a change."""
    rows = LifecycleStage.objects.filter(
        merchant=merchant, stage="cooling", customer__archived_at__isnull=True,
        customer__rfm_score__monetary__gte=_VALUABLE,
    )  # fmt: skip
    found = rows.aggregate(people=Count("pk"), spend=Sum("customer__purchase_summary__spend_minor"))
    if found["people"] < LEAST_PEOPLE // 3:
        return []
    return [Finding("valuable_cooling", False, people=found["people"], spend_minor=int(found["spend"] or 0))]


def _finding(
    kind: FindingKind, change: Change | None, *, up_is_good: bool, people: int, subject: str = "", name: str = ""
) -> Finding:
    is_good = change is not None and (change.z > 0) == up_is_good
    return Finding(kind, is_good, change, subject, name, people)
