"""What the complaint desk does when something happened."""

from __future__ import annotations

from aftersales.actions.satisfaction import plan_satisfaction
from aftersales.facts import TicketResolved
from aftersales.models import Ticket
from events.models import Event
from events.registry import listens_to


@listens_to(TicketResolved)
def ask_how_it_was(event: Event) -> None:
    """The customer of a resolved ticket is asked once, some minutes later."""
    ticket = Ticket.objects.filter(merchant=event.merchant, pk=event.payload["ticket_id"]).first()
    if ticket is not None:
        ticket.merchant = event.merchant
        plan_satisfaction(ticket, at=event.occurred_at)
