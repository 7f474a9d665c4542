"""Where the money comes from: by the tier that members had at the purchase, and by category for groups of customers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from analytics.queries.report_tables import COUNTED, Cell, Column, Headline, Report, major, moments_of, ratio
from analytics.queries.reports_customers import tier_names
from analytics.rules.spans import Span
from merchants.models import Merchant
from merchants.rules.charts import Chart, Series

GUESTS = "guests:"  # no tier has such a code
MOST_CATEGORIES = 12


@dataclass(frozen=True, slots=True)
class TierRevenue:
    """Orders placed by members of one tier (or by guests), revenue net of refunds, before and now."""

    name: str
    customers: int = 0
    orders: int = 0
    revenue_minor: int = 0
    revenue_before_minor: int = 0


_TIERS = """
SELECT CASE WHEN o.customer_id IS NULL THEN %(guests)s ELSE coalesce(a.tier, '') END, o.placed_at >= %(since)s,
       count(DISTINCT o.customer_id), count(*), sum(o.total_minor - o.refunded_minor)
FROM commerce_order o
LEFT JOIN loyalty_award a ON a.merchant_id = o.merchant_id AND a.order_id = o.id AND a.wallet = 'points'
WHERE o.merchant_id = %(merchant)s AND o.placed_at >= %(before)s AND o.placed_at < %(until)s
  AND (o.placed_at >= %(since)s OR o.placed_at < %(before_until)s) AND {counted}
GROUP BY 1, 2
""".replace("{counted}", COUNTED)


def revenue_by_tier(merchant: Merchant, span: Span) -> Report:
    tiers = _tiers(merchant, span)
    whole, whole_before = sum(t.revenue_minor for t in tiers), sum(t.revenue_before_minor for t in tiers)
    rows: list[list[Cell]] = [
        [
            tier.name, tier.customers if tier.customers or not tier.orders else None, tier.orders, tier.revenue_minor,
            ratio(tier.revenue_minor, whole), tier.revenue_minor // tier.orders if tier.orders else None,
            tier.revenue_before_minor,
        ]
        for tier in tiers
    ]  # fmt: skip
    chart = Chart(
        "bar", [tier.name for tier in tiers],
        [
            Series(_("Revenue"), [major(tier.revenue_minor, merchant) for tier in tiers]),
            Series(_("Period before"), [major(tier.revenue_before_minor, merchant) for tier in tiers], compared=True),
        ],
        format="money", currency=merchant.currency, horizontal=True,
    )  # fmt: skip
    return Report(
        "revenue_by_tier",
        Headline(_("Revenue"), whole, whole_before, "money"),
        [
            Column("tier", _("Tier at the purchase"), "text"), Column("customers", _("Customers")),
            Column("orders", _("Orders")), Column("revenue", _("Revenue"), "money"),
            Column("share", _("Share of revenue"), "percent"), Column("average", _("Average order"), "money"),
            Column("before", _("Revenue, period before"), "money"),
        ],
        rows,
        chart,
        notes=[_("Higher tiers hold those who buy more: that is how they got there, not what the tier caused.")],
    )  # fmt: skip


def _tiers(merchant: Merchant, span: Span) -> list[TierRevenue]:
    moments = moments_of(merchant, span)
    values: dict[str, Any] = {
        "merchant": merchant.pk, "since": moments.since, "until": moments.until, "before": moments.before,
        "before_until": moments.before_until, "guests": GUESTS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TIERS, values)
        found = cursor.fetchall()
    names = tier_names(merchant)
    lowest = next(iter(names))
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for code, is_now, customers, orders, revenue in found:
        row = sums[code if code in names or code == GUESTS else lowest]
        if is_now:
            row[0], row[1], row[2] = row[0] + customers, row[1] + orders, row[2] + int(revenue)
        else:
            row[3] += int(revenue)
    tiers = [TierRevenue(name, *sums[code]) for code, name in names.items()]
    return [*tiers, TierRevenue(_("Guests"), *sums[GUESTS])] if GUESTS in sums else tiers


# How customers are put into groups: each customer in one group at most.
GROUPINGS = {
    "tier": "SELECT customer_id, tier AS grp FROM loyalty_tierstanding WHERE merchant_id = %(merchant)s",
    "lifecycle": "SELECT customer_id, value #>> '{}' AS grp FROM customers_trait "
    "WHERE merchant_id = %(merchant)s AND key = 'lifecycle_stage'",
    "rfm": "SELECT customer_id, value #>> '{}' AS grp FROM customers_trait "
    "WHERE merchant_id = %(merchant)s AND key = 'rfm_group'",
    "churn": "SELECT customer_id, value #>> '{}' AS grp FROM customers_trait "
    "WHERE merchant_id = %(merchant)s AND key = 'churn_band'",
    "tag": "SELECT ct.customer_id, 'in' AS grp FROM customers_customertag ct JOIN customers_tag t ON t.id = ct.tag_id "
    "WHERE ct.merchant_id = %(merchant)s AND t.merchant_id = %(merchant)s AND t.slug = %(tag)s",
}
_CATEGORIES = """
WITH groups AS ({grouping}), sold AS (
    SELECT o.customer_id, split_part(coalesce(nullif(l.category_path, ''), p.category_path, ''), '/', 1) AS category,
           sum(l.net_minor - l.refunded_minor) AS net
    FROM commerce_order o
    JOIN commerce_orderline l ON l.merchant_id = o.merchant_id AND l.order_id = o.id
    LEFT JOIN commerce_product p ON p.merchant_id = o.merchant_id AND p.id = l.product_id
    WHERE o.merchant_id = %(merchant)s AND o.placed_at >= %(since)s AND o.placed_at < %(until)s
      AND o.customer_id IS NOT NULL AND {counted}
    GROUP BY 1, 2
)
SELECT s.category, coalesce(g.grp, ''), sum(s.net) FROM sold s LEFT JOIN groups g USING (customer_id) GROUP BY 1, 2
""".replace("{counted}", COUNTED)


def category_revenue(merchant: Merchant, span: Span, *, by: str, tag: str = "") -> dict[str, dict[str, int]]:
    """{category: {group: minor units}} of members' counted orders; "" where there is no category or no group."""
    moments = moments_of(merchant, span)
    values: dict[str, Any] = {"merchant": merchant.pk, "since": moments.since, "until": moments.until, "tag": tag}
    with connection.cursor() as cursor:
        cursor.execute(_CATEGORIES.replace("{grouping}", GROUPINGS[by]), values)
        rows = cursor.fetchall()
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for category, group, net in rows:
        found[category][group] = int(net)
    return found


def categories_by_group(merchant: Merchant, span: Span, *, by: str, groups: dict[str, str], tag: str = "") -> Report:
    """`groups`: {code as stored: name}, in the order of the columns; whoever is in none of them is "Others"."""
    found = category_revenue(merchant, span, by=by, tag=tag)
    ranked = sorted(found, key=lambda category: -sum(found[category].values()))
    shown, rest = ranked[:MOST_CATEGORIES], ranked[MOST_CATEGORIES:]
    amounts = {category or _("Without a category"): _by_name(found[category], groups) for category in shown}
    if rest:
        amounts[_("All other categories")] = _summed([_by_name(found[category], groups) for category in rest])
    names = [*groups.values(), _("Others")]
    totals = _summed(list(amounts.values()))
    names = [name for name in names if totals.get(name)]
    whole = sum(totals.values())
    rows: list[list[Cell]] = []
    for category, row in amounts.items():
        share = ratio(sum(row.values()), whole)
        rows.append([category, sum(row.values()), share, *(ratio(row.get(name, 0), totals[name]) for name in names)])
    chart = Chart(
        "heatmap", names,
        [Series(category, [ratio(row.get(name, 0), totals[name]) for name in names]) for category, row in amounts.items()],
        format="percent",
    )  # fmt: skip
    columns = [
        Column("category", _("Category"), "text"), Column("revenue", _("Revenue"), "money"),
        Column("share", _("Share of all"), "percent"),
        *(Column(f"group_{n}", name, "percent") for n, name in enumerate(names, 1)),
    ]  # fmt: skip
    return Report(
        "categories", None, columns, rows, chart if names and amounts else None,
        notes=[
            _("Each column adds up to 100 %: what the group spends, by category. Compare it with the share of all."),
            _("Members only. Lines without shipping, less refunds."),
        ],
    )  # fmt: skip


def _by_name(row: dict[str, int], groups: dict[str, str]) -> dict[str, int]:
    named: dict[str, int] = defaultdict(int)
    for code, net in row.items():
        named[groups.get(code, _("Others"))] += net
    return named


def _summed(rows: list[dict[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        for name, net in row.items():
            sums[name] += net
    return sums
