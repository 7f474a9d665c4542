"""Trying routing rules on tickets that came before: what would have become of them. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aftersales.models import Message, Ticket, TicketEvent
from aftersales.queries.desk import categories_of, routing_in_force
from aftersales.queries.people import workers_of
from aftersales.rules.history import Kind
from aftersales.rules.routing import RoutingDocument, RoutingInput, RoutingOutcome, route
from merchants.models import Membership, Merchant


@dataclass(frozen=True, slots=True)
class Tried:
    """One ticket as it came in: what the rules in force make of it, and what the tried ones would."""

    ticket: Ticket
    before: RoutingOutcome
    outcome: RoutingOutcome
    assignee: Membership | None  # whom the tried rules name; None: nobody, or somebody who left

    @property
    def changes(self) -> bool:
        """Whether the ticket would have fared otherwise; names and places of rules make no difference."""
        return _effect(self.before) != _effect(self.outcome)


def dry_run_routing(merchant: Merchant, document: RoutingDocument, last: int = 100) -> list[Tried]:
    """The rules of `document` on the shop's last tickets, newest first."""
    tickets = list(
        Ticket.objects.filter(merchant=merchant, is_recovery=False)
        .select_related("customer", "category", "order", "assignee__staff")
        .order_by("-opened_at", "-id")[:last]
    )
    inputs = _as_they_came(merchant, tickets)
    in_force = routing_in_force(merchant)
    people = {worker.pk: worker for worker in workers_of(merchant)}
    tried = []
    for ticket in tickets:
        outcome = route(document, inputs[ticket.pk])
        assignee = people.get(outcome.assignee) if outcome.assignee is not None else None
        tried.append(Tried(ticket, route(in_force, inputs[ticket.pk]), outcome, assignee))
    return tried


def _as_they_came(merchant: Merchant, tickets: list[Ticket]) -> dict[int, RoutingInput]:
    """{ticket id: what was known when it was opened}: category and tier from its history, text from its first message."""
    ids = [ticket.pk for ticket in tickets]
    first = {
        message.ticket_id: message.body_text
        for message in Message.objects.filter(merchant=merchant, ticket__in=ids)
        .order_by("ticket", "id").distinct("ticket")
    }  # fmt: skip
    told: dict[tuple[int, str], dict[str, Any]] = {}
    events = TicketEvent.objects.filter(merchant=merchant, ticket__in=ids, kind__in=[Kind.OPENED, Kind.TARGETED])
    for event in events.order_by("ticket", "sequence"):
        told.setdefault((event.ticket_id, event.kind), event.payload)
    codes = dict(categories_of(merchant, archived=True).values_list("pk", "code"))
    inputs = {}
    for ticket in tickets:
        opened, targeted = told.get((ticket.pk, Kind.OPENED), {}), told.get((ticket.pk, Kind.TARGETED), {})
        inputs[ticket.pk] = RoutingInput(
            category=codes.get(opened.get("category", ticket.category_id), ticket.category.code),
            tier=str(targeted.get("tier", ticket.tier)),
            channel=ticket.channel,
            text=f"{opened.get('subject', ticket.subject)}\n{first.get(ticket.pk, '')}",
            order_total_minor=ticket.order.total_minor if ticket.order is not None else None,
        )
    return inputs


def _effect(outcome: RoutingOutcome) -> tuple[str | None, str | None, int | None, str | None]:
    return outcome.priority, outcome.category, outcome.assignee, outcome.skill
