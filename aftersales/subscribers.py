"""What the complaint desk does when something happened."""

from __future__ import annotations

from aftersales.actions.retargeting import retarget_customer, retarget_open_tickets
from aftersales.actions.satisfaction import plan_satisfaction
from aftersales.facts import CalendarPublished, DeskPublished, OpenTicketsRetargeted, TicketResolved
from aftersales.models import DocumentKind, Ticket
from customers.models import Customer
from events.models import Event
from events.registry import listens_to
from loyalty.facts import TierChanged


@listens_to(TicketResolved)
def ask_how_it_was(event: Event) -> None:
    """The customer of a resolved ticket is asked once, some minutes later."""
    ticket = Ticket.objects.filter(merchant=event.merchant, pk=event.payload["ticket_id"]).first()
    if ticket is not None:
        ticket.merchant = event.merchant
        plan_satisfaction(ticket, at=event.occurred_at)


@listens_to(TierChanged)
def promise_by_new_tier(event: Event) -> None:
    """A customer's open tickets follow their tier."""
    customer = Customer.objects.filter(merchant=event.merchant, pk=event.about_id or 0).first()
    if customer is not None:
        customer.merchant = event.merchant
        retarget_customer(customer)


@listens_to(DeskPublished, CalendarPublished, OpenTicketsRetargeted)
def move_open_tickets(event: Event) -> None:
    """New service levels or hours reach the open tickets some thousands at a time: each lot tells of itself, to here."""
    is_for_others = event.type == DeskPublished.wire and event.payload["kind"] != DocumentKind.SLA
    is_done = event.type == OpenTicketsRetargeted.wire and not event.payload["more"]
    if not is_for_others and not is_done:
        retarget_open_tickets(event.merchant)
