"""What tests of the desk's rules and people say often."""

from __future__ import annotations

from typing import Any

from aftersales.actions.tickets import open_ticket
from aftersales.models import Ticket
from customers.models import Customer
from merchants.models import Membership, Merchant, StaffMember
from tests.aftersales.tickets import by_member, complaint
from tests.cast import make_staff


def a_ticket(shop: Merchant, customer: Customer, **more: Any) -> Ticket:
    """Opened by the customer, as the portal does."""
    return open_ticket(shop, complaint(customer, **more), by=by_member(customer))


def as_it_is(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(merchant=ticket.merchant_id, pk=ticket.pk)


def membership_of(shop: Merchant, staff: StaffMember) -> Membership:
    return Membership.objects.get(merchant=shop, staff=staff)


def an_agent(shop: Merchant, name: str) -> Membership:
    staff = make_staff(f"{name.lower()}@{shop.slug}.example", name, shop=shop, role="support")
    return membership_of(shop, staff)
