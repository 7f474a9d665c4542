"""RFM: the scoring as SQL, its grids now and then, and who stands in a cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import QuerySet

from analytics.models import RfmRun, RfmScore
from analytics.queries.names import RFM_GROUPS, RfmGroup, rfm_group_name
from analytics.queries.planning import whole_shop
from analytics.rules.rfm import SCORES, Thresholds, fm_of, group_of
from analytics.rules.segment_tree import of_json
from analytics.rules.spans import start_of
from customers.models import Customer
from merchants.clock import today
from merchants.models import Merchant

__all__ = ["RFM_GROUPS", "RfmGroup", "rfm_group_name"]

# What every live buyer bought until now, as it is kept (`days`: since the last purchase day, by the shop's calendar).
BUYERS_NOW = """
SELECT s.customer_id, greatest(%(today)s - (s.last_purchase_at AT TIME ZONE %(zone)s)::date, 0) AS days,
       s.orders, s.spend_minor
FROM commerce_purchasesummary s
JOIN customers_customer c ON c.id = s.customer_id AND c.merchant_id = %(merchant)s AND c.archived_at IS NULL
WHERE s.merchant_id = %(merchant)s AND s.orders > 0
"""
# The same from the orders placed before a moment, with what is known of them today.
BUYERS_THEN = """
SELECT o.customer_id, greatest(%(today)s - (max(o.placed_at) AT TIME ZONE %(zone)s)::date, 0) AS days,
       count(*) AS orders, sum(o.total_minor - o.refunded_minor)::bigint AS spend_minor
FROM commerce_order o
JOIN customers_customer c ON c.id = o.customer_id AND c.merchant_id = %(merchant)s AND c.archived_at IS NULL
WHERE o.merchant_id = %(merchant)s AND o.placed_at < %(until)s AND o.paid_at IS NOT NULL AND o.cancelled_at IS NULL
  AND (o.refunded_minor < o.total_minor OR o.total_minor = 0)
GROUP BY o.customer_id
"""
# One sort per measure; equal values are equal to percentile_disc, whatever order the rows come in.
THRESHOLDS = """
SELECT percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY days),
       percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY orders),
       percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY spend_minor)
FROM {buyers} b
"""


def scores_sql() -> str:
    """The three scores of a row with `days`, `orders` and `spend_minor`; thresholds are bound as t_r1 … t_m4."""
    worse = " - ".join(f"(days > %(t_r{n})s)::int" for n in range(1, 5))
    more = " + ".join(f"(orders > %(t_f{n})s)::int" for n in range(1, 5))
    dearer = " + ".join(f"(spend_minor > %(t_m{n})s)::int" for n in range(1, 5))
    return f"5 - {worse} AS recency, 1 + {more} AS frequency, 1 + {dearer} AS monetary"


def threshold_values(thresholds: Thresholds) -> dict[str, int]:
    named = (("r", thresholds.recency), ("f", thresholds.frequency), ("m", thresholds.monetary))
    return {f"t_{letter}{n}": value for letter, values in named for n, value in enumerate(values, start=1)}


def buyers_values(merchant: Merchant, day: date) -> dict[str, Any]:
    """What BUYERS_NOW and BUYERS_THEN are bound to, at the end of a local day."""
    return {
        "merchant": merchant.pk,
        "today": day,
        "zone": merchant.timezone,
        "until": start_of(day + timedelta(days=1), merchant.zone),
    }


Cell = tuple[int, int, int, int, int]  # recency, frequency, monetary, customers, spend_minor


@transaction.atomic
def cells_on(merchant: Merchant, day: date, thresholds: Thresholds) -> list[Cell]:
    """How many customers stood in each cell at the end of `day`, by the same yardstick: these `thresholds`."""
    statement = (
        f"SELECT recency, frequency, monetary, count(*), sum(spend_minor)::bigint "  # noqa: S608
        f"FROM (SELECT {scores_sql()}, spend_minor FROM ({BUYERS_THEN}) b) s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    with whole_shop(), connection.cursor() as cursor:
        cursor.execute(statement, {**buyers_values(merchant, day), **threshold_values(thresholds)})
        return [tuple(row) for row in cursor.fetchall()]


def latest_rfm(merchant: Merchant) -> RfmRun | None:
    """The last scoring; None before the first night."""
    return RfmRun.objects.filter(merchant=merchant).order_by("-day").first()


@dataclass(frozen=True, slots=True)
class RfmCell:
    """`share` of all buyers; `customers_before` and `change` (now less before) where an earlier day was asked for."""

    recency: int
    score: int
    customers: int
    share: float
    spend_minor: int
    customers_before: int | None = None

    @property
    def change(self) -> int | None:
        return None if self.customers_before is None else self.customers - self.customers_before


@dataclass(frozen=True, slots=True)
class RfmGrid:
    """`rows`: recency 5 to 1, each with the scores 1 to 5 of `axis`."""

    run: RfmRun
    axis: str
    before: date | None
    rows: Sequence[Sequence[RfmCell]]
    customers: int
    customers_before: int | None


def rfm_grid(merchant: Merchant, *, axis: str = "frequency", before: date | None = None) -> RfmGrid | None:
    """The latest scoring as recency × `axis` ("frequency" or "monetary"); with `before`, beside that day's end.

    An earlier day is measured by today's thresholds: percentiles of its own would hide that everybody moved.
    """
    run = latest_rfm(merchant)
    if run is None:
        return None
    place = 1 if axis == "frequency" else 2
    present = _by(run.cells, lambda cell: (cell[0], cell[place]))
    past = None if before is None else _by(_cells_before(run, merchant, before), lambda cell: (cell[0], cell[place]))
    rows = [
        [
            RfmCell(
                recency=recency,
                score=score,
                customers=present.get((recency, score), (0, 0))[0],
                share=present.get((recency, score), (0, 0))[0] / run.customers if run.customers else 0.0,
                spend_minor=present.get((recency, score), (0, 0))[1],
                customers_before=None if past is None else past.get((recency, score), (0, 0))[0],
            )
            for score in SCORES
        ]
        for recency in reversed(SCORES)
    ]
    gone = None if past is None else sum(customers for customers, _ in past.values())
    return RfmGrid(run, axis, before, rows, run.customers, gone)


@dataclass(frozen=True, slots=True)
class RfmGroupFigures:
    group: RfmGroup
    customers: int
    share: float
    spend_minor: int
    customers_before: int | None = None

    @property
    def change(self) -> int | None:
        return None if self.customers_before is None else self.customers - self.customers_before


def rfm_groups(merchant: Merchant, *, before: date | None = None) -> list[RfmGroupFigures]:
    """All eleven groups, from champions to lost, also empty ones; nothing before the first scoring."""
    run = latest_rfm(merchant)
    if run is None:
        return []
    present = _by(run.cells, lambda cell: group_of(*cell[:3]))
    past = None if before is None else _by(_cells_before(run, merchant, before), lambda cell: group_of(*cell[:3]))
    return [
        RfmGroupFigures(
            group=group,
            customers=present.get(group.code, (0, 0))[0],
            share=present.get(group.code, (0, 0))[0] / run.customers if run.customers else 0.0,
            spend_minor=present.get(group.code, (0, 0))[1],
            customers_before=None if past is None else past.get(group.code, (0, 0))[0],
        )
        for group in RFM_GROUPS
    ]


def _by(cells: Iterable[Sequence[int]], key: Any) -> dict[Any, tuple[int, int]]:
    found: dict[Any, tuple[int, int]] = {}
    for cell in cells:
        customers, spend = found.get(key(cell), (0, 0))
        found[key(cell)] = (customers + cell[3], spend + cell[4])
    return found


def _cells_before(run: RfmRun, merchant: Merchant, before: date) -> list[Cell]:
    """Reads every order up to that day: once for each scoring and day."""
    key = f"rfm:{run.pk}:{run.computed_at.timestamp()}:{before.isoformat()}"
    found: list[Cell] | None = cache.get(key)
    if found is None:
        found = cells_on(merchant, before, Thresholds.of_json(run.thresholds))
        cache.set(key, found, 86_400)
    return found


def customers_in_cell(
    merchant: Merchant,
    *,
    recency: int | None = None,
    frequency: int | None = None,
    monetary: int | None = None,
    group: str | None = None,
) -> QuerySet[Customer]:
    """Who stands there, biggest spend first; what is None is not asked. Scores and summaries at hand."""
    asked = {"recency": recency, "frequency": frequency, "monetary": monetary, "group": group}
    given = {f"rfm_score__{name}": value for name, value in asked.items() if value is not None}
    return (
        Customer.objects.filter(merchant=merchant, archived_at=None, rfm_score__isnull=False, **given)
        .select_related("rfm_score", "purchase_summary")
        .order_by("-purchase_summary__spend_minor", "-id")
    )


def cell_tree(
    *, recency: int | None = None, frequency: int | None = None, monetary: int | None = None, group: str | None = None
) -> Any:
    """The tree of "make a segment from this cell": who stands there tomorrow is in it tomorrow."""
    asked = {"recency": recency, "frequency": frequency, "monetary": monetary}
    document: dict[str, Any] = {name: [value] for name, value in asked.items() if value is not None}
    if group is not None:
        document["groups"] = [group]
    return of_json({"kind": "rfm", **document})


def rfm_of(customer: Customer) -> RfmScore | None:
    return RfmScore.objects.filter(merchant=customer.merchant_id, customer=customer).first()


def fm_score(score: RfmScore) -> int:
    """The mean of frequency and monetary score, halves up: the second half of the group's name."""
    return fm_of(score.frequency, score.monetary)


def compared_day(merchant: Merchant, days: int) -> date:
    """The day that "compared with `days` days ago" means."""
    return today(merchant) - timedelta(days=days)


def computed_on(run: RfmRun, merchant: Merchant) -> datetime:
    return run.computed_at.astimezone(merchant.zone)
