"""Whose turn it is and by when, in words and chips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from aftersales.frames.words import DEADLINES
from aftersales.models import StatusCategory, Ticket

TONES: dict[str, str] = {
    StatusCategory.WAITING_US: "info",
    StatusCategory.WAITING_CUSTOMER: "neutral",
    StatusCategory.PAUSED: "outline",
    StatusCategory.RESOLVED: "success",
    StatusCategory.CLOSED: "neutral",
}
PRIORITY_TONES = {"urgent": "error", "high": "warning", "normal": "neutral", "low": "outline"}


@dataclass(frozen=True, slots=True)
class Deadline:
    label: str
    due_at: datetime


def deadlines_of(ticket: Ticket) -> list[Deadline]:
    """The deadlines that stand, the earliest first, missed ones among them."""
    if ticket.merged_into_id is not None:
        return []
    standing = (
        ("first_response", ticket.first_response_due_at),
        ("next_response", ticket.next_response_due_at),
        ("resolution", ticket.resolution_due_at),
    )
    found = [Deadline(str(DEADLINES[name]), due_at) for name, due_at in standing if due_at is not None]
    return sorted(found, key=lambda each: each.due_at)


def turn_words(ticket: Ticket) -> str:
    """For staff."""
    if ticket.merged_into_id is not None:
        return _("Goes on elsewhere")
    if ticket.status_category == StatusCategory.WAITING_US:
        return _("It is our turn") if ticket.waiting_since else _("Answered; still ours to solve")
    return {
        StatusCategory.WAITING_CUSTOMER: _("It is the customer's turn"),
        StatusCategory.PAUSED: _("Paused: no clock runs"),
        StatusCategory.RESOLVED: _("Resolved"),
        StatusCategory.CLOSED: _("Closed"),
    }[StatusCategory(ticket.status_category)]
