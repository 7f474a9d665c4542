"""What staff do to a ticket: each form calls one action, and the ticket comes back as it is then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aftersales.actions.goodwill import grant_goodwill
from aftersales.actions.messages import add_ticket_note, reply_to_ticket
from aftersales.actions.tickets import (
    assign_ticket,
    change_ticket,
    close_ticket,
    reopen_ticket,
    resolve_ticket,
    set_ticket_status,
    snooze_ticket,
)
from aftersales.dashboard.ticket import answered, draw_ticket, ticket_at
from aftersales.dashboard.ticket_tools import snooze_moment
from aftersales.frames.attachments import keep_files
from aftersales.models import GrantState, TicketStatus
from aftersales.queries.desk import categories_of, statuses_of
from aftersales.queries.people import get_worker
from commerce.queries import get_order
from merchants.errors import DomainError, InvalidValue, NotFound
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, staff_page
from merchants.models import Merchant
from merchants.roles import Permission


@require_POST
@staff_page(Permission.WORK_TICKETS)
def say(request: StaffRequest, ticket_id: str) -> HttpResponse:
    """A reply or a note, with its files. A refusal gives the words back where they were written."""
    ticket = ticket_at(request, ticket_id)
    body = request.POST.get("body", "")
    is_note = request.POST.get("mode") == "note"
    reference = request.POST.get("reference", "")[:64]
    try:
        with transaction.atomic():
            files = keep_files(request, request.merchant, by=request.actor)
            if is_note:
                add_ticket_note(ticket, body=body, by=request.actor, reference=reference, attachments=files)
            else:
                then = _status(request.merchant, request.POST.get("then", ""))
                reply_to_ticket(
                    ticket, body=body, by=request.actor, reference=reference, attachments=files, then_status=then
                )
    except DomainError as refusal:
        if refusal.http_status == 404:
            raise
        return draw_ticket(
            request,
            ticket_at(request, ticket_id),
            status=422,
            compose_error=refusal.text(),
            body=body,
            mode="note" if is_note else "reply",
            then=request.POST.get("then", ""),
        )
    return answered(request, ticket, _("Note kept.") if is_note else _("Sent."))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def status(request: StaffRequest, ticket_id: str) -> HttpResponse:
    ticket = ticket_at(request, ticket_id)
    wanted = _status(request.merchant, request.POST.get("status", ""))
    if wanted is None:
        raise InvalidValue("status", _("There is no such status."))
    set_ticket_status(ticket, wanted, by=request.actor)
    return answered(request, ticket, _("Status: %(name)s") % {"name": wanted.name})


@require_POST
@staff_page(Permission.WORK_TICKETS)
def resolve(request: StaffRequest, ticket_id: str) -> HttpResponse:
    return answered(request, resolve_ticket(ticket_at(request, ticket_id), by=request.actor), _("Resolved."))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def close(request: StaffRequest, ticket_id: str) -> HttpResponse:
    return answered(request, close_ticket(ticket_at(request, ticket_id), by=request.actor), _("Closed."))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def reopen(request: StaffRequest, ticket_id: str) -> HttpResponse:
    return answered(request, reopen_ticket(ticket_at(request, ticket_id), by=request.actor), _("Reopened."))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def assign(request: StaffRequest, ticket_id: str) -> HttpResponse:
    ticket = ticket_at(request, ticket_id)
    to = request.POST.get("to", "")
    if to == "0":
        return answered(request, assign_ticket(ticket, None, by=request.actor), _("Nobody's now."))
    worker = get_worker(request.merchant, _number(to))
    assign_ticket(ticket, worker, by=request.actor)
    return answered(request, ticket, _("Assigned to %(name)s.") % {"name": worker.staff})


@require_POST
@staff_page(Permission.WORK_TICKETS)
def change(request: StaffRequest, ticket_id: str) -> HttpResponse:
    """Subject, category, priority and order: those that the form names."""
    ticket = ticket_at(request, ticket_id)
    given, wanted = request.POST, dict[str, Any]()
    if "subject" in given:
        wanted["subject"] = given["subject"]
    if "priority" in given:
        wanted["priority"] = given["priority"]
    if "category" in given:
        wanted["category"] = categories_of(request.merchant).filter(code=given["category"]).first()
        if wanted["category"] is None:
            raise InvalidValue("category", _("There is no such category."))
    if "order" in given:
        order = given["order"]
        wanted["order"] = get_order(request.merchant, read_public_id("ord", order)) if order else None
    return answered(request, change_ticket(ticket, by=request.actor, **wanted), _("Saved."))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def snooze(request: StaffRequest, ticket_id: str) -> HttpResponse:
    ticket = ticket_at(request, ticket_id)
    if "until" in request.POST:
        until = _local_moment(request.merchant, request.POST["until"])
    else:
        until = snooze_moment(request.merchant, request.POST.get("for", ""))
    snooze_ticket(ticket, until, by=request.actor)
    return answered(request, ticket, _("Set aside."))


@require_POST
@staff_page(Permission.GRANT_GOODWILL)
def goodwill(request: StaffRequest, ticket_id: str) -> HttpResponse:
    ticket = ticket_at(request, ticket_id)
    given = request.POST
    points = given.get("points", "")
    grant = grant_goodwill(
        ticket,
        points=int(points) if points.isascii() and points.isdigit() and len(points) < 10 else 0,
        reason=given.get("reason", ""),
        note=given.get("note", ""),
        by=request.actor,
        reference=given.get("reference", "")[:64],
    )
    if grant.state == GrantState.WAITING:
        return answered(request, ticket, _("Asked for. A second person decides."))
    return answered(request, ticket, _("%(points)s points given.") % {"points": grant.points})


def _status(merchant: Merchant, code: str) -> TicketStatus | None:
    return statuses_of(merchant).filter(code=code).first() if code else None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound()
    return int(text)


def _local_moment(merchant: Merchant, text: str) -> datetime:
    """A moment as a form gives it, on the shop's clock. Raises InvalidValue."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=merchant.zone)
    except ValueError:
        raise InvalidValue("until", _("This must be a date and a time.")) from None
