"""Orders and refunds as they come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from commerce.actions.purchases import MAX_LINES, Purchase, PurchaseLine
from commerce.actions.refunds import LineRefund
from loyalty.api.fields import Currency, Input, Minor, Moment, Number, PublicId, Quantity, Reason, Shape, fault
from loyalty.api.references import CustomerReference
from merchants.clock import now
from merchants.errors import InvalidValue
from merchants.models import Merchant

MAX_BATCH = 500
ChannelName = Literal["online", "store", "mini_program", "phone", "other"]
StatusName = Literal["placed", "paid", "completed", "partly_refunded", "refunded", "cancelled"]
# Clocks of tills run ahead a little; an order of next week is a mistake that would earn before its time.
_AHEAD = timedelta(days=1)
_ORDER_EXAMPLE: JsonDict = {
    "number": "TM-20261102-0042",
    "customer": {"id": "cus_4fQzR9mK2x"},
    "channel": "online",
    "currency": "CNY",
    "placed_at": "2026-11-02T12:30:00+08:00",
    "paid_at": "2026-11-02T12:31:05+08:00",
    "discount_minor": 1000,
    "shipping_minor": 800,
    "lines": [
        {"sku": "LJ-250", "name": "龙井 250g", "category_path": "茶/绿茶", "quantity": 1, "unit_price_minor": 12800},
        {"sku": "CUP-01", "name": "青瓷杯", "category_path": "茶具/杯", "quantity": 2, "unit_price_minor": 4500},
    ],
}


class LineInput(Input):
    """One position. Without a sku it is no product, only a name and an amount."""

    quantity: Quantity = Decimal(1)
    unit_price_minor: Minor
    sku: Annotated[str, Field(max_length=64)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    category_path: Annotated[
        str, Field(max_length=200, description="From general to special, separated by `/`.", examples=["茶/绿茶"])
    ] = ""
    brand: Annotated[str, Field(max_length=100)] = ""
    discount_minor: Annotated[Minor, Field(description="Of this line, in minor units.")] = 0

    def line(self) -> PurchaseLine:
        return PurchaseLine(
            self.quantity,
            self.unit_price_minor,
            self.sku,
            self.name,
            self.category_path,
            self.brand,
            self.discount_minor,
        )


class OrderContent(Input):
    """What was bought, and what was taken off the price."""

    customer: CustomerReference | None = None
    currency: Currency
    lines: Annotated[list[LineInput], Field(min_length=1, max_length=MAX_LINES)]
    channel: ChannelName = "online"
    discount_minor: Annotated[Minor, Field(description="Of the whole order; spread over its lines.")] = 0
    shipping_minor: Annotated[Minor, Field(description="Earns nothing.")] = 0


class OrderInput(OrderContent):
    """An order as the shop or till reports it. It earns when it has a customer and `paid_at`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER_EXAMPLE]})

    number: Annotated[Number, Field(description="The shop's own; unique. Reporting it twice records it once.")]
    placed_at: Moment
    paid_at: Moment | None = None
    completed_at: Moment | None = None
    source: Annotated[str, Field(min_length=1, max_length=32)] = "api"

    def purchase(self, merchant: Merchant, customer_id: int | None) -> Purchase:
        """As `record_orders` takes it. Raises InvalidValue for moments too far ahead of the shop's clock."""
        for field in ("placed_at", "paid_at", "completed_at"):
            refuse_ahead(merchant, field, getattr(self, field))
        return Purchase(
            self.number, customer_id, self.placed_at, self.paid_at, self.currency, [line.line() for line in self.lines],
            self.source, self.channel, self.completed_at, self.discount_minor, self.shipping_minor,
        )  # fmt: skip


class BatchInput(Input):
    """Orders of a batch stand alone: one that is refused does not hinder the others."""

    orders: Annotated[list[OrderInput], Field(min_length=1, max_length=MAX_BATCH)]


class LooseBatch(Input):
    """The same with items not yet looked at."""

    orders: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH)]


class OrderChanges(Input):
    """What happened since. Moments known before stay as they are."""

    paid_at: Moment | None = None
    completed_at: Moment | None = None


class CancelInput(Input):
    reason: Reason = ""


class RefundLineInput(Input):
    """What of one line goes back. With a quantity alone, its share of what the line cost."""

    position: Annotated[int, Field(ge=0, lt=MAX_LINES, description="Of the order's line, from 0.")]
    quantity: Quantity | None = None
    amount_minor: Annotated[Minor, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if self.quantity is None and self.amount_minor is None:
            raise fault("required", _("Give a quantity, an amount, or both."))
        return self


class RefundInput(Input):
    """Some lines, or an amount over all lines, or (neither) everything that is left, shipping included."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"number": "RF-77", "lines": [{"position": 1, "quantity": 1}], "reason": "碎了"}]
        }
    )

    number: Annotated[Number, Field(description="The shop's own; unique. Reporting it twice refunds once.")]
    lines: Annotated[list[RefundLineInput], Field(min_length=1, max_length=MAX_LINES)] | None = None
    amount_minor: Annotated[Minor, Field(gt=0)] | None = None
    shipping_minor: Minor = 0
    reason: Reason = ""
    refunded_at: Moment | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.lines is not None and self.amount_minor is not None:
            raise fault("one_of", _("Give lines or an amount, not both."))
        if self.lines is not None and len({line.position for line in self.lines}) < len(self.lines):
            raise fault("position_twice", _("Name each position once."))
        return self

    def line_refunds(self) -> list[LineRefund] | None:
        if self.lines is None:
            return None
        return [LineRefund(line.position, line.quantity or Decimal(0), line.amount_minor) for line in self.lines]


class OrderQuery(Shape):
    """The filters of the list; all given ones must hold."""

    customer: PublicId | None = Field(default=None, description="A customer's public id.")
    number: Annotated[str, Field(max_length=64)] | None = None
    status: StatusName | None = None
    channel: ChannelName | None = None
    placed_from: Moment | None = None
    placed_before: Moment | None = Field(default=None, description="Not included.")
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = None


def refuse_ahead(merchant: Merchant, field: str, moment: datetime | None) -> None:
    """InvalidValue for a moment more than a day ahead of the shop's clock."""
    if moment is not None and moment > now(merchant) + _AHEAD:
        raise InvalidValue(field, _("This moment is in the future."), code="in_future")
