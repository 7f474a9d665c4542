"""A ticket's history as rows, and its state as the rules know it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from aftersales.models import Ticket, TicketEvent
from aftersales.rules.history import COLUMNS, Happened, State


def state_of(ticket: Ticket) -> State:
    """The derived columns of a row."""
    return State(**{name: getattr(ticket, name) for name in COLUMNS})


def events_of(ticket: Ticket) -> QuerySet[TicketEvent]:
    """What happened to one ticket, in order."""
    return TicketEvent.objects.filter(merchant=ticket.merchant_id, ticket=ticket).order_by("sequence")


def happened(rows: QuerySet[TicketEvent]) -> Iterator[Happened]:
    """Rows of history as the fold takes them."""
    for row in rows:
        yield Happened(row.kind, row.payload, row.occurred_at, row.sequence)
