"""Figures of the programme: points issued, spent and outstanding, tiers, and what leaves when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count

from customers.models import Customer
from customers.queries import live_customers
from loyalty.models import Adjustment, AdjustmentState, Reconciliation, TierStanding
from loyalty.rules.terms import Ladder
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Members:
    """Customers of the shop, not archived: now, at the beginning of the period, and at the end of each bucket."""

    now: int = 0
    before: int = 0
    at_bucket_ends: Sequence[int] = ()


def member_figures(merchant: Merchant, *, edges: Sequence[datetime]) -> Members:
    """Who is archived today counts in no bucket: the figures answer how today's members came."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT width_bucket(joined_at, %s::timestamptz[]), count(*) FROM customers_customer
            WHERE merchant_id = %s AND archived_at IS NULL GROUP BY 1
            """,
            [list(edges), merchant.pk],
        )
        joined = dict(cursor.fetchall())
    so_far = before = joined.get(0, 0)
    ends = []
    for bucket in range(1, len(edges) + 1):
        so_far += joined.get(bucket, 0)
        ends.append(so_far)
    return Members(so_far, before, ends)


@dataclass(frozen=True, slots=True)
class Points:
    """Spendable points that moved in a period. `spent` is net of returned spends, `taken_back` by refunds and reversals."""

    issued: int = 0
    spent: int = 0
    expired: int = 0
    taken_back: int = 0

    @property
    def net(self) -> int:
        return self.issued - self.spent - self.expired - self.taken_back


@dataclass(frozen=True, slots=True)
class PointsFigures:
    """The period and the one before it; lists have one item per bucket. `outstanding` is what members hold now,
    `after` what moved since the period's end.
    """

    now: Points = Points()
    before: Points = Points()
    after: Points = Points()
    outstanding: int = 0
    arrears: int = 0
    issued: Sequence[int] = ()
    spent: Sequence[int] = ()
    expired: Sequence[int] = ()
    outstanding_at_bucket_ends: Sequence[int] = ()

    @property
    def outstanding_before(self) -> int:
        """At the beginning of the period: balances are the sum of their entries, so what moved since is taken off."""
        return self.outstanding - self.after.net - self.now.net


_POINTS = """
SELECT jsonb_build_object(
    'balances', (SELECT jsonb_build_array(coalesce(sum(balance), 0), coalesce(sum(arrears), 0))
                 FROM loyalty_account WHERE merchant_id = %(merchant)s AND wallet = 'points'),
    'moves', (SELECT jsonb_agg(jsonb_build_array(bucket, kind, points)) FROM (
        SELECT CASE WHEN e.occurred_at >= %(since)s THEN width_bucket(e.occurred_at, %(edges)s::timestamptz[])
                    WHEN e.occurred_at < %(before_until)s THEN -1 ELSE 0 END AS bucket,
               CASE WHEN e.kind = 'adjust' AND e.points > 0 THEN 'bonus' ELSE e.kind END AS kind, sum(e.points) AS points
        FROM loyalty_entry e JOIN loyalty_account a ON a.id = e.account_id
        WHERE e.merchant_id = %(merchant)s AND e.occurred_at >= %(before)s AND a.wallet = 'points'
        GROUP BY 1, 2) s)
)
"""
_ISSUED = ("earn", "bonus", "goodwill")
_SPENT = ("spend", "spend_return")


def points_figures(
    merchant: Merchant, *, edges: Sequence[datetime], until: datetime, before: datetime, before_until: datetime
) -> PointsFigures:
    """Points from the first edge to `until`, in buckets that begin at `edges`, and from `before` to `before_until`."""
    values: dict[str, Any] = {
        "merchant": merchant.pk, "edges": [*edges, until], "since": edges[0], "before": before, "before_until": before_until,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, values)
        (found,) = cursor.fetchone() or ({},)
    answer = found if isinstance(found, dict) else json.loads(found)
    moves: dict[int, dict[str, int]] = {}
    for bucket, kind, points in answer["moves"] or ():
        moves.setdefault(bucket, {})[kind] = int(points)
    outstanding, arrears = (int(each) for each in answer["balances"])
    buckets = [_points(moves.get(n, {})) for n in range(1, len(edges) + 1)]
    now = Points(
        sum(each.issued for each in buckets),
        sum(each.spent for each in buckets),
        sum(each.expired for each in buckets),
        sum(each.taken_back for each in buckets),
    )
    after = _points(moves.get(len(edges) + 1, {}))
    level, ends = outstanding - after.net - now.net, []
    for each in buckets:
        level += each.net
        ends.append(level)
    return PointsFigures(
        now=now,
        before=_points(moves.get(-1, {})),
        after=after,
        outstanding=outstanding,
        arrears=arrears,
        issued=[each.issued for each in buckets],
        spent=[each.spent for each in buckets],
        expired=[each.expired for each in buckets],
        outstanding_at_bucket_ends=ends,
    )


def _points(kinds: dict[str, int]) -> Points:
    rest = {kind: points for kind, points in kinds.items() if kind not in (*_ISSUED, *_SPENT, "expire")}
    return Points(
        issued=sum(kinds.get(kind, 0) for kind in _ISSUED),
        spent=-sum(kinds.get(kind, 0) for kind in _SPENT),
        expired=-kinds.get("expire", 0),
        taken_back=-sum(rest.values()),
    )


def tier_counts(merchant: Merchant, ladder: Ladder) -> list[tuple[str, int, int]]:
    """(tier name, rank from 1, members), lowest first. Members without an account stand on the first step.

    A tier that the ladder no longer has counts as the first, as everywhere.
    """
    found = TierStanding.objects.filter(merchant=merchant, customer__archived_at__isnull=True)
    counts = dict.fromkeys(range(len(ladder.tiers)), 0)
    for code, members in found.values_list("tier").annotate(members=Count("id")):
        counts[ladder.rank(code)] += members
    counts[0] += live_customers(merchant).count() - sum(counts.values())
    return [(tier.name, rank + 1, counts[rank]) for rank, tier in enumerate(ladder.tiers)]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Points that leave before a moment unless they are spent, and how many members hold them."""

    points: int = 0
    members: int = 0


def leaving_before(merchant: Merchant, *, at: datetime, until: datetime) -> Leaving:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(l.remaining), 0), count(DISTINCT l.account_id)
            FROM loyalty_lot l JOIN loyalty_account a ON a.id = l.account_id AND a.wallet = 'points'
            WHERE l.merchant_id = %s AND l.remaining > 0 AND l.expires_at > %s AND l.expires_at <= %s
            """,
            [merchant.pk, at, until],
        )
        points, members = cursor.fetchone() or (0, 0)
    return Leaving(int(points), members)


def leaving_members(merchant: Merchant, *, at: datetime, until: datetime, most: int = 10) -> list[tuple[Customer, int]]:
    """Those who would lose most before `until`: (member, points)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.customer_id, sum(l.remaining)
            FROM loyalty_lot l JOIN loyalty_account a ON a.id = l.account_id AND a.wallet = 'points'
            WHERE l.merchant_id = %s AND l.remaining > 0 AND l.expires_at > %s AND l.expires_at <= %s
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s
            """,
            [merchant.pk, at, until, most],
        )
        found = [(customer_id, int(points)) for customer_id, points in cursor.fetchall()]
    people = live_customers(merchant).in_bulk([customer_id for customer_id, _points in found])
    return [(people[customer_id], points) for customer_id, points in found if customer_id in people]


@dataclass(frozen=True, slots=True)
class Liability:
    """What members hold, by the month it was earned in and by the month it leaves in: "2026-11", local; None: never."""

    by_earning: Sequence[tuple[str, int]]
    by_leaving: Sequence[tuple[str | None, int]]


def liability(merchant: Merchant) -> Liability:
    """All open points of the shop."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT GROUPING(earned), earned, leaves, sum(remaining) FROM (
                SELECT date_trunc('month', l.earned_at AT TIME ZONE %s)::date AS earned,
                       date_trunc('month', (l.expires_at - interval '1 second') AT TIME ZONE %s)::date AS leaves, l.remaining
                FROM loyalty_lot l JOIN loyalty_account a ON a.id = l.account_id AND a.wallet = 'points'
                WHERE l.merchant_id = %s AND l.remaining > 0
            ) open GROUP BY GROUPING SETS ((earned), (leaves)) ORDER BY 1, earned, leaves NULLS LAST
            """,
            [merchant.timezone, merchant.timezone, merchant.pk],
        )
        rows = cursor.fetchall()
    return Liability(
        [(f"{earned:%Y-%m}", int(points)) for by_leaving, earned, _leaves, points in rows if not by_leaving],
        [
            (f"{leaves:%Y-%m}" if leaves else None, int(points))
            for by_leaving, _earned, leaves, points in rows
            if by_leaving
        ],
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """All spendable points there ever were. issued = spent + expired + taken_back + outstanding."""

    issued: int
    spent: int
    expired: int
    outstanding: int
    held: int
    arrears: int
    accounts: int

    @property
    def taken_back(self) -> int:
        return self.issued - self.spent - self.expired - self.outstanding


def totals(merchant: Merchant) -> Totals:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(lifetime_earned), 0), coalesce(sum(lifetime_spent), 0), coalesce(sum(lifetime_expired), 0),
                   coalesce(sum(balance), 0), coalesce(sum(held), 0), coalesce(sum(arrears), 0), count(*)
            FROM loyalty_account WHERE merchant_id = %s AND wallet = 'points'
            """,
            [merchant.pk],
        )
        row: tuple[Any, ...] = cursor.fetchone() or (0,) * 7
    return Totals(*(int(each) for each in row))


def find_latest_proof(merchant: Merchant) -> Reconciliation | None:
    """The latest full check of the books."""
    return Reconciliation.objects.filter(merchant=merchant).order_by("-id").first()


def adjustments_waiting(merchant: Merchant) -> int:
    return Adjustment.objects.filter(merchant=merchant, state=AdjustmentState.WAITING).count()


@dataclass(frozen=True, slots=True)
class NearTier:
    """Members whom one more order would lift to the tier `name`."""

    name: str = ""
    members: int = 0


def one_order_away(merchant: Merchant, ladder: Ladder) -> NearTier:
    """The step that most members would reach by one more order, of whatever amount; none where orders count for no tier."""
    if ladder.match == "both":
        return NearTier()
    nearest = NearTier()
    for below, tier in zip(ladder.tiers, ladder.tiers[1:], strict=False):
        if tier.min_orders is None:
            continue
        members = TierStanding.objects.filter(
            merchant=merchant,
            tier=below.code,
            customer__archived_at__isnull=True,
            customer__accounts__wallet="growth",
            customer__accounts__orders=tier.min_orders - 1,
        ).count()
        if members > nearest.members:
            nearest = NearTier(tier.name, members)
    return nearest
