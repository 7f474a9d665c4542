"""Lifecycle: the shop's rhythm and everybody's stage as SQL, and what the screens ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import LifecycleRhythm, LifecycleStage
from analytics.queries.names import stage_name
from analytics.queries.rfm import BUYERS_THEN, buyers_values
from analytics.rules.lifecycle import LOOK_BACK_DAYS, STAGES, Rhythm, measured_rhythm
from analytics.rules.spans import start_of
from customers.models import Customer
from customers.queries import Selection
from merchants.clock import today
from merchants.models import Merchant

ENOUGH_BUYERS = 20_000  # percentiles of so many do not move by looking at more

_RHYTHM = """
WITH days AS (
    SELECT DISTINCT o.customer_id, (o.placed_at AT TIME ZONE %(zone)s)::date AS day FROM commerce_order o
    WHERE o.merchant_id = %(merchant)s AND o.customer_id %% %(share)s = 0
      AND o.placed_at >= %(since)s AND o.placed_at < %(until)s
      AND o.paid_at IS NOT NULL AND o.cancelled_at IS NULL AND (o.refunded_minor < o.total_minor OR o.total_minor = 0)
), gaps AS (
    SELECT day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days
)
SELECT count(gap), percentile_disc(ARRAY[0.5, 0.8, 0.95]) WITHIN GROUP (ORDER BY gap),
       (SELECT percentile_disc(0.75) WITHIN GROUP (ORDER BY s.orders) FROM commerce_purchasesummary s
        WHERE s.merchant_id = %(merchant)s AND s.orders > 1)
FROM gaps WHERE gap IS NOT NULL
"""
# A row per live buyer. `gap`: from the purchase day before the last one; looked up only where it decides.
_STAGES = """
SELECT b.customer_id AS id,
       CASE WHEN b.days > %(lapsed)s THEN 'lapsed' WHEN b.days > %(cooling)s THEN 'cooling'
            WHEN p.gap > %(lapsed)s THEN 'won_back' WHEN b.orders >= %(loyal)s THEN 'loyal'
            WHEN b.orders <= 1 THEN 'new' ELSE 'active' END AS stage
FROM (
    SELECT s.customer_id, s.orders, (s.last_purchase_at AT TIME ZONE %(zone)s)::date AS day,
           %(today)s - (s.last_purchase_at AT TIME ZONE %(zone)s)::date AS days
    FROM commerce_purchasesummary s
    JOIN customers_customer c ON c.id = s.customer_id AND c.merchant_id = %(merchant)s AND c.archived_at IS NULL
    WHERE s.merchant_id = %(merchant)s AND s.orders > 0 {among}
) b
LEFT JOIN LATERAL (
    SELECT b.day - (o.placed_at AT TIME ZONE %(zone)s)::date AS gap FROM commerce_order o
    WHERE b.days <= %(cooling)s AND b.orders > 1
      AND o.merchant_id = %(merchant)s AND o.customer_id = b.customer_id
      AND o.placed_at < (b.day::timestamp AT TIME ZONE %(zone)s)
      AND o.paid_at IS NOT NULL AND o.cancelled_at IS NULL AND (o.refunded_minor < o.total_minor OR o.total_minor = 0)
    ORDER BY o.placed_at DESC LIMIT 1
) p ON true
"""


def measure_rhythm(merchant: Merchant, *, day: date | None = None) -> Rhythm:
    """The shop's rhythm from the purchases of the two years that end with `day` (None: today)."""
    day = day or today(merchant)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM commerce_purchasesummary WHERE merchant_id = %s AND orders > 1", [merchant.pk]
        )
        (repeaters,) = cursor.fetchone() or (0,)
        cursor.execute(
            _RHYTHM,
            {
                "merchant": merchant.pk,
                "zone": merchant.timezone,
                "share": max(repeaters // ENOUGH_BUYERS, 1),
                "since": start_of(day - timedelta(days=LOOK_BACK_DAYS), merchant.zone),
                "until": start_of(day + timedelta(days=1), merchant.zone),
            },
        )
        gaps, percentiles, many_orders = cursor.fetchone() or (0, None, None)
    median, slow, slowest = percentiles or (0, 0, 0)
    return measured_rhythm(gaps=gaps, median=median, slow=slow, slowest=slowest, many_orders=many_orders or 0)


def stages_selection(merchant: Merchant, rhythm: Rhythm, day: date, *, among: Sequence[int] | None = None) -> Selection:
    """A SELECT of `id` and `stage` for every live buyer, or those of `among`."""
    values: dict[str, Any] = {
        "merchant": merchant.pk,
        "zone": merchant.timezone,
        "today": day,
        "cooling": rhythm.cooling_after_days,
        "lapsed": rhythm.lapsed_after_days,
        "loyal": rhythm.loyal_orders,
        "among": list(among) if among is not None else None,
    }
    narrowed = "" if among is None else "AND s.customer_id = ANY (%(among)s::bigint[])"
    return Selection(_STAGES.format(among=narrowed), values)


def rhythm_kept(row: LifecycleRhythm) -> Rhythm:
    return Rhythm(
        cooling_after_days=row.cooling_after_days,
        lapsed_after_days=row.lapsed_after_days,
        loyal_orders=row.loyal_orders,
        median_gap_days=row.median_gap_days,
        gaps=row.gaps,
        is_assumed=row.is_assumed,
    )


def latest_rhythm(merchant: Merchant) -> LifecycleRhythm | None:
    """None before the first night."""
    return LifecycleRhythm.objects.filter(merchant=merchant).order_by("-day").first()


def stage_history(merchant: Merchant, *, days: int = 90) -> list[LifecycleRhythm]:
    """The last `days` local days that were counted, oldest first."""
    since = today(merchant) - timedelta(days=days - 1)
    return list(LifecycleRhythm.objects.filter(merchant=merchant, day__gte=since).order_by("day"))


@dataclass(frozen=True, slots=True)
class StageFigures:
    stage: str
    name: str
    definition: str
    customers: int
    share: float
    spend_minor: int
    customers_before: int | None = None

    @property
    def change(self) -> int | None:
        return None if self.customers_before is None else self.customers - self.customers_before


def lifecycle_figures(merchant: Merchant, *, before: date | None = None) -> list[StageFigures]:
    """All six stages as they stand, also empty ones; with `before`, beside that day by the same rhythm."""
    row = latest_rhythm(merchant)
    if row is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.stage, count(*), coalesce(sum(s.spend_minor), 0)::bigint
            FROM analytics_lifecyclestage l
            LEFT JOIN commerce_purchasesummary s ON s.customer_id = l.customer_id AND s.merchant_id = %(merchant)s
            WHERE l.merchant_id = %(merchant)s GROUP BY 1
            """,
            {"merchant": merchant.pk},
        )
        present = {stage: (customers, spend) for stage, customers, spend in cursor.fetchall()}
    past = None if before is None else stages_on(merchant, rhythm_kept(row), before)
    everybody = sum(customers for customers, _spend in present.values())
    return [
        StageFigures(
            stage=stage,
            name=stage_name(stage),
            definition=stage_definition(row, stage),
            customers=present.get(stage, (0, 0))[0],
            share=present.get(stage, (0, 0))[0] / everybody if everybody else 0.0,
            spend_minor=present.get(stage, (0, 0))[1],
            customers_before=None if past is None else past.get(stage, 0),
        )
        for stage in STAGES
    ]


def stages_on(merchant: Merchant, rhythm: Rhythm, day: date) -> dict[str, int]:
    """How many customers were in each stage at the end of `day`, from the orders up to it, by this rhythm."""
    statement = f"""
    SELECT CASE WHEN b.days > %(lapsed)s THEN 'lapsed' WHEN b.days > %(cooling)s THEN 'cooling'
                WHEN p.gap > %(lapsed)s THEN 'won_back' WHEN b.orders >= %(loyal)s THEN 'loyal'
                WHEN b.orders <= 1 THEN 'new' ELSE 'active' END, count(*)
    FROM ({BUYERS_THEN}) b
    LEFT JOIN LATERAL (
        SELECT (%(today)s - b.days) - (o.placed_at AT TIME ZONE %(zone)s)::date AS gap FROM commerce_order o
        WHERE b.days <= %(cooling)s AND b.orders > 1
          AND o.merchant_id = %(merchant)s AND o.customer_id = b.customer_id
          AND o.placed_at < ((%(today)s - b.days)::timestamp AT TIME ZONE %(zone)s)
          AND o.paid_at IS NOT NULL AND o.cancelled_at IS NULL
          AND (o.refunded_minor < o.total_minor OR o.total_minor = 0)
        ORDER BY o.placed_at DESC LIMIT 1
    ) p ON true
    GROUP BY 1
    """  # noqa: S608  # our own words
    values = {
        **buyers_values(merchant, day),
        "cooling": rhythm.cooling_after_days,
        "lapsed": rhythm.lapsed_after_days,
        "loyal": rhythm.loyal_orders,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {stage: int(customers) for stage, customers in cursor.fetchall()}


def customers_in_stage(merchant: Merchant, stage: str) -> QuerySet[Customer]:
    """Biggest spend first; stages and summaries at hand."""
    return (
        Customer.objects.filter(merchant=merchant, archived_at=None, lifecycle_stage__stage=stage)
        .select_related("lifecycle_stage", "purchase_summary")
        .order_by("-purchase_summary__spend_minor", "-id")
    )


def stage_of(customer: Customer) -> LifecycleStage | None:
    """None for somebody who never bought, or before the first night."""
    return LifecycleStage.objects.filter(merchant=customer.merchant_id, customer=customer).first()


def stage_definition(rhythm: LifecycleRhythm, stage: str) -> str:
    """What the stage means in this shop, with its own days and orders."""
    days = {
        "cooling": rhythm.cooling_after_days,
        "lapsed": rhythm.lapsed_after_days,
        "orders": rhythm.loyal_orders,
    }
    words = {
        "new": _("One order, within the last %(cooling)s days."),
        "active": _("Two orders or more, the last within %(cooling)s days."),
        "loyal": ngettext(
            "%(orders)s order or more, the last within %(cooling)s days.",
            "%(orders)s orders or more, the last within %(cooling)s days.",
            rhythm.loyal_orders,
        ),
        "cooling": _("The last order was %(cooling)s to %(lapsed)s days ago: longer than four of five waits here."),
        "lapsed": _("No order for more than %(lapsed)s days: longer than 19 of 20 waits here."),
        "won_back": _("Bought within the last %(cooling)s days, after more than %(lapsed)s days without an order."),
    }
    return words[stage] % days
