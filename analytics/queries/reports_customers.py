"""Active and new customers, repurchase rate and average order of a span, beside the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from analytics.queries.report_tables import (
    COUNTED,
    Cell,
    Column,
    Headline,
    Moments,
    Report,
    major,
    moments_of,
    ratio,
)
from analytics.rules.spans import Span
from loyalty.queries.programme import find_version_in_force
from merchants.models import Merchant
from merchants.rules.charts import Chart, Series


@dataclass(frozen=True, slots=True)
class Buckets:
    """One value per bucket, and the whole span's at the end. Customers of the whole are counted once."""

    orders: Sequence[int]
    revenue_minor: Sequence[int]
    customers: Sequence[int]
    newcomers: Sequence[int]


_BUCKETS = """
WITH counted AS (
    SELECT o.customer_id, o.total_minor - o.refunded_minor AS net,
           width_bucket(o.placed_at, %(edges)s::timestamptz[]) AS bucket
    FROM commerce_order o
    WHERE o.merchant_id = %(merchant)s AND o.placed_at >= %(since)s AND o.placed_at < %(until)s AND {counted}
), newcomers AS (
    SELECT width_bucket(s.first_purchase_at, %(edges)s::timestamptz[]) AS bucket, count(*) AS customers
    FROM commerce_purchasesummary s
    WHERE s.merchant_id = %(merchant)s AND s.orders > 0
      AND s.first_purchase_at >= %(since)s AND s.first_purchase_at < %(until)s
    GROUP BY 1
)
SELECT b.bucket, b.orders, b.net, b.customers, coalesce(n.customers, 0)
FROM (SELECT coalesce(bucket, 0) AS bucket, count(*) AS orders, coalesce(sum(net), 0) AS net,
             count(DISTINCT customer_id) AS customers
      FROM counted GROUP BY GROUPING SETS ((bucket), ())) b
LEFT JOIN newcomers n ON n.bucket = b.bucket
""".replace("{counted}", COUNTED)


def buckets_of(merchant: Merchant, edges: Sequence[Any], until: Any) -> Buckets:
    """Counted orders between the first edge and `until`, cut at `edges`."""
    values: dict[str, Any] = {"merchant": merchant.pk, "edges": list(edges), "since": edges[0], "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_BUCKETS, values)
        found = {row[0]: [int(each) for each in row[1:]] for row in cursor.fetchall()}
    rows = [found.get(n, [0, 0, 0, 0]) for n in range(1, len(edges) + 1)]
    whole = found.get(0, [0, 0, 0, 0])
    whole = [*whole[:3], sum(row[3] for row in rows)]
    orders, revenue, customers, newcomers = zip(*rows, whole, strict=True)
    return Buckets(orders, revenue, customers, newcomers)


def active_customers(merchant: Merchant, span: Span) -> Report:
    moments, present, before = _both(merchant, span)
    rows = _rows(
        moments, present.customers, present.newcomers,
        [every - new for every, new in zip(present.customers, present.newcomers, strict=True)],
        _padded(before.customers, len(moments.labels)),
    )  # fmt: skip
    return Report(
        "active",
        Headline(_("Active customers"), present.customers[-1], before.customers[-1], "number"),
        [
            Column("from", _("From"), "text"), Column("active", _("Active")), Column("new", _("For the first time")),
            Column("returning", _("Came back")), Column("before", _("Active, period before")),
        ],
        rows,
        _lines(moments, _("Active"), present.customers[:-1], before.customers[:-1]),
        notes=[_("A customer who buys in several rows counts once in each of them and once in the headline.")],
    )  # fmt: skip


def new_customers(merchant: Merchant, span: Span) -> Report:
    moments, present, before = _both(merchant, span)
    shares = [ratio(new, every) for new, every in zip(present.newcomers, present.customers, strict=True)]
    rows = _rows(moments, present.newcomers, shares, _padded(before.newcomers, len(moments.labels)))
    return Report(
        "new",
        Headline(_("New customers"), present.newcomers[-1], before.newcomers[-1], "number"),
        [
            Column("from", _("From"), "text"), Column("new", _("New")),
            Column("share", _("Share of active"), "percent"), Column("before", _("New, period before")),
        ],
        rows,
        _lines(moments, _("New"), present.newcomers[:-1], before.newcomers[:-1]),
    )  # fmt: skip


def average_order(merchant: Merchant, span: Span) -> Report:
    moments, present, before = _both(merchant, span)
    averages = _averages(present)
    earlier = _padded(_averages(before), len(moments.labels))
    rows = _rows(moments, present.orders, present.revenue_minor, averages, earlier)
    chart = Chart(
        "line", moments.labels,
        [
            Series(_("Average order"), [major(each, merchant) for each in averages[:-1]]),
            Series(_("Period before"), [major(each, merchant) for each in earlier[:-1]], compared=True),
        ],
        format="money", currency=merchant.currency,
    )  # fmt: skip
    return Report(
        "average_order",
        Headline(_("Average order"), averages[-1], earlier[-1], "money"),
        [
            Column("from", _("From"), "text"), Column("orders", _("Orders")), Column("revenue", _("Revenue"), "money"),
            Column("average", _("Average order"), "money"), Column("before", _("Average, period before"), "money"),
        ],
        rows,
        chart,
    )  # fmt: skip


def _averages(found: Buckets) -> list[int | None]:
    """Rounded down to the minor unit."""
    return [
        revenue // orders if orders else None for revenue, orders in zip(found.revenue_minor, found.orders, strict=True)
    ]


def _both(merchant: Merchant, span: Span) -> tuple[Moments, Buckets, Buckets]:
    moments = moments_of(merchant, span)
    present = buckets_of(merchant, moments.edges, moments.until)
    return moments, present, buckets_of(merchant, moments.edges_before, moments.before_until)


def _padded(values: Sequence[Any], buckets: int) -> list[Any]:
    """As many as the present span has, the whole's last: the month before may have had fewer days."""
    *single, whole = values
    return [*single[:buckets], *[None] * (buckets - len(single)), whole]


def _rows(moments: Moments, *columns: Sequence[Cell]) -> list[list[Cell]]:
    return [[label, *cells] for label, *cells in zip([*moments.labels, _("Whole period")], *columns, strict=True)]


def _lines(moments: Moments, name: str, values: Sequence[Any], before: Sequence[Any]) -> Chart:
    size = len(moments.labels)
    return Chart(
        "line", moments.labels,
        [
            Series(name, list(values)),
            Series(_("Period before"), _padded([*before, None], size)[:-1], compared=True),
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TierRepurchase:
    """Of the customers who had tier `code` at their first order of the span: all, and those with two orders or more."""

    code: str
    name: str
    buyers: int
    again: int
    buyers_before: int
    again_before: int


# The tier at the first order of each period: today's tier is the fruit of the orders that are being counted.
_REPURCHASE = """
SELECT coalesce(a.tier, ''), count(*) FILTER (WHERE n.now), count(*) FILTER (WHERE n.now AND n.orders > 1),
       count(*) FILTER (WHERE NOT n.now), count(*) FILTER (WHERE NOT n.now AND n.orders > 1)
FROM (
    SELECT o.customer_id, o.placed_at >= %(since)s AS now, count(*) AS orders,
           (array_agg(o.id ORDER BY o.placed_at, o.id))[1] AS first
    FROM commerce_order o
    WHERE o.merchant_id = %(merchant)s AND o.placed_at >= %(before)s AND o.placed_at < %(until)s
      AND (o.placed_at >= %(since)s OR o.placed_at < %(before_until)s) AND o.customer_id IS NOT NULL AND {counted}
    GROUP BY 1, 2
) n LEFT JOIN loyalty_award a ON a.merchant_id = %(merchant)s AND a.order_id = n.first AND a.wallet = 'points'
GROUP BY 1
""".replace("{counted}", COUNTED)


def repurchase_by_tier(merchant: Merchant, span: Span) -> list[TierRepurchase]:
    """Lowest tier first; a tier that the ladder has no more counts as the lowest, as everywhere."""
    moments = moments_of(merchant, span)
    values: dict[str, Any] = {
        "merchant": merchant.pk, "since": moments.since, "until": moments.until, "before": moments.before,
        "before_until": moments.before_until,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REPURCHASE, values)
        found = cursor.fetchall()
    names = tier_names(merchant)
    lowest = next(iter(names))
    sums: dict[str, list[int]] = {code: [0, 0, 0, 0] for code in names}
    for code, *counts in found:
        row = sums[code if code in sums else lowest]
        row[:] = [one + other for one, other in zip(row, counts, strict=True)]
    return [TierRepurchase(code, names[code], *counts) for code, counts in sums.items()]


def tier_names(merchant: Merchant) -> dict[str, str]:
    """{code: name} of the ladder in force, lowest first; one nameless step where there is no programme."""
    version = find_version_in_force(merchant)
    if version is None:
        return {"": _("Customers")}
    return {tier.code: tier.name for tier in version.parsed().ladder.tiers}


def repurchase_rate(merchant: Merchant, span: Span) -> Report:
    tiers = repurchase_by_tier(merchant, span)
    whole = TierRepurchase(
        "", _("All"), sum(t.buyers for t in tiers), sum(t.again for t in tiers),
        sum(t.buyers_before for t in tiers), sum(t.again_before for t in tiers),
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for tier in [*tiers, whole]:
        rate, before = ratio(tier.again, tier.buyers), ratio(tier.again_before, tier.buyers_before)
        rows.append([tier.name, tier.buyers, tier.again, rate, before])
    chart = Chart(
        "bar", [tier.name for tier in tiers],
        [
            Series(_("Repurchase rate"), [ratio(tier.again, tier.buyers) for tier in tiers]),
            Series(_("Period before"), [ratio(t.again_before, t.buyers_before) for t in tiers], compared=True),
        ],
        format="percent",
    )  # fmt: skip
    return Report(
        "repurchase",
        Headline(
            _("Repurchase rate"), ratio(whole.again, whole.buyers), ratio(whole.again_before, whole.buyers_before),
            "percent",
        ),
        [
            Column("tier", _("Tier"), "text"), Column("buyers", _("Buyers")), Column("again", _("Bought again")),
            Column("rate", _("Repurchase rate"), "percent"), Column("before", _("Rate, period before"), "percent"),
        ],
        rows,
        chart,
        notes=[
            _("Members are counted in the tier they had at their first order of each period: what they bought since does not "
              "move them between rows."),
        ],
    )  # fmt: skip
