"""Writing recommendations and pairs, and what is kept out of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from analytics.facts import RecommendationPolicyChanged
from analytics.models import AffinityPair, ModelRun, RecommendationPolicy
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValue
from merchants.models import Actor, Merchant

MOST_CATEGORIES, MOST_SKUS = 200, 5000
_TOO_MANY = gettext_lazy("At most %(most)d entries, each no longer than its name may be.")
Pick = tuple[int, float, str, int | None]  # product id, score, "again" | "new" | "popular", because of product id

_STAGE = """
CREATE TEMPORARY TABLE analytics_staged_picks (customer_id bigint, items jsonb NOT NULL) ON COMMIT DROP
"""
_KEEP_LIVE = """
DELETE FROM analytics_staged_picks s WHERE s.customer_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM customers_customer c WHERE c.merchant_id = %s AND c.id = s.customer_id AND c.archived_at IS NULL)
"""
_UPDATE = """
UPDATE analytics_personalpicks old SET items = s.items, run_id = %(run)s, computed_at = %(at)s
FROM analytics_staged_picks s
WHERE old.merchant_id = %(merchant)s AND s.customer_id IS NOT DISTINCT FROM old.customer_id
  AND old.items IS DISTINCT FROM s.items
"""
_ADD = """
INSERT INTO analytics_personalpicks (merchant_id, customer_id, items, run_id, computed_at)
SELECT %(merchant)s, s.customer_id, s.items, %(run)s, %(at)s FROM analytics_staged_picks s
WHERE NOT EXISTS (
    SELECT FROM analytics_personalpicks old
    WHERE old.merchant_id = %(merchant)s AND old.customer_id IS NOT DISTINCT FROM s.customer_id)
ORDER BY s.customer_id
"""
_DROP = """
DELETE FROM analytics_personalpicks old WHERE old.merchant_id = %s AND NOT EXISTS (
    SELECT FROM analytics_staged_picks s WHERE s.customer_id IS NOT DISTINCT FROM old.customer_id)
"""


@transaction.atomic
def write_picks(run: ModelRun, picks: Iterable[tuple[int | None, Sequence[Pick]]]) -> int:
    """Make these the shop's lists, (customer id, best first); without a customer: for whoever has none. How many differ."""
    merchant = run.merchant
    values: dict[str, Any] = {"merchant": merchant.pk, "run": run.pk, "at": now(merchant)}
    lines = io.StringIO()
    for customer, items in picks:
        lines.write(
            f"{customer if customer is not None else chr(92) + 'N'}\t{json.dumps(items, separators=(',', ':'))}\n"
        )
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS analytics_staged_picks")
        cursor.execute(_STAGE)
        cursor.copy_expert("COPY analytics_staged_picks FROM STDIN", lines)
        cursor.execute(_KEEP_LIVE, [merchant.pk])
        cursor.execute("CREATE UNIQUE INDEX ON analytics_staged_picks (customer_id)")
        cursor.execute("ANALYZE analytics_staged_picks")
        changed = 0
        for statement in (_UPDATE, _ADD):
            cursor.execute(statement, values)
            changed += cursor.rowcount
        cursor.execute(_DROP, [merchant.pk])
        return changed + int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class NewPair:
    """One direction of a pair; counts of orders."""

    product_id: int
    other_id: int
    together: int
    with_product: int
    with_other: int
    in_all: int

    @property
    def confidence(self) -> float:
        return self.together / self.with_product

    @property
    def lift(self) -> float:
        return self.confidence / (self.with_other / self.in_all)


@transaction.atomic
def replace_pairs(run: ModelRun, pairs: Iterable[NewPair]) -> int:
    """Make these the shop's affinity pairs; how many."""
    AffinityPair.objects.filter(merchant=run.merchant).delete()
    rows = [
        AffinityPair(
            merchant=run.merchant, product_id=each.product_id, other_id=each.other_id, orders_together=each.together,
            orders_with_product=each.with_product, orders_with_other=each.with_other, orders_in_all=each.in_all,
            confidence=each.confidence, lift=each.lift, run=run,
        )
        for each in pairs
    ]  # fmt: skip
    AffinityPair.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


@transaction.atomic
def set_recommendation_policy(
    merchant: Merchant, *, excluded_categories: Iterable[str], unavailable_skus: Iterable[str], by: Actor
) -> RecommendationPolicy:
    """What is never recommended from now on; served lists obey at once, new ones are made without it."""
    categories = sorted({each.strip().strip("/") for each in excluded_categories} - {""})
    skus = sorted({each.strip() for each in unavailable_skus} - {""})
    if len(categories) > MOST_CATEGORIES or any(len(each) > 200 for each in categories):
        raise InvalidValue("excluded_categories", _TOO_MANY, most=MOST_CATEGORIES)
    if len(skus) > MOST_SKUS or any(len(each) > 64 for each in skus):
        raise InvalidValue("unavailable_skus", _TOO_MANY, most=MOST_SKUS)
    policy, _made = RecommendationPolicy.objects.filter(merchant=merchant).update_or_create(
        merchant=merchant,
        defaults={"excluded_categories": categories, "unavailable_skus": skus, "updated_at": now(merchant)},
    )
    record(merchant, RecommendationPolicyChanged(len(categories), len(skus)), about=policy, by=by)
    return policy
