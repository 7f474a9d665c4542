"""One ticket: its page, its pane beside the inbox, who else looks at it, and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from aftersales.actions.presence import note_presence
from aftersales.dashboard.ticket_side import side_of_ticket
from aftersales.dashboard.ticket_tools import tools_of
from aftersales.frames.attachments import file_response
from aftersales.frames.clocks import PRIORITY_TONES, TONES, deadlines_of, turn_words
from aftersales.frames.thread import names_of, staff_thread
from aftersales.models import Attachment, Ticket
from aftersales.queries.tickets import get_attachment, get_ticket, tickets_of
from merchants.errors import NotFound
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission, may


def ticket_at(request: StaffRequest, ticket_id: str) -> Ticket:
    """The ticket of a public id in the address; NotFound for another shop's."""
    return get_ticket(request.merchant, id=read_public_id("tkt", ticket_id))


def numbered_ticket(request: StaffRequest, text: str) -> Ticket:
    """The ticket that somebody typed the number of, with # or without; NotFound."""
    plain = text.strip().lstrip("#")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 19):
        raise NotFound()
    return get_ticket(request.merchant, number=int(plain))


def ticket_url(request: StaffRequest, ticket: Ticket) -> str:
    return shop_url(request, "aftersales:ticket", public_id("tkt", ticket.pk))


@require_GET
@staff_page(Permission.SEE_TICKETS)
def ticket_page(request: StaffRequest, ticket_id: str) -> HttpResponse:
    return draw_ticket(request, ticket_at(request, ticket_id))


def draw_ticket(request: StaffRequest, ticket: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
    """The whole page, or for htmx the ticket alone: every verb answers with it."""
    alone = request.htmx and not request.htmx.boosted
    template = "aftersales/dashboard/ticket.html#view" if alone else "aftersales/dashboard/ticket.html"
    return page(request, template, status=status, **_context(request, ticket), **more)


def _context(request: StaffRequest, ticket: Ticket) -> dict[str, Any]:
    names = names_of(request.merchant)
    pane = "1" if (request.POST.get("pane") or request.GET.get("pane")) == "1" and request.htmx else ""
    return {
        "ticket": ticket,
        "public_id": public_id("tkt", ticket.pk),
        "ticket_url": ticket_url(request, ticket),
        "pane": pane,
        "tone": TONES[ticket.status_category],
        "priority_tone": PRIORITY_TONES[ticket.priority],
        "assignee_name": str(ticket.assignee.staff) if ticket.assignee else "",
        "turn_words": turn_words(ticket),
        "deadlines": deadlines_of(ticket),
        "thread": staff_thread(ticket, names, file_url=lambda file: attachment_url(request, file)),
        "can_work": may(request.membership.role, Permission.WORK_TICKETS),
        "others": [],
        **side_of_ticket(request, ticket, names),
        **tools_of(request, ticket),
    }


@require_POST
@staff_page(Permission.SEE_TICKETS)
def presence(request: StaffRequest, ticket_id: str) -> HttpResponse:
    """Tells that somebody looks, or types; answers who else does, and with the thread where it has grown since `seen`."""
    number = read_public_id("tkt", ticket_id)
    found = tickets_of(request.merchant).filter(pk=number).first()
    if found is None:
        raise NotFound()
    found.merchant = request.merchant
    others = note_presence(found, request.membership, request.POST.get("typing") == "1")
    company = [{"name": other.name, "typing": other.is_typing} for other in others]
    context: dict[str, Any] = {"others": company, "somebody_types": any(other.is_typing for other in others)}
    if request.POST.get("seen") == str(found.last_event):
        return page(request, "aftersales/dashboard/ticket_company.html", **context)
    names = names_of(request.merchant)
    return page(
        request,
        "aftersales/dashboard/ticket_news.html",
        ticket=found,
        turn_words=turn_words(found),
        deadlines=deadlines_of(found),
        thread=staff_thread(found, names, file_url=lambda file: attachment_url(request, file)),
        oob=True,
        **context,
    )


@require_GET
@staff_page(Permission.SEE_TICKETS)
def attachment(request: StaffRequest, attachment_id: str) -> HttpResponseBase:
    return file_response(get_attachment(request.merchant, read_public_id("att", attachment_id)))


def attachment_url(request: StaffRequest, file: Attachment) -> str:
    return shop_url(request, "aftersales:attachment", public_id("att", file.pk))


def answered(request: StaffRequest, ticket: Ticket, text: str) -> HttpResponse:
    """After a verb: the ticket anew with a toast for htmx, else its page with a message."""
    if not request.htmx:
        messages.success(request, text)
        return HttpResponseRedirect(ticket_url(request, ticket))
    response = draw_ticket(request, get_ticket(request.merchant, id=ticket.pk))
    return trigger_client_event(
        trigger_client_event(response, "toast", {"text": text, "tone": "success"}), "ticket-changed", {}
    )
