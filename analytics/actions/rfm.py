"""Scoring a shop's customers by recency, frequency and monetary value, set by set."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from django.db import connection, transaction

from analytics.models import RfmRun
from analytics.queries.rfm import BUYERS_NOW, BUYERS_THEN, THRESHOLDS, buyers_values, scores_sql, threshold_values
from analytics.rules.rfm import Thresholds, flat_grid
from customers.actions import write_trait_of
from customers.queries import Selection
from merchants.clock import now, today
from merchants.models import Merchant

_STAGED = """
CREATE TEMP TABLE analytics_rfm_staged ON COMMIT DROP AS
SELECT customer_id, spend_minor, recency, frequency, monetary,
       (%(groups)s::text[])[(recency - 1) * 5 + (frequency + monetary + 1) / 2] AS "group"
FROM (SELECT customer_id, spend_minor, {scores} FROM analytics_rfm_buyers) s
"""
_UPDATE = """
UPDATE analytics_rfmscore r
   SET recency = s.recency, frequency = s.frequency, monetary = s.monetary, "group" = s."group", changed_at = %(at)s
  FROM analytics_rfm_staged s
 WHERE r.merchant_id = %(merchant)s AND r.customer_id = s.customer_id
   AND (r.recency, r.frequency, r.monetary) IS DISTINCT FROM (s.recency, s.frequency, s.monetary)
"""
_INSERT = """
INSERT INTO analytics_rfmscore (merchant_id, customer_id, recency, frequency, monetary, "group", changed_at)
SELECT %(merchant)s, s.customer_id, s.recency, s.frequency, s.monetary, s."group", %(at)s
  FROM analytics_rfm_staged s
 WHERE NOT EXISTS (
    SELECT FROM analytics_rfmscore r WHERE r.merchant_id = %(merchant)s AND r.customer_id = s.customer_id)
 ORDER BY s.customer_id
"""
_DELETE = """
DELETE FROM analytics_rfmscore r
 WHERE r.merchant_id = %(merchant)s
   AND NOT EXISTS (SELECT FROM analytics_rfm_staged s WHERE s.customer_id = r.customer_id)
"""
_CELLS = """
SELECT recency, frequency, monetary, count(*), sum(spend_minor)::bigint
FROM analytics_rfm_staged GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@transaction.atomic
def score_rfm(merchant: Merchant, *, day: date | None = None, from_orders: bool = False) -> RfmRun:
    """Score every buyer as of `day` (None: today), write what differs, and keep the run: thresholds and cells.

    Reads the maintained summaries; `from_orders` reads the orders themselves and comes to the same scores. The trait
    `rfm_group` follows, so that rules and offers of other floors can ask for it.
    """
    started = time.perf_counter()
    day = day or today(merchant)
    values: dict[str, Any] = {**buyers_values(merchant, day), "at": now(merchant), "groups": flat_grid()}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.analytics_rfm_buyers, pg_temp.analytics_rfm_staged")
        cursor.execute(
            "CREATE TEMP TABLE analytics_rfm_buyers ON COMMIT DROP AS " + (BUYERS_THEN if from_orders else BUYERS_NOW),
            values,
        )
        cursor.execute(THRESHOLDS.format(buyers="analytics_rfm_buyers"))
        found = [tuple(each or (0, 0, 0, 0)) for each in cursor.fetchone() or ((), (), ())]
        thresholds = Thresholds(*found)
        cursor.execute(_STAGED.format(scores=scores_sql()), {**values, **threshold_values(thresholds)})
        cursor.execute("ANALYZE analytics_rfm_staged")
        changed = 0
        for statement in (_DELETE, _UPDATE, _INSERT):
            cursor.execute(statement, values)
            changed += cursor.rowcount
        cursor.execute(_CELLS)
        cells = [list(row) for row in cursor.fetchall()]
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
    write_rfm_groups(merchant, whole=True)
    return run


def write_rfm_groups(merchant: Merchant, *, whole: bool = False) -> int:
    """The trait `rfm_group` of every scored customer; how many differed."""
    computed = Selection(
        'SELECT r.customer_id AS id, r."group"::text AS value FROM analytics_rfmscore r WHERE r.merchant_id = %(merchant)s',
        {"merchant": merchant.pk},
    )
    return write_trait_of(merchant, "rfm_group", computed, source="analytics", whole=whole)
