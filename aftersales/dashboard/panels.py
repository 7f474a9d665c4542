"""This floor's panels on the pages of a customer and of an order, fetched by address."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from aftersales.dashboard.ticket_side import ticket_rows
from aftersales.queries.tickets import member_tickets, tickets_of
from commerce.queries import get_order
from customers.queries import get_customer
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission, may

_LATEST = 5


@require_GET
@staff_page(Permission.SEE_TICKETS)
def customer_panel(request: StaffRequest, customer: str) -> HttpResponse:
    """The customer's latest tickets."""
    found = get_customer(request.merchant, read_public_id("cus", customer))
    found.merchant = request.merchant
    inbox = shop_url(request, "aftersales:inbox")
    return page(
        request,
        "aftersales/dashboard/customer_panel.html",
        tickets=ticket_rows(request, member_tickets(found)[:_LATEST]),
        all_url=f"{inbox}?status=any&customer={customer}",
        new_url="" if found.is_archived else _new_url(request, f"customer={customer}"),
    )


@require_GET
@staff_page(Permission.SEE_TICKETS)
def order_panel(request: StaffRequest, order: str) -> HttpResponse:
    """The tickets about an order, and opening one about it."""
    found = get_order(request.merchant, read_public_id("ord", order))
    rows = tickets_of(request.merchant).filter(order=found).order_by("-id")[:_LATEST]
    return page(
        request,
        "aftersales/dashboard/customer_panel.html",
        tickets=ticket_rows(request, rows),
        of_order=True,
        new_url=_new_url(request, f"order={order}") if found.customer_id else "",
    )


def _new_url(request: StaffRequest, query: str) -> str:
    if not may(request.membership.role, Permission.WORK_TICKETS):
        return ""
    return f"{shop_url(request, 'aftersales:ticket-new')}?{query}"
