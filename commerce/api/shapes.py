"""What goes out about products and purchases, as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from commerce.models import Product, PurchaseSummary
from merchants.frames.public_ids import public_id


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProductQuery(Shape):
    """The filters of the product list; all given ones must hold."""

    sku: str | None = Field(default=None, max_length=64)
    category: str | None = Field(
        default=None, max_length=200, description="A category path and everything below it, such as `茶/绿茶`."
    )
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = None


class ProductShape(Shape):
    """A product as orders named it: it appears with the first order line that has its sku."""

    id: str = Field(examples=["prd_Uk8qLz3Wd1"])
    sku: str = Field(examples=["LJ-250"])
    name: str = Field(examples=["龙井 250g"])
    category_path: str = Field(description="From general to special, separated by `/`.", examples=["茶/绿茶"])
    brand: str
    list_price_minor: int | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ProductPage(Shape):
    data: list[ProductShape]
    has_more: bool
    next_cursor: str | None


class PurchaseSummaryShape(Shape):
    """Counts paid orders that were neither cancelled nor refunded whole; spend is net of refunds, shipping included."""

    currency: str = Field(examples=["CNY"])
    orders: int
    spend_minor: int
    refunded_minor: int
    average_order_minor: int = Field(description="Spend per counted order, rounded down; 0 without orders.")
    first_purchase_at: AwareDatetime | None
    last_purchase_at: AwareDatetime | None


def present_product(product: Product) -> dict[str, Any]:
    """A ProductShape."""
    return {
        "id": public_id("prd", product.pk),
        "sku": product.sku,
        "name": product.name,
        "category_path": product.category_path,
        "brand": product.brand,
        "list_price_minor": product.list_price_minor,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def present_summary(summary: PurchaseSummary, currency: str) -> dict[str, Any]:
    """A PurchaseSummaryShape."""
    return {
        "currency": currency,
        "orders": summary.orders,
        "spend_minor": summary.spend_minor,
        "refunded_minor": summary.refunded_minor,
        "average_order_minor": summary.average_order_minor,
        "first_purchase_at": summary.first_purchase_at,
        "last_purchase_at": summary.last_purchase_at,
    }
