"""Scoring a shop's customers by recency, frequency and monetary value, set by set."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from analytics.models import RfmRun
from analytics.queries.planning import whole_shop
from analytics.queries.rfm import BUYERS_NOW, BUYERS_THEN, THRESHOLDS, buyers_values, scores_sql, threshold_values
from analytics.rules.rfm import Thresholds, flat_grid
from customers.actions import write_trait_of
from customers.queries import Selection
from merchants.clock import now, today
from merchants.models import Merchant

# Who stands elsewhere than is written: one join, and only these rows are touched. Without scores: no buyer any more.
_MOVED = """
CREATE TEMP TABLE analytics_rfm_moved ON COMMIT DROP AS
SELECT coalesce(s.customer_id, r.customer_id) AS customer_id, r.id AS row_id, s.recency, s.frequency, s.monetary,
       (%(groups)s::text[])[(s.recency - 1) * 5 + (s.frequency + s.monetary + 1) / 2] AS "group"
FROM (SELECT customer_id, {scores} FROM analytics_rfm_buyers) s
FULL JOIN (
    SELECT id, customer_id, recency, frequency, monetary FROM analytics_rfmscore WHERE merchant_id = %(merchant)s
) r ON r.customer_id = s.customer_id
WHERE (s.recency, s.frequency, s.monetary) IS DISTINCT FROM (r.recency, r.frequency, r.monetary)
"""
_UPDATE = """
UPDATE analytics_rfmscore r
   SET recency = m.recency, frequency = m.frequency, monetary = m.monetary, "group" = m."group", changed_at = %(at)s
  FROM analytics_rfm_moved m WHERE r.merchant_id = %(merchant)s AND r.id = m.row_id AND m.recency IS NOT NULL
"""
_INSERT = """
INSERT INTO analytics_rfmscore (merchant_id, customer_id, recency, frequency, monetary, "group", changed_at)
SELECT %(merchant)s, m.customer_id, m.recency, m.frequency, m.monetary, m."group", %(at)s
  FROM analytics_rfm_moved m WHERE m.row_id IS NULL ORDER BY m.customer_id
"""
_DELETE = """
DELETE FROM analytics_rfmscore r USING analytics_rfm_moved m
 WHERE r.merchant_id = %(merchant)s AND r.id = m.row_id AND m.recency IS NULL
"""
_CELLS = """
SELECT recency, frequency, monetary, count(*), sum(spend_minor)::bigint
FROM (SELECT spend_minor, {scores} FROM analytics_rfm_buyers) s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_MANY = 50_000  # moved customers from which on everybody's trait is looked at instead of theirs


@transaction.atomic
def score_rfm(merchant: Merchant, *, day: date | None = None, from_orders: bool = False) -> RfmRun:
    """Score every buyer as of `day` (None: today), write what differs, and keep the run: thresholds and cells.

    Reads the maintained summaries; `from_orders` reads the orders themselves and comes to the same scores. The trait
    `rfm_group` follows, so that rules and offers of other floors can ask for it.
    """
    started = time.perf_counter()
    day = day or today(merchant)
    values: dict[str, Any] = {**buyers_values(merchant, day), "at": now(merchant), "groups": flat_grid()}
    with whole_shop(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.analytics_rfm_buyers, pg_temp.analytics_rfm_moved")
        cursor.execute(
            "CREATE TEMP TABLE analytics_rfm_buyers ON COMMIT DROP AS " + (BUYERS_THEN if from_orders else BUYERS_NOW),
            values,
        )
        cursor.execute("ANALYZE analytics_rfm_buyers")
        cursor.execute(THRESHOLDS.format(buyers="analytics_rfm_buyers"))
        thresholds = Thresholds(*(tuple(each or (0, 0, 0, 0)) for each in cursor.fetchone() or ((), (), ())))
        values |= threshold_values(thresholds)
        cursor.execute(_CELLS.format(scores=scores_sql()), values)
        cells = [list(row) for row in cursor.fetchall()]
        cursor.execute(_MOVED.format(scores=scores_sql()), values)
        changed = cursor.rowcount
        for statement in (_DELETE, _UPDATE, _INSERT):
            cursor.execute(statement, values)
        cursor.execute("SELECT customer_id FROM analytics_rfm_moved LIMIT %s", [_MANY + 1])
        moved = [customer_id for (customer_id,) in cursor.fetchall()]
    run, _ = RfmRun.objects.update_or_create(
        merchant=merchant,
        day=day,
        defaults={
            "computed_at": now(merchant),
            "customers": sum(cell[3] for cell in cells),
            "changed": changed,
            "seconds": round(time.perf_counter() - started, 3),
            "thresholds": thresholds.as_json(),
            "cells": cells,
        },
    )
    write_rfm_groups(merchant, among=moved if len(moved) <= _MANY else None)
    return run


def write_rfm_groups(merchant: Merchant, *, among: Sequence[int] | None = None) -> int:
    """The trait `rfm_group` of every scored customer, or those of `among`; how many differed."""
    narrowed = "" if among is None else " AND r.customer_id = ANY (%(among)s::bigint[])"
    computed = Selection(
        'SELECT r.customer_id AS id, r."group"::text AS value FROM analytics_rfmscore r '  # noqa: S608  # our own words
        f"WHERE r.merchant_id = %(merchant)s{narrowed}",
        {"merchant": merchant.pk, "among": None if among is None else list(among)},
    )
    return write_trait_of(merchant, "rfm_group", computed, source="analytics", whole=among is None, among=among)
