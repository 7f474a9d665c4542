"""The feature families: each one SELECT over purchases before each cut-off, one row per cut-off and customer.

Every family reads only what had happened before its cut-off: rows that come later change none of its numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

_WINDOWS = (7, 14, 30, 60, 90, 180)


@dataclass(frozen=True, slots=True)
class Family:
    """`select` follows the CTEs of `Source.question`; it yields cut, customer_id and `features`.

    `absent`: what a feature is for customers without a row. `needs_shop`: not to be had from a file of orders.
    """

    name: str
    features: tuple[str, ...]
    select: str
    absent: float = 0.0
    needs_shop: bool = True


def _counts(expression: str, prefix: str) -> str:
    return ",\n    ".join(
        f"coalesce({expression} FILTER (WHERE d.day >= d.cut - {days}), 0) AS {prefix}_{days}" for days in _WINDOWS
    )


RHYTHM = Family(
    "rhythm",
    (
        "x",
        "t_x",
        "age",
        "days_since_last",
        "orders",
        "gap_mean",
        "gap_deviation",
        "gap_median",
        "gap_longest",
        "gap_last",
        *(f"days_{days}" for days in _WINDOWS),
    ),
    f"""
, days AS (SELECT cut, customer_id, day, count(*) AS orders FROM purchases GROUP BY 1, 2, 3),
d AS (
    SELECT cut, customer_id, day, orders, day - lag(day) OVER w AS gap FROM days
    WINDOW w AS (PARTITION BY cut, customer_id ORDER BY day)
)
SELECT d.cut - DATE '2000-01-01' AS cut, d.customer_id, count(*) - 1 AS x, max(d.day) - min(d.day) AS t_x,
    d.cut - min(d.day) AS age, d.cut - max(d.day) AS days_since_last, sum(d.orders) AS orders,
    avg(d.gap) AS gap_mean, stddev_samp(d.gap) AS gap_deviation,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY d.gap) AS gap_median, max(d.gap) AS gap_longest,
    (array_agg(d.gap ORDER BY d.day DESC))[1] AS gap_last,
    {_counts("count(*)", "days")}
FROM d GROUP BY d.cut, d.customer_id
""",  # noqa: S608
    absent=float("nan"),
    needs_shop=False,
)

MONEY = Family(
    "money",
    (
        "spend",
        "amount_mean",
        "amount_deviation",
        "amount_last",
        "amount_repeat_mean",
        *(f"spend_{days}" for days in _WINDOWS),
    ),
    f"""
, days AS (SELECT cut, customer_id, day, sum(amount) AS amount FROM purchases GROUP BY 1, 2, 3),
d AS (
    SELECT cut, customer_id, day, amount, row_number() OVER w AS nth FROM days
    WINDOW w AS (PARTITION BY cut, customer_id ORDER BY day)
)
SELECT d.cut - DATE '2000-01-01' AS cut, d.customer_id, sum(d.amount) AS spend, avg(d.amount) AS amount_mean,
    stddev_samp(d.amount) AS amount_deviation, (array_agg(d.amount ORDER BY d.day DESC))[1] AS amount_last,
    avg(d.amount) FILTER (WHERE d.nth > 1) AS amount_repeat_mean,
    {_counts("sum(d.amount)", "spend")}
FROM d GROUP BY d.cut, d.customer_id
""",  # noqa: S608
    absent=float("nan"),
    needs_shop=False,
)

BASKET = Family(
    "basket",
    ("lines_mean", "lines_30", "lines_90", "categories_mean", "categories_30", "discount_share"),
    """
, baskets AS (
    SELECT l.order_id, count(*) AS lines, count(DISTINCT split_part(l.category_path, '/', 1)) AS categories,
           sum(l.net_minor) AS net, sum(l.discount_minor) AS discount
    FROM commerce_orderline l WHERE l.merchant_id = %(merchant)s
     AND l.order_id IN (SELECT order_id FROM purchases) GROUP BY 1
)
SELECT p.cut - DATE '2000-01-01' AS cut, p.customer_id, avg(b.lines) AS lines_mean,
    coalesce(sum(b.lines) FILTER (WHERE p.day >= p.cut - 30), 0) AS lines_30,
    coalesce(sum(b.lines) FILTER (WHERE p.day >= p.cut - 90), 0) AS lines_90, avg(b.categories) AS categories_mean,
    avg(b.categories) FILTER (WHERE p.day >= p.cut - 30) AS categories_30,
    sum(b.discount)::float8 / nullif(sum(b.net + b.discount), 0) AS discount_share
FROM purchases p JOIN baskets b ON b.order_id = p.order_id GROUP BY p.cut, p.customer_id
""",
)

HABIT = Family(
    "habit",
    ("weekend_share", "evening_share", "hour_mean", "online_share", "channels"),
    """
SELECT p.cut - DATE '2000-01-01' AS cut, p.customer_id,
    avg((extract(isodow FROM p.day) >= 6)::int) AS weekend_share,
    avg((extract(hour FROM p.at AT TIME ZONE %(zone)s) >= 18)::int) AS evening_share,
    avg(extract(hour FROM p.at AT TIME ZONE %(zone)s)) AS hour_mean,
    avg((p.channel IN ('online', 'mini_program'))::int) AS online_share, count(DISTINCT p.channel) AS channels
FROM purchases p GROUP BY p.cut, p.customer_id
""",
)

RETURNS = Family(
    "returns",
    ("refunds", "refunded", "refunds_90"),
    """
SELECT c.cut - DATE '2000-01-01' AS cut, o.customer_id, count(*) AS refunds, sum(r.amount_minor) AS refunded,
    count(*) FILTER (WHERE r.refunded_at >= c.cut_at - interval '90 days') AS refunds_90
FROM cuts c JOIN commerce_refund r ON r.merchant_id = %(merchant)s AND r.refunded_at < c.cut_at
JOIN commerce_order o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
WHERE o.customer_id IS NOT NULL AND abs(hashint8(o.customer_id) %% 1024) BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
""",
)

POINTS = Family(
    "points",
    ("points_earned_90", "points_spent", "points_spent_90", "points_expired_90"),
    """
SELECT c.cut - DATE '2000-01-01' AS cut, a.customer_id,
    coalesce(sum(e.points) FILTER (WHERE e.kind IN ('earn', 'bonus') AND e.occurred_at >= c.cut_at - interval '90 days'), 0)
        AS points_earned_90,
    coalesce(-sum(e.points) FILTER (WHERE e.kind IN ('spend', 'spend_return')), 0) AS points_spent,
    coalesce(-sum(e.points) FILTER (
        WHERE e.kind IN ('spend', 'spend_return') AND e.occurred_at >= c.cut_at - interval '90 days'), 0) AS points_spent_90,
    coalesce(-sum(e.points) FILTER (WHERE e.kind = 'expire' AND e.occurred_at >= c.cut_at - interval '90 days'), 0)
        AS points_expired_90
FROM cuts c JOIN loyalty_entry e ON e.merchant_id = %(merchant)s AND e.occurred_at < c.cut_at
JOIN loyalty_account a ON a.id = e.account_id AND a.wallet = 'points'
WHERE abs(hashint8(a.customer_id) %% 1024) BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
""",
)

FAMILIES = (RHYTHM, MONEY, BASKET, HABIT, RETURNS, POINTS)
