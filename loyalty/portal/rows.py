"""Rows of the member's lists: ledger entries and orders, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.models import Order
from customers.frames.member import portal_url
from loyalty.models import Entry
from loyalty.queries.awards import points_kept_by_order
from loyalty.queries.wording import entry_title
from loyalty.rules.kinds import Kind
from merchants.frames.public_ids import public_id

_ICONS = {
    Kind.EARN: "receipt",
    Kind.BONUS: "gift",
    Kind.GOODWILL: "heart",
    Kind.SPEND: "shopping-bag",
    Kind.SPEND_RETURN: "rotate-ccw",
    Kind.REFUND: "undo-2",
    Kind.ADJUST: "pencil",
    Kind.REVERSAL: "rotate-ccw",
    Kind.EXPIRE: "timer",
}
_STATUSES = {
    "placed": (_("Waiting for payment"), "warning"),
    "paid": (_("Paid"), "info"),
    "completed": (_("Completed"), "success"),
    "partly_refunded": (_("Partly refunded"), "warning"),
    "refunded": (_("Refunded"), "neutral"),
    "cancelled": (_("Cancelled"), "neutral"),
}


def entry_rows(request: Any, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """[{url, icon, title, when, points}]"""
    return [
        {
            "url": portal_url(request, "loyalty-portal:entry", public_id("ent", entry.pk)),
            "icon": _ICONS[Kind(entry.kind)],
            "title": entry_title(entry),
            "when": entry.occurred_at,
            "points": entry.points,
        }
        for entry in entries
    ]


def order_rows(request: Any, orders: Sequence[Order]) -> list[dict[str, Any]]:
    """[{url, number, when, total_minor, currency, status_label, tone, points}]; `points` is None where the order earned none."""
    earned = points_kept_by_order(request.merchant, [order.pk for order in orders])
    return [
        {
            "url": portal_url(request, "loyalty-portal:order", public_id("ord", order.pk)),
            "number": order.number,
            "when": order.placed_at,
            "total_minor": order.total_minor,
            "currency": order.currency,
            **status_of(order),
            "points": earned.get(order.pk),
        }
        for order in orders
    ]


def status_of(order: Order) -> dict[str, Any]:
    """{status_label, tone}: in words, and the badge's tone."""
    label, tone = _STATUSES[order.status]
    return {"status_label": label, "tone": tone}
