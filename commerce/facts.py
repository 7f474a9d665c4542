"""What commerce may announce."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class OrderRecorded(Fact):
    """A purchase was reported. Amounts in minor units of `currency`."""

    label = pgettext_lazy("event", "Order recorded")

    order_id: int
    number: str
    total_minor: int
    currency: str
    channel: str
    paid: bool


@dataclass(frozen=True, slots=True)
class OrderPaid(Fact):
    label = pgettext_lazy("event", "Order paid")

    order_id: int
    number: str
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderCompleted(Fact):
    label = pgettext_lazy("event", "Order completed")

    order_id: int
    number: str


@dataclass(frozen=True, slots=True)
class OrderWasCancelled(Fact):
    label = pgettext_lazy("event", "Order cancelled")

    order_id: int
    number: str
    refunded_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundRecorded(Fact):
    label = pgettext_lazy("event", "Refund recorded")

    order_id: int
    number: str
    refund_number: str
    amount_minor: int
    currency: str
