"""Questions about orders, products and what customers bought."""

from __future__ import annotations

from commerce.queries.listing import STATUSES, OrderFilter, orders_matching
from commerce.queries.orders import (
    find_order,
    get_order,
    guest_orders,
    lines_of,
    orders_by_number,
    orders_of,
    refunds_of,
)
from commerce.queries.products import categories_of, get_product, products_in, products_matching, products_of
from commerce.queries.summaries import summary_of

__all__ = [
    "STATUSES",
    "OrderFilter",
    "categories_of",
    "find_order",
    "get_order",
    "get_product",
    "guest_orders",
    "lines_of",
    "orders_by_number",
    "orders_matching",
    "orders_of",
    "products_in",
    "products_matching",
    "products_of",
    "refunds_of",
    "summary_of",
]
