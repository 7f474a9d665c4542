"""The customer's timeline: every floor's facts about one person, one line each."""

from __future__ import annotations

from typing import Any

from django.template import Context, Template
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from events.models import Event
from events.queries import timeline

_LINES = 20
PARTS = (
    ("", _("Everything")),
    ("orders", _("Orders")),
    ("points", _("Points and tiers")),
    ("consent", _("Consent")),
    ("staff", _("By staff")),
)
_TYPES = {
    "orders": {"type__startswith": "commerce."},
    "points": {"type__startswith": "loyalty."},
    "consent": {"type__startswith": "customers.consent_"},
    "staff": {"actor_kind": "staff"},
}
# The mark before a line: by the fact's own name, else by its floor.
_MARKS: dict[str, tuple[str, str]] = {
    "customers.customer_registered": ("user-plus", "success"),
    "customers.customer_archived": ("archive", "warning"),
    "customers.customer_restored": ("rotate-ccw", "success"),
    "customers.consent_given": ("shield-check", "success"),
    "customers.consent_withdrawn": ("shield", "warning"),
    "customers.customer_tagged": ("tag", ""),
    "customers.customer_untagged": ("tag", ""),
    "customers.note_added": ("pencil", ""),
    "customers.note_removed": ("trash-2", ""),
    "customers.personal_data_revealed": ("eye", "info"),
    "customers.personal_data_downloaded": ("download", "info"),
    "customers.member_signed_in": ("log-in", ""),
    "customers.external_id_linked": ("link", ""),
    "commerce.order_was_cancelled": ("circle-x", "warning"),
    "commerce.refund_recorded": ("undo-2", "warning"),
    "loyalty.points_earned": ("coins", "success"),
    "loyalty.points_granted": ("gift", "success"),
    "loyalty.points_spent": ("hand-coins", "accent"),
    "loyalty.points_taken_back": ("undo-2", "warning"),
    "loyalty.points_expired": ("clock", "warning"),
    "loyalty.points_adjusted": ("sliders-horizontal", "info"),
    "loyalty.tier_changed": ("award", "accent"),
    "loyalty.tier_grace_started": ("timer", "warning"),
}
_FLOOR_MARKS = {"commerce": ("shopping-bag", "info"), "loyalty": ("coins", ""), "customers": ("user", "")}
_SENTENCE = "{% load sentences %}{% sentence event %}"


def entries_of(customer: Customer, *, part: str = "", before: str = "") -> tuple[list[dict[str, Any]], str]:
    """A page of lines as components/timeline.html draws them, and what to ask for the earlier ones ("" at the end).

    `before` is an event's id: what is listed stands still while new things happen on top.
    """
    events = timeline(customer.merchant, customer).filter(**_TYPES.get(part, {}))
    edge = _edge(customer, before)
    if edge is not None:
        events = events.filter(occurred_at__lte=edge.occurred_at).exclude(occurred_at=edge.occurred_at, id__gte=edge.pk)
    rows = list(events[: _LINES + 1])
    template = Template(_SENTENCE)
    lines = [_line(event, template) for event in rows[:_LINES]]
    return lines, str(rows[_LINES - 1].pk) if len(rows) > _LINES else ""


def _edge(customer: Customer, before: str) -> Event | None:
    if not (before.isascii() and before.isdigit()):
        return None
    return timeline(customer.merchant, customer).filter(pk=int(before[:18])).first()


def _line(event: Event, template: Template) -> dict[str, Any]:
    floor = event.type.partition(".")[0]
    icon, tone = _MARKS.get(event.type) or _FLOOR_MARKS.get(floor, ("activity", ""))
    return {
        "icon": icon,
        "tone": tone,
        "title": template.render(Context({"event": event})),
        "when": event.occurred_at,
        "by": event.actor_name if event.actor_kind in ("staff", "api_key") else "",
    }
