"""What commerce may announce."""

from __future__ import annotations

from dataclasses import dataclass

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class OrderRecorded(Fact):
    """A purchase was reported. Amounts in minor units of `currency`."""

    order_id: int
    number: str
    total_minor: int
    currency: str
    channel: str
    paid: bool


@dataclass(frozen=True, slots=True)
class OrderPaid(Fact):
    order_id: int
    number: str
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderCompleted(Fact):
    order_id: int
    number: str


@dataclass(frozen=True, slots=True)
class OrderWasCancelled(Fact):
    order_id: int
    number: str
    refunded_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundRecorded(Fact):
    order_id: int
    number: str
    refund_number: str
    amount_minor: int
    currency: str
