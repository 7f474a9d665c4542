"""Writing down where customers are in their life with the shop; transitions are facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from analytics.facts import StageChanged
from analytics.models import LifecycleRhythm
from analytics.queries.lifecycle import latest_rhythm, measure_rhythm, rhythm_kept, stages_selection
from analytics.queries.planning import whole_shop
from analytics.rules.lifecycle import STAGES, Rhythm
from customers.actions import write_trait_of
from customers.queries import Selection
from events.actions import Recorded, record_many
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant

_AT_ONCE = 5000
_MANY = 50_000  # moved customers from which on everybody's trait is looked at instead of theirs
_WRITE = """
WITH staged AS MATERIALIZED ({staged}),
moved AS (
    UPDATE analytics_lifecyclestage l SET stage = s.stage, since = %(at)s
      FROM staged s JOIN analytics_lifecyclestage was ON was.customer_id = s.id AND was.merchant_id = %(merchant)s
     WHERE l.id = was.id AND was.stage <> s.stage
    RETURNING l.customer_id, was.stage AS before, s.stage AS after
), come AS (
    INSERT INTO analytics_lifecyclestage (merchant_id, customer_id, stage, since)
    SELECT %(merchant)s, s.id, s.stage, %(at)s FROM staged s
     WHERE NOT EXISTS (SELECT FROM analytics_lifecyclestage l WHERE l.customer_id = s.id AND l.merchant_id = %(merchant)s)
     ORDER BY s.id
    ON CONFLICT (customer_id) DO NOTHING
    RETURNING customer_id, '' AS before, stage AS after
), gone AS (
    DELETE FROM analytics_lifecyclestage l
     WHERE l.merchant_id = %(merchant)s {within} AND NOT EXISTS (SELECT FROM staged s WHERE s.id = l.customer_id)
    RETURNING l.customer_id, l.stage AS before, '' AS after
)
SELECT customer_id, before, after FROM moved
UNION ALL SELECT customer_id, before, after FROM come
UNION ALL SELECT customer_id, before, after FROM gone
ORDER BY customer_id
"""


@transaction.atomic
def stage_customers(merchant: Merchant, *, day: date | None = None) -> LifecycleRhythm:
    """Measure the shop's rhythm, move every customer to their stage as of `day` (None: today), and keep the figures.

    The first time nobody moved: the shop only began to look, and no transition is told.
    """
    day = day or today(merchant)
    is_first = latest_rhythm(merchant) is None
    with whole_shop():
        rhythm = measure_rhythm(merchant, day=day)
        moved = _write(merchant, rhythm, day, tell=not is_first)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stage, count(*) FROM analytics_lifecyclestage WHERE merchant_id = %s GROUP BY 1", [merchant.pk]
        )
        found = dict(cursor.fetchall())
    row, _ = LifecycleRhythm.objects.update_or_create(
        merchant=merchant,
        day=day,
        defaults={
            "computed_at": now(merchant),
            "gaps": rhythm.gaps,
            "median_gap_days": rhythm.median_gap_days,
            "cooling_after_days": rhythm.cooling_after_days,
            "lapsed_after_days": rhythm.lapsed_after_days,
            "loyal_orders": rhythm.loyal_orders,
            "is_assumed": rhythm.is_assumed,
            "counts": {stage: found.get(stage, 0) for stage in STAGES},
        },
    )
    _write_traits(merchant, moved if len(moved) <= _MANY else None)
    return row


@transaction.atomic
def restage_customers(merchant: Merchant, customer_ids: Sequence[int]) -> int:
    """Look at some customers again by the rhythm as it was measured last; how many moved. None before the first night."""
    kept = latest_rhythm(merchant)
    if kept is None or not customer_ids:
        return 0
    moved = _write(merchant, rhythm_kept(kept), today(merchant), tell=True, among=customer_ids)
    if moved:
        _write_traits(merchant, moved)
    return len(moved)


def _write(
    merchant: Merchant, rhythm: Rhythm, day: date, *, tell: bool, among: Sequence[int] | None = None
) -> list[int]:
    """The ids of those who moved."""
    staged = stages_selection(merchant, rhythm, day, among=among)
    within = "" if among is None else "AND l.customer_id = ANY (%(among)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(_WRITE.format(staged=staged.sql, within=within), {**staged.values, "at": now(merchant)})
        moved = cursor.fetchall()
    if tell:
        for start in range(0, len(moved), _AT_ONCE):
            facts = [
                Recorded(StageChanged(before, after), ("customers.customer", customer_id))
                for customer_id, before, after in moved[start : start + _AT_ONCE]
            ]
            record_many(merchant, facts, by=SYSTEM)
    return [customer_id for customer_id, _before, _after in moved]


def _write_traits(merchant: Merchant, among: Sequence[int] | None) -> int:
    narrowed = "" if among is None else " AND l.customer_id = ANY (%(among)s::bigint[])"
    computed = Selection(
        "SELECT l.customer_id AS id, l.stage::text AS value FROM analytics_lifecyclestage l "  # noqa: S608  # our own words
        f"WHERE l.merchant_id = %(merchant)s{narrowed}",
        {"merchant": merchant.pk, "among": list(among) if among is not None else None},
    )
    return write_trait_of(merchant, "lifecycle_stage", computed, source="analytics", whole=among is None, among=among)
