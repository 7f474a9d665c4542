"""Opening a ticket for a customer who called, wrote or stood in the store."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from aftersales.actions.desk import open_desk
from aftersales.actions.opening import NewTicket, open_ticket
from aftersales.dashboard.forms import NewTicketForm
from aftersales.dashboard.ticket import ticket_url
from aftersales.dashboard.ticket_side import ticket_rows
from aftersales.frames.attachments import file_limits, keep_files
from aftersales.models import Ticket
from aftersales.queries.desk import desk_is_open
from aftersales.queries.tickets import suspected_duplicates
from commerce.models import Order
from commerce.queries import get_order
from customers.models import Customer
from customers.queries import get_customer, search_customers
from merchants.errors import DomainError, NotFound
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.roles import Permission

_FOUND = 10


@staff_page(Permission.WORK_TICKETS)
def ticket_new(request: StaffRequest) -> HttpResponseBase:
    """First whose concern it is (`?customer=`, or `?order=` of theirs), then what it is."""
    customer, order = _subject(request)
    if customer is None:
        return _find(request)
    if not desk_is_open(request.merchant):
        open_desk(request.merchant, by=request.actor)
    chosen = {"order": public_id("ord", order.pk) if order else "", "channel": "phone"}
    form = NewTicketForm(request.merchant, customer, request.POST or None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            made = _open(request, customer, form.cleaned_data)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Ticket #%(number)s opened.") % {"number": made.number})
            return HttpResponseRedirect(ticket_url(request, made))
    subject = form["subject"].value() or ""
    return page(
        request,
        "aftersales/dashboard/ticket_new.html",
        status=422 if form.is_bound else 200,
        form=form,
        customer=customer,
        reference=request.POST.get("reference") or secrets.token_hex(12),
        duplicates=ticket_rows(request, suspected_duplicates(request.merchant, customer, subject, order)),
        file_limits=file_limits(),
        cancel_url=shop_url(request, "aftersales:inbox"),
        trail=_trail(request),
    )


def _subject(request: StaffRequest) -> tuple[Customer | None, Order | None]:
    wanted, numbered = request.GET.get("customer", ""), request.GET.get("order", "")
    order = get_order(request.merchant, read_public_id("ord", numbered)) if numbered else None
    if order is not None and order.customer_id is None:
        raise NotFound()
    customer = order.customer if order is not None else None
    if wanted:
        customer = get_customer(request.merchant, read_public_id("cus", wanted))
    if customer is not None:
        customer.merchant = request.merchant
        if order is not None and order.customer_id != customer.pk:
            raise NotFound()
    return customer, order


def _find(request: StaffRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    here = shop_url(request, "aftersales:ticket-new")
    found = [
        {
            "name": each.display_name,
            "number": each.number,
            "phone": each.phone,
            "url": f"{here}?customer={public_id('cus', each.pk)}",
        }
        for each in (search_customers(request.merchant, text, limit=_FOUND) if text else ())
    ]
    part = "#found" if request.htmx and not request.htmx.boosted else ""
    return page(request, f"aftersales/dashboard/ticket_new.html{part}", found=found, q=text, trail=_trail(request))


@transaction.atomic
def _open(request: StaffRequest, customer: Customer, given: dict[str, Any]) -> Ticket:
    order = get_order(request.merchant, read_public_id("ord", given["order"])) if given["order"] else None
    new = NewTicket(
        customer=customer,
        subject=given["subject"],
        body=given["body"],
        channel=given["channel"],
        category_code=given["category"],
        priority=given["priority"] or None,
        order=order,
        attachments=keep_files(request, request.merchant, by=request.actor),
        reference=f"desk:{request.POST.get('reference', '')[:64]}",
    )
    return open_ticket(request.merchant, new, by=request.actor)


def _trail(request: StaffRequest) -> list[dict[str, str]]:
    return [
        {"label": _("Inbox"), "url": shop_url(request, "aftersales:inbox")},
        {"label": _("New ticket"), "url": ""},
    ]
