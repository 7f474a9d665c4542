"""Asking for help: about an order or anything else, in the customer's own words, with photos."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from aftersales.actions.desk import open_desk
from aftersales.actions.opening import NewTicket, open_ticket
from aftersales.frames.attachments import file_limits, keep_files
from aftersales.models import Ticket, TicketChannel
from aftersales.portal.forms import AskForm, LinePick, line_picks
from aftersales.portal.tickets import ticket_rows, ticket_url
from aftersales.portal.visitor import HelpRequest, help_page
from aftersales.queries.desk import desk_is_open
from aftersales.queries.tickets import suspected_duplicates
from commerce.models import Order
from commerce.queries import get_order
from customers.frames.member import portal_page, portal_url
from merchants.errors import DomainError, NotFound
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import refuse
from merchants.models import SYSTEM


@help_page
def help_new(request: HelpRequest) -> HttpResponseBase:
    """`?order=`: about one of their orders, choosing lines; `?after=`: goes on from a ticket that was settled long ago."""
    visitor = request.visitor
    if not desk_is_open(request.merchant):
        open_desk(request.merchant, by=SYSTEM)
    order = _order(request, request.POST.get("order") or request.GET.get("order", ""))
    after = request.GET.get("after", "")
    earlier = visitor.ticket(read_public_id("tkt", after)) if after else None
    initial: dict[str, Any] = {"order": public_id("ord", order.pk) if order else ""}
    if earlier is not None:
        initial["subject"] = earlier.subject
    given = request.POST if request.method == "POST" else None
    form = AskForm(visitor, given, initial=initial)
    picks = line_picks(visitor, order, given)
    if given is not None and form.is_valid():
        try:
            made = _open(request, form.cleaned_data, order, picks, earlier)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Sent as #%(number)s. We answer here.") % {"number": made.number})
            return HttpResponseRedirect(ticket_url(request, made))
    open_ones = suspected_duplicates(request.merchant, visitor.customer, form["subject"].value() or "", order)
    return portal_page(
        request,
        "aftersales/portal/new.html",
        status=422 if form.is_bound else 200,
        form=form,
        order=order,
        picks=picks,
        earlier=earlier,
        duplicates=ticket_rows(request, open_ones),
        file_limits=file_limits(),
        reference=request.POST.get("reference") or secrets.token_hex(12),
        back_url=portal_url(request, "aftersales-portal:help"),
    )


def _order(request: HelpRequest, text: str) -> Order | None:
    """The order it is about: the guest's own, or one of the member's. NotFound for anybody else's."""
    visitor = request.visitor
    if visitor.is_guest:
        return visitor.order
    if not text:
        return None
    order = get_order(request.merchant, read_public_id("ord", text))
    if visitor.customer is None or order.customer_id != visitor.customer.pk:
        raise NotFound()
    return order


@transaction.atomic
def _open(
    request: HelpRequest, given: dict[str, Any], order: Order | None, picks: list[LinePick], earlier: Ticket | None
) -> Ticket:
    visitor = request.visitor
    new = NewTicket(
        customer=visitor.customer,
        guest_name=given.get("name", ""),
        guest_contact="" if visitor.customer is not None else visitor.contact,
        subject=given["subject"],
        body=given["body"],
        channel=TicketChannel.GUEST if visitor.is_guest else TicketChannel.PORTAL,
        category_code=given.get("category", ""),
        order=order,
        lines=[(pick.line.pk, pick.amount) for pick in picks if pick.is_chosen],
        attachments=keep_files(request, request.merchant, by=visitor.actor),
        reference=f"help:{request.POST.get('reference', '')[:64]}",
        language=get_language() or "",
        continues=earlier,
    )
    return open_ticket(request.merchant, new, by=visitor.actor)
