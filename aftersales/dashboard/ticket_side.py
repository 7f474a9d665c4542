"""What stands beside the conversation: who asks, what they bought, what else they wrote, what happened so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from aftersales.dashboard.grants import signal_badges
from aftersales.frames.clocks import TONES
from aftersales.frames.tiers import tier_marks
from aftersales.frames.words import Names, line_of
from aftersales.models import Ticket, TicketLink
from aftersales.queries.goodwill import grants_on, signals_of
from aftersales.queries.history import events_of
from aftersales.queries.people import advisor_of
from aftersales.queries.satisfaction import find_satisfaction
from aftersales.queries.tickets import (
    lines_of_ticket,
    links_of,
    member_tickets,
    suspected_duplicates,
    tickets_of,
)
from aftersales.templatetags.desk import span_words
from commerce.queries import orders_of, summary_of
from customers.queries import traits_of
from loyalty.queries.balances import balance_of
from merchants.frames.navigation import find_url
from merchants.frames.public_ids import public_id
from merchants.frames.staff import StaffRequest, shop_url

_ORDERS = 5
_EARLIER = 5
STAGE_TRAIT = "lifecycle_stage"


def side_of_ticket(request: StaffRequest, ticket: Ticket, names: Names) -> dict[str, Any]:
    """Everything of the rail, as templates/aftersales/dashboard/ticket_*.html name it."""
    history = [line_of(event, names) for event in events_of(ticket)]
    return {
        **_person(request, ticket),
        "grants": grants_on(ticket),
        "satisfaction": _verdict(ticket),
        "merged": ticket_rows(request, tickets_of(request.merchant).filter(merged_into=ticket).order_by("pk")),
        "links": [
            row
            for other, kind in links_of(ticket)
            for row in ticket_rows(request, [other], note=str(TicketLink.Kind(kind).label))
        ],
        "history": [
            {
                "icon": line.icon,
                "tone": "error" if line.alarm else "",
                "title": line.text,
                "when": line.when,
                "by": line.who,
            }
            for line in reversed(history)
        ],
        "first_reply_words": _span(ticket.first_response_seconds),
        "resolution_words": _span(ticket.resolution_seconds),
    }


def ticket_rows(request: StaffRequest, tickets: Iterable[Ticket], *, note: str = "") -> list[dict[str, Any]]:
    """As ticket_list.html draws them."""
    return [
        {
            "url": shop_url(request, "aftersales:ticket", public_id("tkt", each.pk)),
            "public_id": public_id("tkt", each.pk),
            "number": each.number,
            "subject": each.subject,
            "status": each.status.name,
            "tone": TONES[each.status_category],
            "when": each.opened_at,
            "note": note,
        }
        for each in tickets
    ]


def _person(request: StaffRequest, ticket: Ticket) -> dict[str, Any]:
    customer = ticket.customer
    if customer is None:
        return {"customer": None, "recent_orders": [], "lines": _lines(ticket), "duplicates": [], "earlier": []}
    advisor = advisor_of(customer)
    duplicates = (
        []
        if ticket.merged_into_id is not None
        else suspected_duplicates(request.merchant, customer, ticket.subject, ticket.order, but=ticket.pk)
    )
    shown = {each.pk for each in duplicates}
    earlier = member_tickets(customer).exclude(pk=ticket.pk).exclude(pk__in=shown)[:_EARLIER]
    return {
        "customer": customer,
        "tier": tier_marks(request.merchant).get(ticket.tier),
        "balance": balance_of(customer),
        "summary": summary_of(customer),
        "stage": traits_of(customer).filter(key=STAGE_TRAIT).values_list("value", flat=True).first(),
        "advisor": str(advisor.membership.staff) if advisor else "",
        "signals": signal_badges(signals_of(customer)),
        "recent_orders": _orders(request, ticket),
        "lines": _lines(ticket),
        "duplicates": ticket_rows(request, duplicates),
        "earlier": ticket_rows(request, earlier),
    }


def _orders(request: StaffRequest, ticket: Ticket) -> list[dict[str, Any]]:
    """The customer's latest orders, the ticket's own among them."""
    orders = list(orders_of(request.merchant).filter(customer=ticket.customer)[:_ORDERS])
    if ticket.order is not None and ticket.order.pk not in {each.pk for each in orders}:
        orders = [ticket.order, *orders[: _ORDERS - 1]]
    return [
        {
            "url": find_url("loyalty:order", request.merchant.slug, public_id("ord", each.pk)),
            "public_id": public_id("ord", each.pk),
            "number": each.number,
            "placed_at": each.placed_at,
            "total_minor": each.total_minor,
            "currency": each.currency,
            "is_this": each.pk == ticket.order_id,
        }
        for each in orders
    ]


def _lines(ticket: Ticket) -> list[dict[str, Any]]:
    return [
        {
            "name": line.order_line.name
            or (line.order_line.product.name if line.order_line.product else "")
            or line.order_line.sku,
            "quantity": line.quantity,
        }
        for line in lines_of_ticket(ticket)
    ]


def _verdict(ticket: Ticket) -> object:
    found = find_satisfaction(ticket)
    return found if found is not None and (found.sent_at or found.score) else None


def _span(seconds: int | None) -> str:
    """Business time, said so."""
    return "" if seconds is None else _("%(time)s of business time") % {"time": span_words(seconds)}
