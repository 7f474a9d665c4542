"""One change to many tickets. The preview does it and takes it back, so it cannot promise what then fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from aftersales.actions.history import lock_tickets
from aftersales.actions.tickets import assign_ticket, change_ticket, set_ticket_status, snooze_ticket
from aftersales.models import Ticket, TicketCategory, TicketStatus
from merchants.errors import DomainError, InvalidValue
from merchants.models import Actor, Membership, Merchant

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is done to each ticket; what is empty stays. `unassigns` takes tickets from whoever has them."""

    status: TicketStatus | None = None
    category: TicketCategory | None = None
    priority: str | None = None
    assignee: Membership | None = None
    unassigns: bool = False
    snooze_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """A ticket as it is afterwards; whether anything changed, or why it was refused."""

    ticket: Ticket
    is_changed: bool
    refusal: DomainError | None = None


def preview_bulk(merchant: Merchant, ticket_ids: Sequence[int], change: BulkChange, *, by: Actor) -> list[BulkOutcome]:
    """What `bulk_change` would do. Nothing is written."""
    with transaction.atomic():
        outcomes = bulk_change(merchant, ticket_ids, change, by=by)
        transaction.set_rollback(True)
    return outcomes


@transaction.atomic
def bulk_change(merchant: Merchant, ticket_ids: Sequence[int], change: BulkChange, *, by: Actor) -> list[BulkOutcome]:
    """Do it to each ticket that allows it, in the order of their numbers; ids of other shops are as if they were not there.

    What one ticket refuses leaves that one as it was and the others changed. Raises InvalidValue for more than MOST_AT_ONCE.
    """
    if len(set(ticket_ids)) > MOST_AT_ONCE:
        raise InvalidValue("tickets", _("At most %(most)s tickets at once."), code="too_many", most=MOST_AT_ONCE)
    tickets = sorted(lock_tickets(merchant, ticket_ids).values(), key=lambda each: each.number)
    return [_one(ticket, change, by=by) for ticket in tickets]


def _one(ticket: Ticket, change: BulkChange, *, by: Actor) -> BulkOutcome:
    try:
        with transaction.atomic():
            changed = _apply(ticket, change, by=by)
    except DomainError as refusal:
        return BulkOutcome(ticket, False, refusal)
    return BulkOutcome(changed, changed.last_event != ticket.last_event)


def _apply(ticket: Ticket, change: BulkChange, *, by: Actor) -> Ticket:
    changed = ticket
    if change.category is not None or change.priority is not None:
        changed = change_ticket(ticket, by=by, category=change.category, priority=change.priority)
    if change.assignee is not None or change.unassigns:
        changed = assign_ticket(ticket, change.assignee, by=by)
    if change.status is not None:
        changed = set_ticket_status(ticket, change.status, by=by)
    if change.snooze_until is not None:
        changed = snooze_ticket(ticket, change.snooze_until, by=by)
    return changed
