"""Retention cohorts: everybody by the month of their first purchase, and who of them came back in the months after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connection
from django.utils.translation import gettext as _

from analytics.models import MonthsKept
from analytics.queries.report_tables import COUNTED, Cell, Column, Format, Headline, Report, ratio
from analytics.rules.findings import LEAST_PEOPLE
from analytics.rules.spans import Span, month_of
from merchants.clock import today
from merchants.models import Merchant
from merchants.rules.charts import Chart, Series

Measure = Literal["percent", "customers", "revenue"]
MEASURES: tuple[Measure, ...] = ("percent", "customers", "revenue")
MOST_COHORTS = 13

# A customer's months from the orders themselves; their first counted order ever gives the cohort.
MONTHS_FROM_ORDERS = """
SELECT o.customer_id, date_trunc('month', o.placed_at AT TIME ZONE %(zone)s)::date AS month,
       min(date_trunc('month', min(o.placed_at) AT TIME ZONE %(zone)s)::date) OVER (PARTITION BY o.customer_id) AS cohort,
       count(*)::int AS orders, sum(o.total_minor - o.refunded_minor)::bigint AS spend_minor
FROM commerce_order o
WHERE o.merchant_id = %(merchant)s AND o.customer_id IS NOT NULL AND {counted} {touched}
GROUP BY 1, 2
""".replace("{counted}", COUNTED)
# Whose orders the feed mentioned since the months were kept; guests' events are about nobody.
TOUCHED = """
SELECT e.about_id FROM events_event e
WHERE e.merchant_id = %(merchant)s AND e.id > %(event)s AND e.about_type = 'customers.customer' AND e.type = ANY(%(types)s)
"""
ORDER_EVENTS = [
    "commerce.order_recorded",
    "commerce.order_paid",
    "commerce.order_was_cancelled",
    "commerce.refund_recorded",
]
_MATRIX = """
WITH touched AS MATERIALIZED ({touched}), months AS (
    SELECT k.cohort, k.month, k.spend_minor FROM analytics_customermonth k
    WHERE k.merchant_id = %(merchant)s AND k.cohort >= %(first)s AND k.cohort <= %(last)s
      AND NOT EXISTS (SELECT 1 FROM touched t WHERE t.about_id = k.customer_id)
    UNION ALL
    SELECT f.cohort, f.month, f.spend_minor FROM ({fresh}) f WHERE f.cohort >= %(first)s AND f.cohort <= %(last)s
)
SELECT cohort, month, count(*), sum(spend_minor) FROM months GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Cohort:
    """`customers[n]` of the cohort bought in the n-th month after their first; `revenue_minor[n]` is what they spent."""

    month: date
    customers: Sequence[int]
    revenue_minor: Sequence[int]

    @property
    def size(self) -> int:
        return self.customers[0]


def cohorts_of(merchant: Merchant, *, first: date, last: date) -> list[Cohort]:
    """Cohorts from the month of `first` to that of `last`, oldest first, each up to the present month."""
    present = month_of(today(merchant))
    found: dict[date, dict[int, tuple[int, int]]] = defaultdict(dict)
    for cohort, month, customers, spend in _cells(merchant, month_of(first), month_of(last)):
        found[cohort][_months_between(cohort, month)] = (customers, int(spend))
    return [
        Cohort(
            month,
            [cells.get(n, (0, 0))[0] for n in range(_months_between(month, present) + 1)],
            [cells.get(n, (0, 0))[1] for n in range(_months_between(month, present) + 1)],
        )
        for month, cells in sorted(found.items())
    ]


def _cells(merchant: Merchant, first: date, last: date) -> list[tuple[date, date, int, int]]:
    kept = MonthsKept.objects.filter(merchant=merchant, timezone=merchant.timezone).first()
    # Nothing kept yet (or by another zone's midnights): everybody is read from their orders.
    fresh = MONTHS_FROM_ORDERS.replace(
        "{touched}", "AND o.customer_id IN (SELECT about_id FROM touched)" if kept else ""
    )
    touched = TOUCHED if kept else "SELECT NULL::bigint AS about_id WHERE false"
    rows_kept = _MATRIX if kept else _MATRIX.replace("k.merchant_id = %(merchant)s", "false")
    values: dict[str, Any] = {
        "merchant": merchant.pk, "zone": merchant.timezone, "first": first, "last": last, "types": ORDER_EVENTS,
        "event": kept.event_id if kept else 0,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(rows_kept.replace("{touched}", touched).replace("{fresh}", fresh), values)
        found: list[tuple[date, date, int, int]] = cursor.fetchall()
    return found


def _months_between(one: date, other: date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month


def retention_cohorts(merchant: Merchant, span: Span, *, measure: Measure) -> Report:
    """Cohorts of the span, at least thirteen months of them; the month that runs is marked as incomplete."""
    year_ago = span.last.replace(year=span.last.year - 1, day=1)
    cohorts = cohorts_of(merchant, first=min(span.first, year_ago), last=span.last)[-2 * MOST_COHORTS :]
    width = max((len(cohort.customers) for cohort in cohorts), default=0)
    rows: list[list[Cell]] = []
    incomplete: set[tuple[int, int]] = set()
    running = month_of(today(merchant))
    for number, cohort in enumerate(cohorts):
        cells = [_cell(cohort, n, measure) for n in range(len(cohort.customers))]
        rows.append([f"{cohort.month:%Y-%m}", cohort.size, *cells, *[None] * (width - len(cells))])
        if cohort.month <= running:
            incomplete.add((number, len(cells) + 1))
    kind: Format = {"percent": "percent", "customers": "number", "revenue": "money"}[measure]  # type: ignore[assignment]
    months = [_("Month %(number)s") % {"number": n} for n in range(width)]
    columns = [
        Column("cohort", _("First purchase in"), "text"),
        Column("size", _("Customers")),
        *(Column(f"month_{n}", name, kind) for n, name in enumerate(months)),
    ]
    return Report(
        "cohorts", _headline(cohorts), columns, rows, _chart(cohorts, width, months),
        incomplete=frozenset(incomplete),
        notes=[
            _("Cells marked with an asterisk are not complete: their month still runs."),
            _("Month 0 is the month of the first purchase. A customer who pauses and comes back counts again."),
            _("The first cohort of a shop holds everybody who had bought before its orders were recorded, too."),
        ],
    )  # fmt: skip


def _cell(cohort: Cohort, n: int, measure: Measure) -> Cell:
    if measure == "customers":
        return cohort.customers[n]
    return cohort.revenue_minor[n] if measure == "revenue" else ratio(cohort.customers[n], cohort.size)


def _headline(cohorts: Sequence[Cohort]) -> Headline:
    """Of those whose first month after is over: who came back in it. Against the six cohorts before the latest six, when
    there are enough people on both sides.
    """
    told = [cohort for cohort in cohorts if len(cohort.customers) > 2]
    latest, earlier = told[-6:], told[-12:-6]
    enough = min(sum(each.size for each in latest), sum(each.size for each in earlier)) >= LEAST_PEOPLE
    return Headline(_("Back in the month after"), _back(latest), _back(earlier) if enough else None, "percent")


def _back(cohorts: Sequence[Cohort]) -> float | None:
    return ratio(sum(each.customers[1] for each in cohorts), sum(each.size for each in cohorts))


def _chart(cohorts: Sequence[Cohort], width: int, months: Sequence[str]) -> Chart | None:
    """Month 0 is always everybody and would take all the colour."""
    if width < 2:
        return None
    series = []
    for cohort in cohorts:
        shares = [ratio(each, cohort.size) for each in cohort.customers[1:]]
        series.append(Series(f"{cohort.month:%Y-%m}", [*shares, *[None] * (width - 1 - len(shares))]))
    return Chart("heatmap", months[1:], series, format="percent")
