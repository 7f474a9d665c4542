"""A member's or guest's tickets: the list, the conversation, and what they may do about it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from aftersales.actions.messages import reply_to_ticket
from aftersales.actions.satisfaction import give_satisfaction
from aftersales.actions.tickets import close_ticket, reopen_ticket
from aftersales.frames.attachments import file_limits, file_response, keep_files
from aftersales.frames.thread import customer_thread
from aftersales.models import Attachment, StatusCategory, Ticket
from aftersales.portal.visitor import HelpRequest, find_visitor, help_page
from aftersales.queries.satisfaction import care_of, find_satisfaction
from aftersales.queries.tickets import (
    get_attachment,
    get_member_attachment,
    lines_of_ticket,
    surviving_ticket,
    whose_turn,
)
from customers.frames.member import ShopRequest, open_page, portal_page, portal_url
from merchants.clock import now
from merchants.errors import DomainError, NotFound
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.rules.figures import format_moment

_ROWS = 20
_SETTLED = (StatusCategory.RESOLVED, StatusCategory.CLOSED)
SCORES = (
    (1, gettext_lazy("very bad")),
    (2, gettext_lazy("bad")),
    (3, gettext_lazy("so-so")),
    (4, gettext_lazy("good")),
    (5, gettext_lazy("very good")),
)


@require_GET
@open_page
def help_home(request: ShopRequest) -> HttpResponseBase:
    """My tickets; strangers choose between signing in and an order's number."""
    visitor = find_visitor(request)
    if visitor is None:
        return portal_page(request, "aftersales/portal/welcome.html", next=request.get_full_path())
    found = list_page(request, visitor.tickets(), order=("-opened_at", "-id"), limit=_ROWS)
    return portal_page(
        request,
        "aftersales/portal/tickets.html",
        visitor=visitor,
        tickets=ticket_rows(request, found.rows),
        next=found.next_cursor,
        previous=found.previous_cursor,
    )


@require_GET
@help_page
def ticket(request: HelpRequest, ticket_id: str) -> HttpResponseBase:
    found = _ticket_at(request, ticket_id)
    if found.merged_into_id is not None:
        return HttpResponseRedirect(ticket_url(request, surviving_ticket(found)))
    return _draw(request, found)


@require_POST
@help_page
def reply(request: HelpRequest, ticket_id: str) -> HttpResponseBase:
    """Words and photos. On a settled ticket they reopen it, while that is allowed."""
    found = _ticket_at(request, ticket_id)
    body, reference = request.POST.get("body", ""), request.POST.get("reference", "")[:64]
    try:
        with transaction.atomic():
            files = keep_files(request, request.merchant, by=request.visitor.actor)
            reply_to_ticket(found, body=body, by=request.visitor.actor, reference=reference, attachments=files)
    except DomainError as refusal:
        if refusal.http_status == 404:
            raise
        return _draw(request, _ticket_at(request, ticket_id), status=422, fault=refusal.text(), body=body)
    messages.success(request, _("Sent. We answer here."))
    return _back(request, found)


@require_POST
@help_page
def close(request: HelpRequest, ticket_id: str) -> HttpResponseBase:
    found = _ticket_at(request, ticket_id)
    close_ticket(found, by=request.visitor.actor)
    messages.success(request, _("Closed. Thank you for telling us."))
    return _back(request, found)


@require_POST
@help_page
def reopen(request: HelpRequest, ticket_id: str) -> HttpResponseBase:
    found = _ticket_at(request, ticket_id)
    reopen_ticket(found, by=request.visitor.actor)
    messages.success(request, _("Open again. We look at it anew."))
    return _back(request, found)


@require_POST
@help_page
def rate(request: HelpRequest, ticket_id: str) -> HttpResponseBase:
    found = _ticket_at(request, ticket_id)
    score = request.POST.get("score", "")
    give_satisfaction(
        found,
        score=int(score) if score in ("1", "2", "3", "4", "5") else 0,
        comment=request.POST.get("comment", "")[:2000],
        via="portal",
        by=request.visitor.actor,
    )
    messages.success(request, _("Thank you: we read every word."))
    return _back(request, found)


@require_GET
@help_page
def attachment(request: HelpRequest, attachment_id: str) -> HttpResponseBase:
    """A file of a public message in one of their own tickets; of a note never."""
    number = read_public_id("att", attachment_id)
    message = get_attachment(request.merchant, number).message
    if message is None:
        raise NotFound()
    return file_response(get_member_attachment(request.visitor.ticket(message.ticket_id), number))


def ticket_rows(request: Any, tickets: Iterable[Ticket]) -> list[dict[str, Any]]:
    """[{url, number, subject, turn, tone, when}]"""
    rows = []
    for each in tickets:
        each.merchant = request.merchant
        label, tone = _short_turn(each)
        rows.append(
            {
                "url": ticket_url(request, each),
                "number": each.number,
                "subject": each.subject,
                "turn": label,
                "tone": tone,
                "when": each.last_message_at or each.opened_at,
            }
        )
    return rows


def ticket_url(request: Any, found: Ticket) -> str:
    return portal_url(request, "aftersales-portal:ticket", public_id("tkt", found.pk))


def _ticket_at(request: HelpRequest, ticket_id: str) -> Ticket:
    return request.visitor.ticket(read_public_id("tkt", ticket_id))


def _back(request: HelpRequest, found: Ticket) -> HttpResponse:
    return HttpResponseRedirect(ticket_url(request, surviving_ticket(found)))


def _draw(request: HelpRequest, found: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
    care = care_of(request.merchant)
    settled_at = found.resolved_at or found.closed_at
    reopen_until = settled_at + timedelta(days=care.reopen_days) if settled_at else None
    is_settled = found.status_category in _SETTLED
    verdict = find_satisfaction(found)
    return portal_page(
        request,
        "aftersales/portal/ticket.html",
        status=status,
        ticket=found,
        public_id=public_id("tkt", found.pk),
        turn=_turn(found, reopen_until if is_settled else None),
        thread=customer_thread(found, file_url=lambda file: _file_url(request, file)),
        lines=_lines(found) if request.visitor.sees_lines else [],
        order_url=_order_url(request, found),
        is_settled=is_settled,
        may_reopen=is_settled and reopen_until is not None and now(request.merchant) <= reopen_until,
        verdict=verdict if verdict is not None and verdict.answered_at else None,
        may_rate=is_settled and care.asks_satisfaction and not (verdict and verdict.answered_at),
        scores=SCORES,
        file_limits=file_limits(),
        reference=secrets.token_hex(12),
        again_url=f"{portal_url(request, 'aftersales-portal:help-new')}?after={public_id('tkt', found.pk)}",
        back_url=portal_url(request, "aftersales-portal:help"),
        **more,
    )


def _turn(found: Ticket, reopen_until: datetime | None) -> dict[str, str]:
    """{side, title, text} for components/turn_card.html: whose turn it is, by when, and what happens otherwise."""
    turn = whose_turn(found)
    if turn.side == "us":
        if turn.due_at is None:
            return {"side": "shop", "title": _("It is our turn"), "text": _("We answer as soon as we can.")}
        due = _moment(turn.due_at)
        if turn.due_at < now(found.merchant):
            text = _("We wanted to answer by %(when)s and are late. We are sorry: it is being looked at.")
        else:
            text = _("You hear from us by %(when)s.")
        return {"side": "shop", "title": _("It is our turn"), "text": text % {"when": due}}
    if turn.side == "customer":
        return {
            "side": "customer",
            "title": _("It is your turn"),
            "text": _("We have answered and wait for a word from you."),
        }
    if found.status_category not in _SETTLED:
        return {"side": "shop", "title": _("On hold"), "text": _("We wait for something and come back to you.")}
    text = _("Not settled for you? You can reopen it until %(when)s.") % {"when": _moment(reopen_until)[:10]}
    is_late = reopen_until is None or reopen_until < now(found.merchant)
    title = _("Solved") if found.status_category == StatusCategory.RESOLVED else _("Closed")
    return {"side": "done", "title": title, "text": "" if is_late else text}


def _short_turn(found: Ticket) -> tuple[str, str]:
    side = whose_turn(found).side
    if side == "us":
        return _("Our turn"), "info"
    if side == "customer":
        return _("Your turn"), "warning"
    if found.status_category not in _SETTLED:
        return _("On hold"), "neutral"
    return (_("Solved"), "success") if found.status_category == StatusCategory.RESOLVED else (_("Closed"), "neutral")


def _moment(moment: datetime | None) -> str:
    return format_moment(moment, tz=timezone.get_current_timezone()) if moment else "–"


def _lines(found: Ticket) -> list[dict[str, Any]]:
    rows = [(each, each.order_line) for each in lines_of_ticket(found)]
    return [
        {"name": line.name or (line.product.name if line.product else "") or line.sku, "quantity": each.quantity}
        for each, line in rows
    ]


def _order_url(request: HelpRequest, found: Ticket) -> str:
    if found.order_id is None or request.visitor.is_guest:
        return ""
    return portal_url(request, "loyalty-portal:order", public_id("ord", found.order_id))


def _file_url(request: HelpRequest, file: Attachment) -> str:
    return portal_url(request, "aftersales-portal:attachment", public_id("att", file.pk))
