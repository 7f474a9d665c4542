"""What tests of the desk say often."""

from __future__ import annotations

from typing import Any

from aftersales.actions.history import calendars_of
from aftersales.actions.tickets import NewTicket
from aftersales.models import Ticket
from aftersales.queries.history import events_of, happened, state_of
from aftersales.rules.history import rebuilt
from customers.models import Customer
from merchants.models import Actor


def by_member(customer: Customer) -> Actor:
    return Actor("member", customer.pk, customer.display_name)


def complaint(customer: Customer | None, **more: Any) -> NewTicket:
    """A broken tea tin."""
    known: dict[str, Any] = {"subject": "茶罐裂了", "body": "茶罐裂了", "channel": "portal", "customer": customer}
    return NewTicket(**(known | more))


def derived_is_rebuilt(ticket: Ticket) -> None:
    """The ticket's row says what its history amounts to."""
    row = Ticket.objects.get(merchant=ticket.merchant_id, pk=ticket.pk)
    assert rebuilt(happened(events_of(ticket)), calendars=calendars_of(ticket.merchant)) == state_of(row)
