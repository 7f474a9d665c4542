"""What a shop with a million customers and ten million orders costs: RFM, lifecycle, fifty segments, one event."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import psycopg2
from django.db import connection

from analytics.actions.lifecycle import stage_customers
from analytics.actions.membership import drain_dirty, fill_new_segments, mark_dirty, reconcile_segments
from analytics.actions.rfm import score_rfm, write_rfm_groups
from analytics.actions.segments import create_segment
from analytics.models import Segment
from analytics.queries.membership import count_tree
from analytics.queries.rfm import cells_on, latest_rfm
from analytics.rules.rfm import Thresholds
from analytics.rules.segment_tree import of_json
from customers.models import Customer
from merchants.clock import today
from merchants.models import SYSTEM, Merchant
from tests.benchmarks.members import members_shop, owner_url
from tests.benchmarks.report import Report, say

Value = TypeVar("Value")
# One to nineteen orders a customer, ten on average, over two years; a line each. The last of them make the recency.
_ORDERS = """
INSERT INTO commerce_order (
    merchant_id, number, customer_id, source, channel, currency, discount_minor, shipping_minor, total_minor, refunded_minor,
    placed_at, paid_at, fingerprint, recorded_at)
SELECT c.merchant_id, c.number || '-' || k, c.id, 'bench', (ARRAY['online', 'store', 'mini_program'])[1 + (c.id + k) %% 3],
       'CNY', 0, 0, 500 + (c.id * 7919 + k * 104729) %% 50000, 0, at, at, '', at
FROM customers_customer c,
     generate_series(1, 1 + (c.id * 2654435761 %% 19)::int) k,
     LATERAL (SELECT now() - ((c.id * 31 + k * k * 17) %% 730) * interval '1 day' - k * interval '1 minute' AS at) moment
WHERE c.merchant_id = %(merchant)s AND c.number >= %(first)s AND c.number < %(last)s;
"""
_LINES = """
INSERT INTO commerce_orderline (
    merchant_id, order_id, position, sku, name, category_path, quantity, unit_price_minor, discount_minor, net_minor)
SELECT o.merchant_id, o.id, 0, '', '', (ARRAY['茶/绿茶', '茶/红茶', '茶具', '点心'])[1 + o.id %% 4], 1, o.total_minor, 0,
       o.total_minor
FROM commerce_order o WHERE o.merchant_id = %(merchant)s AND o.id %% 5 = 0;
INSERT INTO commerce_purchasesummary (
    merchant_id, customer_id, orders, spend_minor, refunded_minor, first_purchase_at, last_purchase_at)
SELECT %(merchant)s, * FROM commerce_true_summaries(%(merchant)s);
INSERT INTO customers_consent (
    merchant_id, customer_id, purpose, channel, decision, text_version, source, actor_kind, actor_name, occurred_at, recorded_at)
SELECT c.merchant_id, c.id, 'offers', channel, CASE WHEN c.id %% 5 = 0 THEN 'withdrawn' ELSE 'given' END, '', 'bench', 'system',
       '', now(), now()
FROM customers_customer c, unnest(ARRAY['email', 'wechat']) channel WHERE c.merchant_id = %(merchant)s;
"""
_TABLES = (
    "commerce_order",
    "commerce_orderline",
    "commerce_purchasesummary",
    "customers_consent",
    "customers_customer",
)
_CHUNK = 50_000
# One in a hundred bought since.
_A_DAY_LATER = """
UPDATE commerce_purchasesummary SET orders = orders + 1, spend_minor = spend_minor + 9900, last_purchase_at = now()
WHERE merchant_id = %(merchant)s AND customer_id %% 100 = 7
"""

_AS_IT_WAS = """
UPDATE commerce_purchasesummary s
   SET orders = t.orders, spend_minor = t.spend_minor, last_purchase_at = t.last_purchase_at
  FROM commerce_true_summaries(%(merchant)s, ARRAY(
    SELECT customer_id FROM commerce_purchasesummary WHERE merchant_id = %(merchant)s AND customer_id %% 100 = 7)) t
 WHERE s.merchant_id = %(merchant)s AND s.customer_id = t.customer_id
"""


def run(report: Report, *, customers: int) -> None:
    shop = insight_shop(f"bench-insight-{customers}", customers)
    _rfm(report, shop, customers)
    _lifecycle(report, shop)
    _segments(report, shop, customers)


def _rfm(report: Report, shop: Merchant, customers: int) -> None:
    _execute(_AS_IT_WAS, shop)
    first, took = _timed(lambda: score_rfm(shop))
    say(f"    first scoring wrote {first.changed:,} rows and as many traits in {took:.1f} s")
    _vacuum("analytics_rfmscore", "customers_trait")
    run = latest_rfm(shop)
    assert run is not None
    thresholds = Thresholds.of_json(run.thresholds)
    cells, took = _timed(lambda: cells_on(shop, today(shop), thresholds))
    report.below(f"RFM of {customers:,} from their orders", took, "s", least=6 * customers / 1e6 + 0.2)
    assert [list(cell) for cell in cells] == run.cells
    _, took = _timed(lambda: score_rfm(shop, from_orders=True))
    report.below("RFM from orders, thresholds and write-back", took, "s", least=8 * customers / 1e6 + 0.4)
    _execute(_A_DAY_LATER, shop)
    again, took = _timed(lambda: score_rfm(shop))
    say(f"    {again.changed:,} customers moved")
    report.below("RFM the night after (1 % bought), all", took, "s", least=4 * customers / 1e6 + 0.2)
    report.below("    of it: scores from summaries", again.seconds, "s", least=2 * customers / 1e6 + 0.2)
    _, took = _timed(lambda: write_rfm_groups(shop))
    report.below("    writing the trait back", took, "s", least=2 * customers / 1e6 + 0.2)


def _lifecycle(report: Report, shop: Merchant) -> None:
    rhythm, took = _timed(lambda: stage_customers(shop))
    say(f"    first stages in {took:.1f} s; cooling after {rhythm.cooling_after_days} days of {rhythm.gaps:,} gaps")
    _vacuum("analytics_lifecyclestage", "customers_trait")
    _, took = _timed(lambda: stage_customers(shop))
    report.below("lifecycle, the night after", took, "s", least=20 * rhythm_scale(shop))


def rhythm_scale(shop: Merchant) -> float:
    return max(Customer.objects.filter(merchant=shop).count() / 1e6, 0.05)


def _segments(report: Report, shop: Merchant, customers: int) -> None:
    if not Segment.objects.filter(merchant=shop).exists():
        for n, document in enumerate(fifty_trees()):
            create_segment(shop, name=f"Segment {n}", code=f"s{n}", tree=of_json(document), by=SYSTEM)
    filled, took = _timed(lambda: fill_new_segments(shop))
    members = sum(Segment.objects.filter(merchant=shop).values_list("members", flat=True))
    say(f"    {filled} segments with {members:,} memberships first filled in {took:.1f} s")
    _vacuum("customers_customertag")
    check, took = _timed(lambda: reconcile_segments(shop))
    say(f"    {check.by_time:,} moved by time, {check.drift} drifted")
    report.below(f"full pass of {check.segments} segments", took, "s", least=240 * customers / 1e6 + 2)
    counted = [_timed(partial(count_tree, shop, of_json(document)))[1] for document in fifty_trees()[::5]]
    report.below("live count with reach, slowest of ten", max(counted), "s", least=8 * customers / 1e6 + 0.3)
    someone = Customer.objects.filter(merchant=shop).order_by("pk").values_list("pk", flat=True)[7]
    mark_dirty(shop, [someone], reason="bench")
    _, took = _timed(lambda: drain_dirty(shop))
    report.below("one customer looked at again, 50 segments", took * 1000, "ms", least=1000, aim=300)


def fifty_trees() -> list[dict[str, Any]]:
    """Fifty that a shop might have: each kind of condition, wide and narrow, alone and together."""
    trees: list[dict[str, Any]] = []
    for days in (30, 90, 180, 365):
        window = {"last_days": days}
        trees.append({"kind": "orders", "at_least": 2, "window": window})
        trees.append({"kind": "orders", "measure": "spend_minor", "at_least": 50_000, "window": window})
        trees.append({"kind": "bought", "categories": ["茶"], "window": window})
        trees.append({"kind": "not", "of": {"kind": "orders", "at_least": 1, "window": window}})
        trees.append({"kind": "purchase", "which": "last", "window": {"older_than_days": days}})
    for group in ("champions", "loyal", "new", "at_risk", "cannot_lose", "lost"):
        trees.append({"kind": "rfm", "groups": [group]})
        trees.append({"kind": "all", "of": [{"kind": "rfm", "groups": [group]}, {"kind": "points", "at_least": 300}]})
    for stage in ("new", "active", "loyal", "cooling", "lapsed", "won_back"):
        trees.append({"kind": "lifecycle", "any_of": [stage]})
    for n in (5, 10, 15):
        trees.append({"kind": "orders", "at_least": n})
        trees.append({"kind": "purchase", "which": "nth", "n": n, "window": {"last_days": 60}})
        trees.append({"kind": "expiring_points", "within_days": n * 10})
    trees += [
        {"kind": "tier", "any_of": ["silver"]},
        {"kind": "all", "of": [{"kind": "tier", "any_of": ["silver"]}, {"kind": "segment", "segment": "s3"}]},
        {"kind": "any", "of": [{"kind": "segment", "segment": "s0"}, {"kind": "segment", "segment": "s20"}]},
    ]
    return trees[:50]


def insight_shop(slug: str, customers: int) -> Merchant:
    """The shop `slug` with so many customers and ten times as many orders; made once."""
    known = Merchant.objects.filter(slug=slug).exists()
    shop = members_shop(slug, customers, due=False)
    if known:
        return shop
    started = time.perf_counter()
    link = psycopg2.connect(owner_url())
    with link, link.cursor() as cursor:
        if link.info.user == "postgres":
            cursor.execute("SET session_replication_role = replica")
        for first in range(0, customers, _CHUNK):
            bounds = {"merchant": shop.pk, "first": f"{first:010}", "last": f"{first + _CHUNK:010}"}
            cursor.execute(_ORDERS, bounds)
        cursor.execute(_LINES, {"merchant": shop.pk})
    link.close()
    say(f"    {slug}: orders in {time.perf_counter() - started:.0f} s")
    _vacuum(*_TABLES)
    return shop


def _timed(work: Callable[[], Value]) -> tuple[Value, float]:
    started = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - started


def _execute(statement: str, shop: Merchant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"merchant": shop.pk})


def _vacuum(*tables: str) -> None:
    link = psycopg2.connect(owner_url())
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")
    link.close()
