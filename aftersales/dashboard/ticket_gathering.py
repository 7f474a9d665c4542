"""Tickets that belong together: merge, separate again, split, link."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aftersales.actions.gathering import link_tickets, merge_tickets, split_ticket, unlink_tickets, unmerge_ticket
from aftersales.dashboard.ticket import answered, numbered_ticket, ticket_at, ticket_url
from aftersales.models import TicketLink
from merchants.frames.staff import StaffRequest, staff_page
from merchants.roles import Permission


@require_POST
@staff_page(Permission.MERGE_TICKETS)
def merge(request: StaffRequest, ticket_id: str) -> HttpResponse:
    """The ticked tickets, and the one whose number was typed, go on in this one."""
    ticket = ticket_at(request, ticket_id)
    others = [ticket_at(request, other) for other in request.POST.getlist("others")[:20]]
    if request.POST.get("number", "").strip():
        others.append(numbered_ticket(request, request.POST["number"]))
    merge_tickets(ticket, others, by=request.actor)
    return answered(request, ticket, _("Merged."))


@require_POST
@staff_page(Permission.MERGE_TICKETS)
def unmerge(request: StaffRequest, ticket_id: str) -> HttpResponse:
    return answered(request, unmerge_ticket(ticket_at(request, ticket_id), by=request.actor), _("Separated again."))


@require_POST
@staff_page(Permission.MERGE_TICKETS)
def split(request: StaffRequest, ticket_id: str) -> HttpResponse:
    """Leads to the new ticket."""
    chosen = [text for text in request.POST.getlist("messages")[:200] if text.isascii() and text.isdigit()]
    made = split_ticket(
        ticket_at(request, ticket_id),
        [int(text) for text in chosen if len(text) < 19],
        request.POST.get("subject", ""),
        by=request.actor,
        reference=request.POST.get("reference", "")[:64],
    )
    messages.success(request, _("Ticket #%(number)s was split off.") % {"number": made.number})
    return HttpResponseRedirect(ticket_url(request, made))


@require_POST
@staff_page(Permission.MERGE_TICKETS)
def link(request: StaffRequest, ticket_id: str) -> HttpResponse:
    """By number, with what ties them; `gone` takes the link away."""
    ticket = ticket_at(request, ticket_id)
    other = numbered_ticket(request, request.POST.get("number", ""))
    if request.POST.get("gone") == "1":
        unlink_tickets(ticket, other, by=request.actor)
        return answered(request, ticket, _("No longer linked."))
    kind = request.POST.get("kind", "")
    link_tickets(ticket, other, by=request.actor, kind=kind if kind in TicketLink.Kind.values else "related")
    return answered(request, ticket, _("Linked."))
