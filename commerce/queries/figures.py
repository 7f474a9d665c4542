"""Sales figures of a period, bucket by bucket, in one pass over its orders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Sales:
    """What was bought in a period. `repurchase_rate` is None when nobody bought.

    `orders`: placed in the period, paid, and neither cancelled nor refunded whole. `revenue_minor`: what they cost,
    shipping included, less refunds. `buyers`: different customers among them; guests have no name and count only as
    orders. `returning`: buyers with two or more of these orders.
    """

    orders: int = 0
    revenue_minor: int = 0
    buyers: int = 0
    returning: int = 0

    @property
    def repurchase_rate(self) -> float | None:
        return self.returning / self.buyers if self.buyers else None


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """The period and the one before it; the lists have one item per bucket. `by_channel`: (channel, orders, minor units)."""

    now: Sales = Sales()
    before: Sales = Sales()
    orders: Sequence[int] = ()
    revenue_minor: Sequence[int] = ()
    buyers: Sequence[int] = ()
    revenue_before_minor: Sequence[int] = ()
    by_channel: Sequence[tuple[str, int, int]] = field(default=())


_FIGURES = """
WITH counted AS MATERIALIZED (
    SELECT customer_id, channel, total_minor - refunded_minor AS net,
           width_bucket(placed_at, %(edges)s::timestamptz[]) AS bucket,
           width_bucket(placed_at, %(edges_before)s::timestamptz[]) AS bucket_before,
           placed_at >= %(since)s AS now
    FROM commerce_order
    WHERE merchant_id = %(merchant)s AND placed_at >= %(before)s AND placed_at < %(until)s
      AND (placed_at >= %(since)s OR placed_at < %(before_until)s)
      AND paid_at IS NOT NULL AND cancelled_at IS NULL AND (refunded_minor < total_minor OR total_minor = 0)
), customers AS (
    SELECT now, customer_id, count(*) AS orders FROM counted WHERE customer_id IS NOT NULL GROUP BY now, customer_id
)
SELECT jsonb_build_object(
    'sums', (SELECT jsonb_object_agg(CASE WHEN now THEN 'now' ELSE 'before' END, jsonb_build_array(n, net)) FROM (
        SELECT now, count(*) AS n, sum(net) AS net FROM counted GROUP BY now) s),
    'buyers', (SELECT jsonb_object_agg(CASE WHEN now THEN 'now' ELSE 'before' END, jsonb_build_array(n, again)) FROM (
        SELECT now, count(*) AS n, count(*) FILTER (WHERE orders > 1) AS again FROM customers GROUP BY now) s),
    'buckets', (SELECT jsonb_agg(jsonb_build_array(bucket, n, net, buyers)) FROM (
        SELECT bucket, count(*) AS n, sum(net) AS net, count(DISTINCT customer_id) AS buyers
        FROM counted WHERE now GROUP BY bucket) s),
    'buckets_before', (SELECT jsonb_agg(jsonb_build_array(bucket_before, net)) FROM (
        SELECT bucket_before, sum(net) AS net FROM counted WHERE NOT now GROUP BY bucket_before) s),
    'channels', (SELECT jsonb_agg(jsonb_build_array(channel, n, net) ORDER BY net DESC) FROM (
        SELECT channel, count(*) AS n, sum(net) AS net FROM counted WHERE now GROUP BY channel) s)
)
"""


def sales_figures(
    merchant: Merchant,
    *,
    edges: Sequence[datetime],
    until: datetime,
    edges_before: Sequence[datetime],
    before_until: datetime,
) -> SalesFigures:
    """Sales between the first edge and `until`, in buckets that begin at `edges`; and of an earlier period likewise."""
    values: dict[str, Any] = {
        "merchant": merchant.pk,
        "edges": list(edges),
        "edges_before": list(edges_before),
        "since": edges[0],
        "until": until,
        "before": edges_before[0],
        "before_until": before_until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, values)
        (found,) = cursor.fetchone() or ({},)
    answer = found if isinstance(found, dict) else json.loads(found)
    buckets = {bucket: rest for bucket, *rest in answer["buckets"] or ()}
    before = dict(answer["buckets_before"] or ())
    every = range(1, len(edges) + 1)
    return SalesFigures(
        now=_sales(answer, "now"),
        before=_sales(answer, "before"),
        orders=[buckets.get(n, (0, 0, 0))[0] for n in every],
        revenue_minor=[int(buckets.get(n, (0, 0, 0))[1]) for n in every],
        buyers=[buckets.get(n, (0, 0, 0))[2] for n in every],
        revenue_before_minor=[int(before.get(n, 0)) for n in range(1, len(edges_before) + 1)],
        by_channel=[(channel, orders, int(net)) for channel, orders, net in answer["channels"] or ()],
    )


def _sales(answer: dict[str, Any], period: str) -> Sales:
    orders, net = (answer["sums"] or {}).get(period, (0, 0))
    buyers, returning = (answer["buyers"] or {}).get(period, (0, 0))
    return Sales(orders, int(net), buyers, returning)
