"""Conditions about what passed between the shop and the person: orders, products, points, tiers, tickets."""

from __future__ import annotations

from datetime import timedelta

from analytics.queries.segment_sql.writer import COUNTED, Answer, Writer
from analytics.rules import segment_tree as tree
from analytics.rules.spans import start_of

_FROM_SUMMARY = {
    "count": "s.orders",
    "spend_minor": "s.spend_minor",
    "average_minor": "CASE WHEN s.orders > 0 THEN s.spend_minor / s.orders END",
}
_FROM_ORDERS = {
    "count": "count(*)",
    "spend_minor": "sum(o.total_minor - o.refunded_minor)",
    "average_minor": "sum(o.total_minor - o.refunded_minor)::bigint / count(*)",
}


def orders(condition: tree.Orders, w: Writer) -> Answer:
    if condition.window == tree.Window() and not condition.channels:
        rows = (
            f"SELECT s.customer_id, {_FROM_SUMMARY[condition.measure]} AS value FROM commerce_purchasesummary s "  # noqa: S608
            f"WHERE s.merchant_id = %(merchant)s{w.scope('s.customer_id')}"
        )
    else:
        channels = f" AND o.channel = ANY ({w.bind(list(condition.channels))}::text[])" if condition.channels else ""
        rows = (
            f"SELECT o.customer_id, {_FROM_ORDERS[condition.measure]} AS value FROM commerce_order o "  # noqa: S608
            f"WHERE o.merchant_id = %(merchant)s AND o.customer_id IS NOT NULL AND {COUNTED}"
            f"{w.within('o.placed_at', condition.window)}{channels}{w.scope('o.customer_id')} GROUP BY o.customer_id"
        )
    value = f"{w.join(rows)}.value"
    if condition.measure == "average_minor":
        at_least = 1 if condition.at_least is None and condition.at_most is None else condition.at_least
        return Answer(f"(({w.between(value, at_least, condition.at_most)}) IS TRUE)", f"to_jsonb({value})")
    return w.measured(value, condition)


_BOUGHT = {
    "orders": "count(DISTINCT o.id)",
    "quantity": "sum(l.quantity - l.refunded_quantity)",
    "spend_minor": "sum(l.net_minor - l.refunded_minor)",
}


def bought(condition: tree.Bought, w: Writer) -> Answer:
    ways = []
    if condition.skus or condition.brands:
        ways.append(
            "l.product_id IN (SELECT p.id FROM commerce_product p WHERE p.merchant_id = %(merchant)s AND "  # noqa: S608
            f"(p.sku = ANY ({w.bind(list(condition.skus))}::text[]) "
            f"OR p.brand = ANY ({w.bind(list(condition.brands))}::text[])))"
        )
    if condition.categories:
        patterns = [f"{_plain(category)}/%" for category in condition.categories]
        ways.append(f"l.category_path = ANY ({w.bind(list(condition.categories))}::text[])")
        ways.append(f"l.category_path LIKE ANY ({w.bind(patterns)}::text[])")
    row = w.join(
        f"SELECT o.customer_id, {_BOUGHT[condition.measure]} AS value FROM commerce_orderline l "  # noqa: S608
        "JOIN commerce_order o ON o.merchant_id = l.merchant_id AND o.id = l.order_id "
        f"WHERE l.merchant_id = %(merchant)s AND o.merchant_id = %(merchant)s AND o.customer_id IS NOT NULL AND {COUNTED} "
        f"AND (l.refunded_minor < l.net_minor OR l.net_minor = 0) AND ({' OR '.join(ways)})"
        f"{w.within('o.placed_at', condition.window)}{w.scope('o.customer_id')} GROUP BY o.customer_id"
    )
    return w.measured(f"{row}.value", condition)


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def purchase(condition: tree.PurchaseAt, w: Writer) -> Answer:
    if condition.which == "nth" and condition.n != 1:
        place = w.bind(condition.n)
        rows = (
            "SELECT p.customer_id, p.placed_at AS at FROM (SELECT o.customer_id, o.placed_at, "  # noqa: S608
            "row_number() OVER (PARTITION BY o.customer_id ORDER BY o.placed_at, o.id) AS place FROM commerce_order o "
            "JOIN commerce_purchasesummary s ON s.customer_id = o.customer_id AND s.merchant_id = o.merchant_id "
            f"WHERE o.merchant_id = %(merchant)s AND s.merchant_id = %(merchant)s AND s.orders >= {place} AND {COUNTED}"
            f"{w.scope('o.customer_id')}) p WHERE p.place = {place}"
        )
    else:
        column = "last_purchase_at" if condition.which == "last" else "first_purchase_at"
        rows = (
            f"SELECT s.customer_id, s.{column} AS at FROM commerce_purchasesummary s "  # noqa: S608
            f"WHERE s.merchant_id = %(merchant)s AND s.{column} IS NOT NULL{w.scope('s.customer_id')}"
        )
    row = w.join(rows)
    test = f"{row}.at IS NOT NULL{w.within(f'{row}.at', condition.window)}"
    return Answer(f"(({test}) IS TRUE)", f"to_jsonb({row}.at)")


def tier(condition: tree.InTier, w: Writer) -> Answer:
    row = w.join(
        "SELECT t.customer_id, t.tier, t.grace_until FROM loyalty_tierstanding t "  # noqa: S608
        f"WHERE t.merchant_id = %(merchant)s{w.scope('t.customer_id')}"
    )
    test = f"{row}.tier = ANY ({w.bind(list(condition.any_of))}::text[])"
    if condition.in_grace is not None:
        test += f" AND {row}.grace_until IS {'NOT NULL' if condition.in_grace else 'NULL'}"
    return Answer(f"(({test}) IS TRUE)", f"to_jsonb({row}.tier)")


_POINTS = {
    "spendable": "a.balance + a.arrears - a.held - coalesce(l.pending, 0) - coalesce(l.lapsed, 0)",
    "pending": "coalesce(l.pending, 0)",
    "growth": "a.balance - coalesce(l.lapsed, 0)",
    "lifetime_earned": "a.lifetime_earned",
    "lifetime_spent": "a.lifetime_spent",
}

_LOTS = """
LEFT JOIN (
    SELECT o.account_id,
           sum(o.remaining - o.held) FILTER (
               WHERE o.available_at > {at} AND (o.expires_at IS NULL OR o.expires_at > {at})) AS pending,
           sum(o.remaining - o.held) FILTER (WHERE o.expires_at <= {at}) AS lapsed
    FROM loyalty_lot o JOIN loyalty_account b ON b.id = o.account_id AND b.merchant_id = o.merchant_id
    WHERE o.merchant_id = %(merchant)s AND o.remaining > 0 AND (o.expires_at <= {at} OR o.available_at > {at}){mine}
    GROUP BY o.account_id
) l ON l.account_id = a.id
"""


def points(condition: tree.Points, w: Writer) -> Answer:
    """As loyalty.queries.balances has them: what lapsed or is still pending cannot be spent, whatever the balance says."""
    wallet = "growth" if condition.measure == "growth" else "points"
    lots = ""
    if not condition.measure.startswith("lifetime"):
        lots = _LOTS.format(at=w.bind(w.at), mine=w.scope("b.customer_id"))
    row = w.join(
        f"SELECT a.customer_id, {_POINTS[condition.measure]} AS value FROM loyalty_account a {lots}"  # noqa: S608
        f"WHERE a.merchant_id = %(merchant)s AND a.wallet = {w.bind(wallet)}{w.scope('a.customer_id')}"
    )
    return w.measured(f"{row}.value", condition)


def expiring_points(condition: tree.ExpiringPoints, w: Writer) -> Answer:
    last = start_of(w.today + timedelta(days=condition.within_days + 1), w.merchant.zone)
    row = w.join(
        "SELECT a.customer_id, sum(o.remaining - o.held) AS value FROM loyalty_lot o "  # noqa: S608
        "JOIN loyalty_account a ON a.id = o.account_id AND a.merchant_id = o.merchant_id "
        "WHERE o.merchant_id = %(merchant)s AND o.remaining > 0 AND a.wallet = 'points' "
        f"AND o.expires_at > {w.bind(w.at)} AND o.expires_at <= {w.bind(last)}"
        f"{w.scope('a.customer_id')} GROUP BY a.customer_id"
    )
    test = f"(({row}.value >= {w.bind(condition.at_least)}) IS TRUE)"
    return Answer(test, f"to_jsonb(coalesce({row}.value, 0))")


_TICKET_STATES = {"open": ["waiting_us", "waiting_customer", "paused"], "resolved": ["resolved", "closed"]}


def tickets(condition: tree.Tickets, w: Writer) -> Answer:
    parts = []
    if condition.state != "any":
        parts.append(f" AND k.status_category = ANY ({w.bind(_TICKET_STATES[condition.state])}::text[])")
    if condition.complaints_only:
        parts.append(" AND k.is_complaint")
    if condition.priorities:
        parts.append(f" AND k.priority = ANY ({w.bind(list(condition.priorities))}::text[])")
    if condition.categories:
        parts.append(
            " AND k.category_id IN (SELECT g.id FROM aftersales_ticketcategory g WHERE g.merchant_id = %(merchant)s "  # noqa: S608
            f"AND g.code = ANY ({w.bind(list(condition.categories))}::text[]))"
        )
    row = w.join(
        "SELECT k.customer_id, count(*) AS value FROM aftersales_ticket k "  # noqa: S608
        "WHERE k.merchant_id = %(merchant)s AND k.customer_id IS NOT NULL AND k.merged_into_id IS NULL"
        f"{''.join(parts)}{w.within('k.opened_at', condition.window)}{w.scope('k.customer_id')} GROUP BY k.customer_id"
    )
    return w.measured(f"{row}.value", condition)
