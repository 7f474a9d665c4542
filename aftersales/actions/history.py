"""The one way to change a ticket: append to its history, fold, keep what comes out.

Everything here is three steps: lock the ticket, fold the new events onto its state, write the events, the columns that changed
and the facts that follow from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from aftersales.facts import (
    DeadlineMissed,
    TicketAssigned,
    TicketChanged,
    TicketClosed,
    TicketMerged,
    TicketNoted,
    TicketReopened,
    TicketReplied,
    TicketResolved,
    TicketSplit,
    TicketStatusChanged,
    TicketUnmerged,
)
from aftersales.models import Ticket, TicketEvent
from aftersales.queries.desk import calendar_of
from aftersales.queries.history import state_of
from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.history import COLUMNS, Calendars, Happened, Kind, State, fold
from aftersales.rules.ticket_state import OPEN, SETTLED
from events.actions import Recorded, record_many
from events.facts import Fact
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound
from merchants.models import Actor, Merchant


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append; `payload` as rules/history.py says for its kind. `facts` are told besides those that follow."""

    kind: Kind
    payload: Mapping[str, Any] = field(default_factory=dict)
    facts: Sequence[Fact] = ()


def ticket_moment(merchant: Merchant, occurred_at: datetime | None) -> datetime:
    """When it happens: now, or the moment of the past that history tells. Raises InvalidValue for one to come."""
    present = now(merchant)
    if occurred_at is not None and occurred_at > present:
        raise InvalidValue("occurred_at", _("This moment has not come yet."), code="in_future")
    return occurred_at or present


def lock_tickets(merchant: Merchant, ids: Iterable[int]) -> dict[int, Ticket]:
    """The shop's tickets of `ids`, locked in the order of their ids; those that do not exist are missing."""
    rows = Ticket.objects.select_for_update(no_key=True, of=("self",)).select_related("customer", "category", "status")
    tickets = {each.pk: each for each in rows.filter(merchant=merchant, pk__in=set(ids)).order_by("pk")}
    for ticket in tickets.values():
        ticket.merchant = merchant  # at hand already
        if ticket.customer is not None:
            ticket.customer.merchant = merchant
    return tickets


def lock_ticket(ticket: Ticket) -> Ticket:
    """The same ticket, locked and as it is now. NotFound."""
    found = lock_tickets(ticket.merchant, [ticket.pk]).get(ticket.pk)
    if found is None:
        raise NotFound()
    return found


@transaction.atomic
def append_events(ticket: Ticket, events: Sequence[NewEvent], *, by: Actor, at: datetime | None = None) -> Ticket:
    """Append `events` to the ticket's history, with the facts that follow from them; the ticket as it is afterwards.

    `at` None: now. History never goes back: a moment before the ticket's last event counts as that event's.
    """
    locked = lock_ticket(ticket)
    return write_history(locked, events, by=by, at=ticket_moment(locked.merchant, at))


def write_history(locked: Ticket, events: Sequence[NewEvent], *, by: Actor, at: datetime) -> Ticket:
    """`append_events` for a ticket that `lock_tickets` of the same transaction gave; it is brought up to date in place."""
    if not events:
        return locked
    merchant, before = locked.merchant, state_of(locked)
    at = max(at, before.updated_at)
    state, rows, facts = before, [], []
    for event in events:
        happened = Happened(event.kind, event.payload, at, state.last_event + 1)
        after = fold(state, happened, calendars=calendars_of(merchant))
        rows.append(_row(merchant, locked.pk, happened, by))
        facts += [*facts_of(locked, state, after, happened), *event.facts]
        state = after
    changed = {name: value for name in COLUMNS if (value := getattr(state, name)) != getattr(before, name)}
    Ticket.objects.filter(merchant=merchant, pk=locked.pk).update(**changed)
    for name, value in changed.items():
        setattr(locked, name, value)
    TicketEvent.objects.bulk_create(rows)
    record_many(merchant, [Recorded(fact, about_ticket(locked), at) for fact in facts], by=by)
    return locked


def begin_history(
    merchant: Merchant, fixed: Mapping[str, Any], events: Sequence[NewEvent], *, at: datetime
) -> tuple[Ticket, list[NewEvent]]:
    """A new ticket of the columns `fixed` and what `events` amount to. `keep_beginning` writes the events down afterwards:
    a first message needs the ticket, and the history names the message."""
    state: State | None = None
    for n, event in enumerate(events, start=1):
        state = fold(state, Happened(event.kind, event.payload, at, n), calendars=calendars_of(merchant))
    assert state is not None, "A ticket begins with an event."
    ticket = Ticket(merchant=merchant, **fixed, **{name: getattr(state, name) for name in COLUMNS})
    ticket.save(force_insert=True)
    return ticket, list(events)


def keep_beginning(
    ticket: Ticket, events: Sequence[NewEvent], facts: Sequence[Fact], *, by: Actor, at: datetime
) -> None:
    """Write the first events of a ticket that `begin_history` made, and tell of them."""
    merchant = ticket.merchant
    TicketEvent.objects.bulk_create(
        _row(merchant, ticket.pk, Happened(event.kind, event.payload, at, n), by)
        for n, event in enumerate(events, start=1)
    )
    record_many(merchant, [Recorded(fact, about_ticket(ticket), at) for fact in facts], by=by)


def calendars_of(merchant: Merchant) -> Calendars:
    def calendar(version_id: int) -> BusinessCalendar:
        return calendar_of(merchant, version_id)

    return calendar


def about_ticket(ticket: Ticket) -> tuple[str, int]:
    """Whom a ticket's facts are about: the customer, so that their timeline tells it; a guest's ticket itself."""
    if ticket.customer_id is not None:
        return "customers.customer", ticket.customer_id
    return "aftersales.ticket", ticket.pk


def facts_of(ticket: Ticket, before: State, after: State, event: Happened) -> list[Fact]:
    """What others are told of one event of a ticket."""
    told, names = event.payload, (ticket.pk, ticket.number)
    match event.kind:
        case Kind.REPLIED:
            is_first = before.first_response_at is None and after.first_response_at is not None
            return [TicketReplied(*names, told["message"], told["side"], is_first)]
        case Kind.NOTED:
            return [TicketNoted(*names, told["message"])]
        case Kind.STATUS_SET:
            return _of_status(names, before, after, str(told.get("name", "")))
        case Kind.FIELDS_SET:
            return [TicketChanged(*names, sorted(set(told) & {"subject", "category", "priority", "order"}))]
        case Kind.ASSIGNED if before.assignee_id != after.assignee_id:
            return [TicketAssigned(*names, after.assignee_id, told.get("name", ""), told.get("reason", ""))]
        case Kind.MERGED:
            return [TicketMerged(*names, told["into"], told["number"])]
        case Kind.UNMERGED:
            return [TicketUnmerged(*names, told["into"], told["number"])]
        case Kind.SPLIT:
            return [TicketSplit(*names, told["new"], told["number"])]
        case Kind.ESCALATED:
            return [DeadlineMissed(*names, told["deadline"], told["due_at"])]
    return []


def _of_status(names: tuple[int, int], before: State, after: State, word: str) -> list[Fact]:
    facts: list[Fact] = [TicketStatusChanged(*names, before.status_category, after.status_category, word)]
    if before.resolved_at is None and after.resolved_at is not None:
        facts.append(TicketResolved(*names, after.resolution_seconds or 0, after.breaches))
    if before.closed_at is None and after.closed_at is not None:
        facts.append(TicketClosed(*names))
    if before.status_category in SETTLED and after.status_category in OPEN:
        facts.append(TicketReopened(*names, after.reopened_count))
    return facts


def _row(merchant: Merchant, ticket_id: int, event: Happened, by: Actor) -> TicketEvent:
    return TicketEvent(
        merchant=merchant,
        ticket_id=ticket_id,
        sequence=event.sequence,
        kind=event.kind,
        payload=dict(event.payload),
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name[:120],
        occurred_at=event.at,
    )
