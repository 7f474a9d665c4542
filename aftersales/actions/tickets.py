"""Working on a ticket: its status, its fields, whose it is, when it comes back. Opening and answering stand beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from aftersales.actions.history import NewEvent, lock_ticket, lock_tickets, ticket_moment, write_history
from aftersales.actions.messages import add_ticket_note, reply_to_ticket
from aftersales.actions.moving import reopened_by_customer, side_of, status_event
from aftersales.actions.opening import NewTicket, open_ticket, tidy_subject
from aftersales.errors import NotAnAgent, TicketMergedAway, TicketNotSettled, TicketSettled
from aftersales.models import (
    OPEN_CATEGORIES,
    AssignReason,
    Priority,
    StatusCategory,
    Ticket,
    TicketCategory,
    TicketStatus,
)
from aftersales.queries.desk import default_status, promised
from aftersales.queries.people import workers_of
from aftersales.queries.satisfaction import care_of
from aftersales.queries.tickets import surviving_ticket
from aftersales.rules.history import Kind
from commerce.models import Order
from merchants.clock import now
from merchants.errors import InvalidValue
from merchants.models import SYSTEM, Actor, Membership, Merchant

__all__ = [
    "UNCHANGED", "NewTicket", "add_ticket_note", "assign_ticket", "change_ticket", "close_resolved", "close_ticket",
    "open_ticket", "reopen_ticket", "reply_to_ticket", "resolve_ticket", "set_ticket_status", "snooze_ticket", "wake_ticket",
]  # fmt: skip


class _Unchanged:
    """For what None is a value of."""


UNCHANGED: Final = _Unchanged()


@transaction.atomic
def set_ticket_status(
    ticket: Ticket, status: TicketStatus, *, by: Actor, why: str = "", occurred_at: datetime | None = None
) -> Ticket:
    """Put a ticket into one of the shop's statuses. The same again changes nothing.

    Raises MoveNotAllowed, ReopenTooLate for a customer who comes too late, TicketMergedAway, InvalidValue.
    """
    locked = lock_working(ticket)
    at = ticket_moment(locked.merchant, occurred_at)
    if locked.status_id == status.pk:
        return locked
    if by.kind == "member" and _is_settled(locked) and status.category in OPEN_CATEGORIES:
        reopened_by_customer(locked, at)
    return write_history(locked, [status_event(locked, status, side=side_of(by), why=why)], by=by, at=at)


def resolve_ticket(ticket: Ticket, *, by: Actor, occurred_at: datetime | None = None) -> Ticket:
    """Say that it is solved: the customer may still say that it is not. Resolved or closed already: nothing changes."""
    return _settle(ticket, StatusCategory.RESOLVED, by=by, occurred_at=occurred_at)


def close_ticket(ticket: Ticket, *, by: Actor, why: str = "", occurred_at: datetime | None = None) -> Ticket:
    """Put it away. Closed already: nothing changes."""
    return _settle(ticket, StatusCategory.CLOSED, by=by, why=why, occurred_at=occurred_at)


@transaction.atomic
def reopen_ticket(
    ticket: Ticket, *, by: Actor, body: str = "", reference: str = "", occurred_at: datetime | None = None
) -> Ticket:
    """Take up a settled ticket again, perhaps with a word why. Raises TicketNotSettled, ReopenTooLate for a customer."""
    locked = lock_working(ticket)
    at = ticket_moment(locked.merchant, occurred_at)
    if not _is_settled(locked):
        raise TicketNotSettled()
    if by.kind == "member":
        reopened_by_customer(locked, at)
    status = default_status(locked.merchant, StatusCategory.WAITING_US)
    write_history(locked, [status_event(locked, status, side=side_of(by))], by=by, at=at)
    if body.strip():
        reply_to_ticket(
            locked, body=body, by=by, reference=reference, then_status=None if by.kind == "member" else status,
            occurred_at=occurred_at,
        )  # fmt: skip
    return lock_ticket(locked)


@transaction.atomic
def change_ticket(
    ticket: Ticket,
    *,
    by: Actor,
    subject: str | None = None,
    category: TicketCategory | None = None,
    priority: str | None = None,
    order: Order | _Unchanged | None = UNCHANGED,
    occurred_at: datetime | None = None,
) -> Ticket:
    """Change what a ticket is about. Another category or priority chooses its service levels anew.

    Raises InvalidValue, TicketMergedAway. What is the same already is not written.
    """
    locked = lock_working(ticket)
    merchant, at = locked.merchant, ticket_moment(locked.merchant, occurred_at)
    told = _changes(locked, subject, category, priority, order)
    if not told:
        return locked
    events = [NewEvent(Kind.FIELDS_SET, told)]
    if {"category", "priority"} & set(told) and locked.status_category in OPEN_CATEGORIES:
        code = (category or locked.category).code
        promise = promised(merchant, tier=locked.tier, priority=priority or locked.priority, category=code)
        events.append(NewEvent(Kind.TARGETED, promise.payload()))
    write_history(locked, events, by=by, at=at)
    if "category" in told and category is not None:
        locked.category = category
    return locked


@transaction.atomic
def assign_ticket(
    ticket: Ticket,
    membership: Membership | None,
    *,
    by: Actor,
    reason: str = AssignReason.CHOSEN,
    occurred_at: datetime | None = None,
) -> Ticket:
    """Give a ticket to somebody who may work on tickets, or to nobody. Raises NotAnAgent, TicketMergedAway."""
    locked = lock_working(ticket)
    at = ticket_moment(locked.merchant, occurred_at)
    if membership is not None and not workers_of(locked.merchant).filter(pk=membership.pk).exists():
        raise NotAnAgent()
    wanted = membership.pk if membership is not None else None
    if locked.assignee_id == wanted:
        return locked
    name = str(membership.staff) if membership is not None else ""
    write_history(
        locked, [NewEvent(Kind.ASSIGNED, {"assignee": wanted, "name": name, "reason": str(reason)})], by=by, at=at
    )
    locked.assignee = membership
    return locked


@transaction.atomic
def snooze_ticket(ticket: Ticket, until: datetime, *, by: Actor, occurred_at: datetime | None = None) -> Ticket:
    """Put an open ticket out of sight until then, or until its customer writes. Its deadlines run on.

    Raises TicketSettled, TicketMergedAway, InvalidValue for a moment that is past or more than a year ahead.
    """
    locked = lock_working(ticket)
    at = ticket_moment(locked.merchant, occurred_at)
    if _is_settled(locked):
        raise TicketSettled()
    if not at < until <= at + timedelta(days=366):
        raise InvalidValue("until", _("Choose a moment ahead, within a year."), code="out_of_range")
    return write_history(locked, [NewEvent(Kind.SNOOZED, {"until": until.isoformat()})], by=by, at=at)


@transaction.atomic
def wake_ticket(ticket: Ticket, *, by: Actor, occurred_at: datetime | None = None) -> Ticket:
    """Bring a snoozed ticket back. Awake already: nothing changes."""
    locked = lock_ticket(ticket)
    if locked.snoozed_until is None:
        return locked
    return write_history(locked, [NewEvent(Kind.WOKE)], by=by, at=ticket_moment(locked.merchant, occurred_at))


def close_resolved(merchant: Merchant, *, most: int = 500) -> int:
    """Close what was resolved longer ago than the shop waits for a word of the customer; how many there were."""
    at = now(merchant)
    oldest = at - timedelta(days=care_of(merchant).close_after_days)
    due = Ticket.objects.filter(
        merchant=merchant, status_category=StatusCategory.RESOLVED, resolved_at__lte=oldest, merged_into__isnull=True
    )
    ids = list(due.order_by("resolved_at").values_list("pk", flat=True)[:most])
    closed = 0
    for pk in ids:
        with transaction.atomic():
            locked = lock_tickets(merchant, [pk]).get(pk)
            if locked is None or locked.status_category != StatusCategory.RESOLVED:
                continue
            status = default_status(merchant, StatusCategory.CLOSED)
            write_history(locked, [status_event(locked, status, side="system", why="time")], by=SYSTEM, at=at)
            closed += 1
    return closed


def lock_working(ticket: Ticket) -> Ticket:
    """The ticket, locked; TicketMergedAway when it went on in another."""
    locked = lock_ticket(ticket)
    if locked.merged_into_id is not None:
        raise TicketMergedAway(number=surviving_ticket(locked).number)
    return locked


@transaction.atomic
def _settle(
    ticket: Ticket, category: StatusCategory, *, by: Actor, why: str = "", occurred_at: datetime | None = None
) -> Ticket:
    locked = lock_working(ticket)
    if locked.status_category in (category, StatusCategory.CLOSED):
        return locked
    at = ticket_moment(locked.merchant, occurred_at)
    status = default_status(locked.merchant, category)
    return write_history(locked, [status_event(locked, status, side=side_of(by), why=why)], by=by, at=at)


def _is_settled(ticket: Ticket) -> bool:
    return ticket.status_category not in OPEN_CATEGORIES


def _changes(
    ticket: Ticket,
    subject: str | None,
    category: TicketCategory | None,
    priority: str | None,
    order: Order | _Unchanged | None,
) -> dict[str, object]:
    told: dict[str, object] = {}
    if subject is not None and (tidy := tidy_subject(subject)) != ticket.subject:
        told["subject"] = tidy
    if category is not None and category.pk != ticket.category_id:
        if category.merchant_id != ticket.merchant_id or category.archived_at is not None:
            raise InvalidValue("category", _("There is no such category."), code="unknown")
        told |= {"category": category.pk, "is_complaint": category.is_complaint}
    if priority is not None and priority != ticket.priority:
        if priority not in Priority.values:
            raise InvalidValue("priority", _("There is no such priority."), code="unknown")
        told["priority"] = str(priority)
    if not isinstance(order, _Unchanged):
        wanted = order.pk if order is not None else None
        if order is not None and (order.merchant_id, order.customer_id) != (ticket.merchant_id, ticket.customer_id):
            raise InvalidValue("order", _("This order is not the customer's."), code="not_theirs")
        if wanted != ticket.order_id:
            told["order"] = wanted
    return told
