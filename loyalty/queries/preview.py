"""What other terms would mean: who would change tier, and what the orders of late would have earned. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from customers.models import Customer
from customers.queries import customers_of
from loyalty.rules.earning import evaluate
from loyalty.rules.expiry import lot_expires_at
from loyalty.rules.kinds import Wallet
from loyalty.rules.money import exponent_of
from loyalty.rules.terms import Ladder, Terms
from merchants.clock import now
from merchants.models import Merchant

MOST_ORDERS = 4_000  # in one back-test: about half a second; more orders are sampled evenly
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TierMove:
    """`members` who stand on `before` now and would reach `after`; `rise` < 0 is a fall. `sample`: a few of them."""

    before: str
    after: str
    rise: int
    members: int
    sample: Sequence[Customer]


@dataclass(frozen=True, slots=True)
class TierPreview:
    """The first night's review under a ladder: `staying` members keep their tier, the others move (falls after grace)."""

    staying: int
    moves: Sequence[TierMove]
    counts: Sequence[tuple[str, int]]  # members by tier under the ladder, lowest first


def preview_tiers(merchant: Merchant, current: Ladder, wanted: Ladder) -> TierPreview:
    """Each member's present growth value and orders, held against `wanted`.

    Growth value keeps the window it was earned under, so another window length changes nothing at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.tier, reached.rank - 1, count(*), (array_agg(s.customer_id ORDER BY s.customer_id))[1:%(shown)s]
            FROM loyalty_tierstanding s
            JOIN loyalty_account a ON a.merchant_id = s.merchant_id AND a.customer_id = s.customer_id AND a.wallet = 'growth'
            CROSS JOIN LATERAL (
                SELECT t.rank FROM unnest(%(growth)s::bigint[], %(orders)s::int[]) WITH ORDINALITY AS t(growth, orders, rank)
                WHERE (t.growth IS NULL AND t.orders IS NULL)
                   OR CASE WHEN %(both)s THEN (t.growth IS NULL OR a.balance >= t.growth)
                                          AND (t.orders IS NULL OR a.orders >= t.orders)
                      ELSE coalesce(a.balance >= t.growth, false) OR coalesce(a.orders >= t.orders, false) END
                ORDER BY t.rank DESC LIMIT 1
            ) reached
            WHERE s.merchant_id = %(merchant)s GROUP BY 1, 2
            """,
            {
                "shown": _SHOWN,
                "growth": [tier.min_growth for tier in wanted.tiers],
                "orders": [tier.min_orders for tier in wanted.tiers],
                "both": wanted.match == "both",
                "merchant": merchant.pk,
            },
        )
        rows = cursor.fetchall()
    people = customers_of(merchant).in_bulk([customer for *_rest, sample in rows for customer in sample])
    counts = [0] * len(wanted.tiers)
    moves: list[tuple[int, int, TierMove]] = []
    staying = 0
    for code, reached, members, sample in rows:
        counts[reached] += members
        stands = wanted.rank(code)  # a tier that is gone counts as the first
        gone = all(tier.code != code for tier in wanted.tiers)
        if stands == reached and not gone:
            staying += members
            continue
        move = TierMove(
            current.tier(code).name,
            wanted.tiers[reached].name,
            reached - stands,
            members,
            [people[customer] for customer in sample if customer in people],
        )
        moves.append((current.rank(code), reached, move))
    moves.sort(key=lambda each: each[:2])
    named = [(tier.name, counts[rank]) for rank, tier in enumerate(wanted.tiers)]
    return TierPreview(staying, [move for _before, _after, move in moves], named)


@dataclass(frozen=True, slots=True)
class OrderChange:
    """One past order under both terms."""

    order_id: int
    number: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class BackTest:
    """What the awarded orders of the last `days` would have earned. Of `orders`, `tested` were evaluated; sums are of these."""

    days: int
    orders: int
    tested: int
    points_before: int
    points_after: int
    growth_before: int
    growth_after: int
    more: int  # orders that would earn more points
    less: int
    largest: Sequence[OrderChange]

    @property
    def change(self) -> float | None:
        return (self.points_after - self.points_before) / self.points_before if self.points_before else None

    @property
    def is_sample(self) -> bool:
        return self.tested < self.orders


@dataclass(frozen=True, slots=True)
class _Line:
    net_minor: int
    category_path: str


def back_test(merchant: Merchant, current: Terms, wanted: Terms, *, days: int) -> BackTest:
    """Both terms on the same orders, by the function that awards them, at the tier that each member had then.

    Lines of one category are added up before: contributions are linear in the amount, and conditions look at categories.
    """
    orders, rows = _orders_of_late(merchant, now(merchant) - timedelta(days=days))
    exponent = exponent_of(merchant.currency)
    changes = []
    sums = {Wallet.POINTS: [0, 0], Wallet.GROWTH: [0, 0]}
    for order_id, number, tier, lines in rows:
        parts = [_Line(net, category) for category, net in lines.items()]
        earned = [_earned(terms, parts, tier, exponent) for terms in (current, wanted)]
        for wallet, pair in sums.items():
            pair[0] += earned[0].get(wallet, 0)
            pair[1] += earned[1].get(wallet, 0)
        before, after = (each.get(Wallet.POINTS, 0) for each in earned)
        if before != after:
            changes.append(OrderChange(order_id, number, before, after))
    changes.sort(key=lambda change: -abs(change.after - change.before))
    return BackTest(
        days=days,
        orders=orders,
        tested=len(rows),
        points_before=sums[Wallet.POINTS][0],
        points_after=sums[Wallet.POINTS][1],
        growth_before=sums[Wallet.GROWTH][0],
        growth_after=sums[Wallet.GROWTH][1],
        more=sum(change.after > change.before for change in changes),
        less=sum(change.after < change.before for change in changes),
        largest=changes[:_SHOWN],
    )


def _earned(terms: Terms, lines: Sequence[_Line], tier: str, exponent: int) -> Mapping[Wallet, int]:
    multiplier: Decimal = terms.ladder.tier(tier).multiplier
    earned = evaluate(terms, lines, multiplier=multiplier, exponent=exponent)
    return {wallet: each.points for wallet, each in earned.items()}


def _orders_of_late(merchant: Merchant, since: datetime) -> tuple[int, list[tuple[int, str, str, dict[str, int]]]]:
    """How many awarded orders there are since, and an even sample: (id, number, tier then, {category: minor units})."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH late AS MATERIALIZED (
                SELECT id, number, row_number() OVER (ORDER BY placed_at, id) - 1 AS n, count(*) OVER () AS every
                FROM commerce_order
                WHERE merchant_id = %(merchant)s AND placed_at >= %(since)s AND customer_id IS NOT NULL
                  AND paid_at IS NOT NULL AND cancelled_at IS NULL
            ), sample AS MATERIALIZED (
                SELECT id, number, every FROM late WHERE n %% ((every + %(most)s - 1) / %(most)s) = 0
            )
            SELECT s.every, s.id, s.number, w.tier, parts.categories, parts.nets
            FROM sample s
            CROSS JOIN LATERAL (SELECT tier FROM loyalty_award WHERE order_id = s.id LIMIT 1) w
            CROSS JOIN LATERAL (
                SELECT array_agg(category_path) AS categories, array_agg(net) AS nets FROM (
                    SELECT category_path, sum(net_minor)::bigint AS net
                    FROM commerce_orderline WHERE order_id = s.id GROUP BY category_path) lines
            ) parts
            """,
            {"merchant": merchant.pk, "since": since, "most": MOST_ORDERS},
        )
        rows = cursor.fetchall()
    sample = [
        (order_id, number, tier, dict(zip(categories or (), nets or (), strict=True)))
        for _every, order_id, number, tier, categories, nets in rows
    ]
    return (rows[0][0] if rows else 0), sample


@dataclass(frozen=True, slots=True)
class ExpiryChange:
    """When points earned now would leave, under both terms; None: never. Points earned before keep their own expiry."""

    before: datetime | None
    after: datetime | None


def preview_expiry(merchant: Merchant, current: Terms, wanted: Terms) -> ExpiryChange:
    at = now(merchant)
    before, after = (lot_expires_at(terms.expiry, earned_at=at, zone=merchant.zone) for terms in (current, wanted))
    return ExpiryChange(before, after)
