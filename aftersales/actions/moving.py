"""Status events: which move it is, and who may make it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from aftersales.actions.history import NewEvent
from aftersales.errors import MoveNotAllowed, ReopenTooLate
from aftersales.models import StatusCategory, Ticket, TicketStatus
from aftersales.queries.satisfaction import care_of
from aftersales.rules.history import Kind
from aftersales.rules.moves import may_move, may_reopen_until
from merchants.errors import InvalidValue
from merchants.models import Actor

SIDES = {"member": "customer", "staff": "staff", "api_key": "staff", "system": "system"}


def side_of(by: Actor) -> str:
    """Whose rights an actor has over statuses: an integrator's key acts for the shop."""
    return SIDES[by.kind]


def status_event(ticket: Ticket, status: TicketStatus, *, side: str, why: str = "") -> NewEvent:
    """The event that takes a locked ticket to `status`. Raises MoveNotAllowed, InvalidValue for a status of the past."""
    if status.merchant_id != ticket.merchant_id or status.archived_at is not None:
        raise InvalidValue("status", _("This status is not used any more."), code="archived")
    before, after = StatusCategory(ticket.status_category), StatusCategory(status.category)
    if not may_move(side, before, after):
        raise MoveNotAllowed(before=str(before.label), after=str(after.label))
    payload = {
        "status": status.pk, "meaning": str(after), "name": status.name, "before": str(before), "why": why,
    }  # fmt: skip
    return NewEvent(Kind.STATUS_SET, payload)


def reopened_by_customer(ticket: Ticket, at: datetime) -> None:
    """Raises ReopenTooLate when the time in which the customer may reopen a settled ticket is over."""
    days = care_of(ticket.merchant).reopen_days
    settled_at = ticket.resolved_at or ticket.closed_at
    if settled_at is not None and at > may_reopen_until(settled_at, days):
        raise ReopenTooLate(days=days)
