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


# Buckets of the period count from 1, those of the period before from −1 downwards.
_FIGURES = """
WITH counted AS MATERIALIZED (
    SELECT customer_id, channel, total_minor - refunded_minor AS net,
           CASE WHEN placed_at >= %(since)s THEN width_bucket(placed_at, %(edges)s::timestamptz[])
                ELSE -width_bucket(placed_at, %(edges_before)s::timestamptz[]) END AS bucket
    FROM commerce_order
    WHERE merchant_id = %(merchant)s AND placed_at >= %(before)s AND placed_at < %(until)s
      AND (placed_at >= %(since)s OR placed_at < %(before_until)s)
      AND paid_at IS NOT NULL AND cancelled_at IS NULL AND (refunded_minor < total_minor OR total_minor = 0)
), bought AS MATERIALIZED (
    SELECT bucket, customer_id, count(*) AS orders, sum(net) AS net FROM counted GROUP BY bucket, customer_id
), buyers AS (
    SELECT bucket > 0 AS now, customer_id, sum(orders) AS orders
    FROM bought WHERE customer_id IS NOT NULL GROUP BY 1, customer_id
)
SELECT jsonb_build_object(
    'buckets', (SELECT jsonb_agg(jsonb_build_array(bucket, orders, net, buyers)) FROM (
        SELECT bucket, sum(orders) AS orders, sum(net) AS net, count(customer_id) AS buyers
        FROM bought GROUP BY bucket) s),
    'buyers', (SELECT jsonb_agg(jsonb_build_array(now, buyers, again)) FROM (
        SELECT now, count(*) AS buyers, count(*) FILTER (WHERE orders > 1) AS again FROM buyers GROUP BY now) s),
    'channels', (SELECT jsonb_agg(jsonb_build_array(channel, orders, net) ORDER BY net DESC) FROM (
        SELECT channel, count(*) AS orders, sum(net) AS net FROM counted WHERE bucket > 0 GROUP BY channel) s)
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
    buckets = {bucket: (orders, int(net), buyers) for bucket, orders, net, buyers in answer["buckets"] or ()}
    people = {now: (buyers, again) for now, buyers, again in answer["buyers"] or ()}
    present = [buckets.get(n, (0, 0, 0)) for n in range(1, len(edges) + 1)]
    past = [buckets.get(-n, (0, 0, 0)) for n in range(1, len(edges_before) + 1)]
    return SalesFigures(
        now=Sales(sum(row[0] for row in present), sum(row[1] for row in present), *people.get(True, (0, 0))),
        before=Sales(sum(row[0] for row in past), sum(row[1] for row in past), *people.get(False, (0, 0))),
        orders=[row[0] for row in present],
        revenue_minor=[row[1] for row in present],
        buyers=[row[2] for row in present],
        revenue_before_minor=[row[1] for row in past],
        by_channel=[(channel, orders, int(net)) for channel, orders, net in answer["channels"] or ()],
    )
