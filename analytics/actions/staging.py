"""A file of orders laid out for the feature families, without touching any shop."""

from __future__ import annotations

import io
from collections.abc import Iterable

from django.db import connection

# A view of nobody's rows: it lives as long as the connection, and the families read it in place of a shop's orders.
_STAGE = """
CREATE TEMPORARY TABLE analytics_staged_order (
    order_id bigint PRIMARY KEY, customer_id bigint NOT NULL, at timestamptz NOT NULL, amount bigint NOT NULL
)
"""


def stage_orders(orders: Iterable[tuple[int, str, int]]) -> int:
    """(customer number, ISO moment, amount in minor units) → a temporary table of this connection; how many."""
    lines = io.StringIO()
    count = 0
    for customer, at, amount in orders:
        count += 1
        lines.write(f"{count}\t{customer}\t{at}\t{amount}\n")
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS analytics_staged_order")
        cursor.execute(_STAGE)
        cursor.copy_expert("COPY analytics_staged_order FROM STDIN", lines)
        cursor.execute("ANALYZE analytics_staged_order")
    return count
