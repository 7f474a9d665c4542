"""Orders, refunds and what they earned, as they go out."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from commerce.models import Order, OrderLine, Refund
from loyalty.actions.purchases import OrderOutcome
from loyalty.actions.refunds import RefundOutcome
from loyalty.api.fields import Shape, tidy
from loyalty.api.order_input import StatusName
from merchants.frames.public_ids import public_id


class CustomerStub(Shape):
    id: str = Field(examples=["cus_4fQzR9mK2x"])
    number: str


class OrderLineShape(Shape):
    position: int = Field(description="From 0.")
    sku: str
    name: str
    category_path: str
    quantity: str = Field(examples=["1"])
    unit_price_minor: int
    discount_minor: int = Field(description="Of this line.")
    net_minor: int = Field(
        description="After its own discount and its share of the order's: what points are earned on."
    )
    refunded_quantity: str
    refunded_minor: int


class OrderSummaryShape(Shape):
    id: str = Field(examples=["ord_8sTq2LwX0b"])
    number: str
    status: StatusName
    customer: CustomerStub | None
    source: str
    channel: str
    currency: str
    discount_minor: int
    shipping_minor: int
    total_minor: int = Field(description="The lines' net amounts and shipping.")
    refunded_minor: int
    placed_at: AwareDatetime
    paid_at: AwareDatetime | None
    completed_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    recorded_at: AwareDatetime


class OrderShape(OrderSummaryShape):
    lines: list[OrderLineShape]


class OrderPage(Shape):
    data: list[OrderSummaryShape]
    has_more: bool
    next_cursor: str | None


class EarnedShape(Shape):
    """What the order earned, and where the member stands after it. Tiers are the programme's codes."""

    points: int
    growth: int
    balance: int | None = Field(description="Points after it; null where none could be earned, and for a repeat.")
    tier: str | None
    tier_before: str | None


class OrderReceipt(Shape):
    """The answer to a reported order. `is_new` is false for a repeat, which changed nothing."""

    id: str = Field(examples=["ord_8sTq2LwX0b"])
    number: str
    is_new: bool
    customer_id: str | None
    currency: str
    total_minor: int
    earned: EarnedShape


class BatchProblem(BaseModel):
    """Why one order of a batch was refused: the problem document that the single request would have had."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, Any]] = []


class BatchResult(Shape):
    """One order's outcome: `order` when it was recorded (201) or known before (200), else `problem`."""

    index: int
    status: int
    number: str | None
    order: OrderReceipt | None
    problem: BatchProblem | None


class BatchAnswer(Shape):
    """One result per order, in the order in which they were sent."""

    results: list[BatchResult]
    recorded: int
    repeated: int
    refused: int


class RefundLineShape(Shape):
    position: int
    quantity: str
    amount_minor: int


class RefundShape(Shape):
    id: str = Field(examples=["rfd_Yw3kP1mZ7c"])
    number: str
    order_id: str
    amount_minor: int = Field(description="Lines and shipping together.")
    shipping_minor: int
    reason: str
    refunded_at: AwareDatetime
    recorded_at: AwareDatetime
    lines: list[RefundLineShape]


class RefundList(Shape):
    data: list[RefundShape]
    has_more: Literal[False]
    next_cursor: None


class TakenBackShape(Shape):
    """What left the member's wallets with a refund. `owed` of the points had been spent and are now owed."""

    points: int
    growth: int
    owed: int
    balance: int | None
    tier: str | None
    tier_before: str | None


class RefundReceipt(Shape):
    """The answer to a refund. `taken_back` is null for a repeat, which changed nothing."""

    refund: RefundShape
    is_new: bool
    taken_back: TakenBackShape | None


class CancelReceipt(Shape):
    """The cancelled order; `refund` is what went back with it, null where nothing had been paid."""

    order: OrderShape
    refund: RefundShape | None
    taken_back: TakenBackShape | None


def present_receipt(outcome: OrderOutcome, currency: str) -> dict[str, Any]:
    """An OrderReceipt."""
    return {
        "id": public_id("ord", outcome.order_id),
        "number": outcome.number,
        "is_new": outcome.is_new,
        "customer_id": None if outcome.customer_id is None else public_id("cus", outcome.customer_id),
        "currency": currency,
        "total_minor": outcome.total_minor,
        "earned": {
            "points": outcome.points,
            "growth": outcome.growth,
            "balance": outcome.balance,
            "tier": outcome.tier,
            "tier_before": outcome.tier_before,
        },
    }


def present_summary(order: Order) -> dict[str, Any]:
    """An OrderSummaryShape. Reads the customer: have it at hand for lists."""
    customer = order.customer
    return {
        "id": public_id("ord", order.pk),
        "number": order.number,
        "status": order.status,
        "customer": customer and {"id": public_id("cus", customer.pk), "number": customer.number},
        "source": order.source,
        "channel": order.channel,
        "currency": order.currency,
        "discount_minor": order.discount_minor,
        "shipping_minor": order.shipping_minor,
        "total_minor": order.total_minor,
        "refunded_minor": order.refunded_minor,
        "placed_at": order.placed_at,
        "paid_at": order.paid_at,
        "completed_at": order.completed_at,
        "cancelled_at": order.cancelled_at,
        "recorded_at": order.recorded_at,
    }


def present_order(order: Order, lines: list[OrderLine]) -> dict[str, Any]:
    """An OrderShape; the lines with their products at hand."""
    return present_summary(order) | {"lines": [_present_line(line) for line in lines]}


def _present_line(line: OrderLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "sku": line.sku,
        "name": line.name or (line.product.name if line.product is not None else ""),
        "category_path": line.category_path,
        "quantity": tidy(line.quantity),
        "unit_price_minor": line.unit_price_minor,
        "discount_minor": line.discount_minor,
        "net_minor": line.net_minor,
        "refunded_quantity": tidy(line.refunded_quantity),
        "refunded_minor": line.refunded_minor,
    }


def present_refund(refund: Refund) -> dict[str, Any]:
    """A RefundShape. Reads the lines: prefetch them for lists."""
    return {
        "id": public_id("rfd", refund.pk),
        "number": refund.number,
        "order_id": public_id("ord", refund.order_id),
        "amount_minor": refund.amount_minor,
        "shipping_minor": refund.shipping_minor,
        "reason": refund.reason,
        "refunded_at": refund.refunded_at,
        "recorded_at": refund.recorded_at,
        "lines": [
            {"position": line.position, "quantity": tidy(line.quantity), "amount_minor": line.amount_minor}
            for line in sorted(refund.lines.all(), key=lambda line: line.position)
        ],
    }


def present_taken_back(outcome: RefundOutcome) -> dict[str, Any] | None:
    """A TakenBackShape, or None for a repeat."""
    if not outcome.refund.is_new:
        return None
    return {
        "points": outcome.points,
        "growth": outcome.growth,
        "owed": outcome.owed,
        "balance": outcome.balance,
        "tier": outcome.tier,
        "tier_before": outcome.tier_before,
    }
