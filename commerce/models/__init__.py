"""Products, orders, refunds, and what each customer bought."""

from __future__ import annotations

from commerce.models.order import Channel, Order, OrderLine, Refund, RefundLine
from commerce.models.product import Product
from commerce.models.summary import PurchaseSummary

__all__ = ["Channel", "Order", "OrderLine", "Product", "PurchaseSummary", "Refund", "RefundLine"]
