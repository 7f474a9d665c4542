"""This floor's panel on the customer's page, fetched by address."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from commerce.queries import orders_of, summary_of
from customers.queries import get_customer
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, staff_page
from merchants.roles import Permission

_LATEST = 5


@require_GET
@staff_page(Permission.SEE_ORDERS)
def customer_panel(request: StaffRequest, customer: str) -> HttpResponse:
    """What a customer bought: the summary and the latest orders, as a fragment."""
    found = get_customer(request.merchant, read_public_id("cus", customer))
    orders = orders_of(request.merchant).filter(customer=found)[:_LATEST]
    return page(
        request, "commerce/dashboard/customer_panel.html", customer=found, summary=summary_of(found), orders=orders
    )
