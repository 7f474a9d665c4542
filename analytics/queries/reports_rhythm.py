"""How often customers come, and how many stopped: the shop's own rhythm is the measure, not a fixed number of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from analytics.queries.report_tables import COUNTED, Cell, Column, Headline, Report, moments_of, ratio
from analytics.rules.spans import Span
from merchants.models import Merchant
from merchants.rules.charts import Chart, Series

# Upper ends in days; the last class is open.
CLASSES = (7, 14, 30, 60, 90, 180, 365)
_LOOK_BACK = timedelta(days=730)
_STRETCHES = 6


@dataclass(frozen=True, slots=True)
class Intervals:
    """Days between one day of purchase and the next of the same customer, of gaps that ended in a span."""

    gaps: int
    median: float | None
    p75: float | None
    p90: float | None
    p95: float | None
    counts: Sequence[int]  # one per class of CLASSES, and the open one


_GAPS = """
SELECT count(*), percentile_cont(ARRAY[0.5, 0.75, 0.9, 0.95]) WITHIN GROUP (ORDER BY gap),
       array_agg(width_bucket(gap, %(classes)s::int[]))
FROM (
    SELECT day, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
    FROM (SELECT DISTINCT o.customer_id, (o.placed_at AT TIME ZONE %(zone)s)::date AS day
          FROM commerce_order o
          WHERE o.merchant_id = %(merchant)s AND o.customer_id IS NOT NULL
            AND o.placed_at >= %(from)s AND o.placed_at < %(until)s AND {counted}) days
) gaps WHERE gap IS NOT NULL AND day >= %(first)s
""".replace("{counted}", COUNTED)


def intervals_in(merchant: Merchant, span: Span) -> Intervals:
    """Gaps that ended in the span and began at most two years before it."""
    values: dict[str, Any] = {
        "merchant": merchant.pk, "zone": merchant.timezone, "first": span.first, "until": span.until(merchant.zone),
        "from": span.since(merchant.zone) - _LOOK_BACK, "classes": [end + 1 for end in CLASSES],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, values)
        gaps, quantiles, classes = cursor.fetchone() or (0, None, None)
    counts = [0] * (len(CLASSES) + 1)
    for each in classes or ():
        counts[each] += 1
    median, p75, p90, p95 = quantiles or (None, None, None, None)
    return Intervals(gaps, median, p75, p90, p95, counts)


def class_names() -> list[str]:
    starts = [1, *(end + 1 for end in CLASSES[:-1])]
    closed = [
        _("%(first)s–%(last)s days") % {"first": first, "last": last}
        for first, last in zip(starts, CLASSES, strict=True)
    ]
    return [*closed, _("more than %(days)s days") % {"days": CLASSES[-1]}]


def repurchase_intervals(merchant: Merchant, span: Span) -> Report:
    present, before = intervals_in(merchant, span), intervals_in(merchant, span.before)
    shares = [ratio(count, present.gaps) for count in present.counts]
    earlier = [ratio(count, before.gaps) for count in before.counts]
    rows: list[list[Cell]] = [
        [name, count, share, was]
        for name, count, share, was in zip(class_names(), present.counts, shares, earlier, strict=True)
    ]
    chart = Chart(
        "bar", class_names(),
        [Series(_("Share of gaps"), shares), Series(_("Period before"), earlier, compared=True)],
        format="percent",
    )  # fmt: skip
    notes = [_("Only customers who came back have a gap: those who are still away are in the churn rate, not here.")]
    if present.gaps:
        words = {"median": round(present.median or 0), "p75": round(present.p75 or 0), "p90": round(present.p90 or 0)}
        notes.insert(
            0, _("Half of all gaps are at most %(median)s days, three quarters %(p75)s, nine of ten %(p90)s.") % words
        )
    return Report(
        "intervals",
        Headline(_("Median gap"), present.median, before.median, "days", good="down"),
        [
            Column("gap", _("Days between purchases"), "text"), Column("gaps", _("Gaps")),
            Column("share", _("Share"), "percent"), Column("before", _("Share, period before"), "percent"),
        ],
        rows,
        chart,
        notes=notes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Churn:
    """Of `active` customers at the beginning of a stretch, `lost` let the horizon pass without buying before its end."""

    active: int
    lost: int


# From purchase p to the next one n a customer is active until p + horizon. Whoever does not come by then is lost there.
_CHURN = """
WITH bought AS (
    SELECT o.placed_at AS p, lead(o.placed_at) OVER (PARTITION BY o.customer_id ORDER BY o.placed_at, o.id) AS n
    FROM commerce_order o
    WHERE o.merchant_id = %(merchant)s AND o.customer_id IS NOT NULL
      AND o.placed_at >= %(from)s AND o.placed_at < %(until)s AND {counted}
)
SELECT s.place, count(b.p), count(b.p) FILTER (WHERE (b.n IS NULL OR b.n > b.p + %(horizon)s) AND b.p + %(horizon)s <= s.until)
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS s (since, until, place)
LEFT JOIN bought b ON b.p < s.since AND b.p + %(horizon)s > s.since AND (b.n IS NULL OR b.n >= s.since)
GROUP BY 1 ORDER BY 1
""".replace("{counted}", COUNTED)


def churn_in(merchant: Merchant, spans: Sequence[Span], *, horizon_days: int) -> list[Churn]:
    """Churn of each of `spans`, oldest first."""
    moments = [moments_of(merchant, span) for span in spans]
    horizon = timedelta(days=horizon_days)
    values: dict[str, Any] = {
        "merchant": merchant.pk, "horizon": horizon, "from": moments[0].since - horizon, "until": moments[-1].until,
        "starts": [each.since for each in moments], "ends": [each.until for each in moments],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CHURN, values)
        return [Churn(active, lost) for _place, active, lost in cursor.fetchall()]


def churn_rate(merchant: Merchant, span: Span, *, horizon_days: int) -> Report:
    """The last of six equally long stretches is the span itself."""
    spans = [span]
    for _n in range(_STRETCHES - 1):
        spans.insert(0, Span(spans[0].first - timedelta(days=span.days), spans[0].first - timedelta(days=1)))
    found = churn_in(merchant, spans, horizon_days=horizon_days)
    # A stretch before which nobody had bought says nothing.
    told = [(each, one) for each, one in zip(spans, found, strict=True) if one.active]
    rates = [ratio(one.lost, one.active) for _span, one in told]
    rows: list[list[Cell]] = [
        [each.first.isoformat(), each.last.isoformat(), one.active, one.lost, rate]
        for (each, one), rate in zip(told, rates, strict=True)
    ]
    labels = [each.first.isoformat() for each, _one in told]
    before = churn_in(merchant, [span.before], horizon_days=horizon_days)[0]
    return Report(
        "churn",
        Headline(
            _("Churn rate"), ratio(found[-1].lost, found[-1].active), ratio(before.lost, before.active), "percent", "down"
        ),
        [
            Column("from", _("From"), "text"), Column("to", _("To"), "text"), Column("active", _("Active at the beginning")),
            Column("lost", _("Lost since")), Column("rate", _("Churn rate"), "percent"),
        ],
        rows,
        Chart("line", labels, [Series(_("Churn rate"), rates)], format="percent") if told else None,
        notes=[
            _("A customer is lost %(days)s days after a purchase that no other one followed: hardly anybody "
              "here takes longer and still comes back.") % {"days": horizon_days},
            _("Guests are not counted: nobody knows whether they came back."),
        ],
    )  # fmt: skip
