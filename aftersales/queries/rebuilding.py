"""Every figure of a ticket, folded anew from its history and compared with its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aftersales.models import Ticket, TicketEvent
from aftersales.queries.desk import calendar_of
from aftersales.queries.history import state_of
from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.history import COLUMNS, Happened, rebuilt
from merchants.models import Membership, Merchant
from merchants.queries import live_shop_of

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of one ticket: what the row says, and what its history amounts to."""

    ticket_id: int
    number: int
    column: str
    row: Any
    history: Any


def differences_of(merchant: Merchant) -> Iterator[Difference]:
    """All differences in a shop, ticket by ticket in the order of their ids; none in a sound one.

    Who left the team is nobody in a row, while the history remembers: that is no difference.
    """
    team = set(Membership.objects.filter(merchant=live_shop_of(merchant)).values_list("pk", flat=True))

    def calendars(version_id: int) -> BusinessCalendar:
        return calendar_of(merchant, version_id)

    last = 0
    while True:
        tickets = list(Ticket.objects.filter(merchant=merchant, pk__gt=last).order_by("pk")[:_CHUNK])
        if not tickets:
            return
        last = tickets[-1].pk
        histories: dict[int, list[Happened]] = {each.pk: [] for each in tickets}
        rows = TicketEvent.objects.filter(merchant=merchant, ticket__in=list(histories)).order_by("ticket", "sequence")
        for row in rows:
            histories[row.ticket_id].append(Happened(row.kind, row.payload, row.occurred_at, row.sequence))
        for ticket in tickets:
            yield from _compare(ticket, histories[ticket.pk], calendars, team)


def _compare(ticket: Ticket, events: list[Happened], calendars: Any, team: set[int]) -> Iterator[Difference]:
    state, row = rebuilt(events, calendars=calendars), state_of(ticket)
    if state is None:
        yield Difference(ticket.pk, ticket.number, "history", f"{ticket.last_event} events", "none")
        return
    if [each.sequence for each in events] != list(range(1, len(events) + 1)):
        yield Difference(ticket.pk, ticket.number, "history", "1, 2, 3 …", "a gap")
    for name in COLUMNS:
        told, seen = getattr(state, name), getattr(row, name)
        gone = name in ("assignee_id", "advisor_id") and seen is None and told not in team
        if told != seen and not gone:
            yield Difference(ticket.pk, ticket.number, name, seen, told)
