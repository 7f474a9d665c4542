"""Help without signing in: an order's number, an address, and the code that arrives there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from aftersales.portal.forms import GuestCodeForm, GuestForm
from aftersales.portal.visitor import find_visitor, let_guest_in, owner_of, show_guest_out
from commerce.models import Order
from commerce.queries import find_order
from customers.actions import prove_destination, send_guest_code
from customers.frames.member import ShopRequest, network_address, open_page, portal_page, portal_url
from customers.models import CodePurpose
from customers.queries import shown_code_for
from merchants.errors import DomainError, InvalidValue
from merchants.frames.staff import refuse
from merchants.models import Merchant


@open_page
def guest(request: ShopRequest) -> HttpResponseBase:
    """First step. Whether there is such an order makes no difference yet: the answer gives nobody away."""
    if request.member is not None:
        return HttpResponseRedirect(portal_url(request, "aftersales-portal:help"))
    form = GuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = send_guest_code(
                request.merchant, identity=form.cleaned_data["identity"], from_address=network_address(request)
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            request.session[_key(request.merchant)] = {
                "contact": sent.destination,
                "order_number": form.cleaned_data["order_number"].strip(),
            }
            return HttpResponseRedirect(portal_url(request, "aftersales-portal:guest-code"))
    return portal_page(
        request,
        "aftersales/portal/guest.html",
        status=422 if form.is_bound else 200,
        form=form,
        back_url=portal_url(request, "aftersales-portal:help"),
    )


@open_page
def guest_code(request: ShopRequest) -> HttpResponseBase:
    """Second step: the code. Only now it counts whether the order is theirs, or a guest's."""
    step: dict[str, Any] | None = request.session.get(_key(request.merchant))
    if step is None:
        return HttpResponseRedirect(portal_url(request, "aftersales-portal:guest"))
    form = GuestCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            prove_destination(
                request.merchant,
                destination=step["contact"],
                code=form.cleaned_data["code"],
                purpose=CodePurpose.GUEST_HELP,
            )
            order = _order_of(request.merchant, step)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            del request.session[_key(request.merchant)]
            let_guest_in(request, request.merchant, contact=step["contact"], order=order)
            return HttpResponseRedirect(_first_page(request))
    return portal_page(
        request,
        "aftersales/portal/guest_code.html",
        status=422 if form.is_bound else 200,
        form=form,
        contact=step["contact"],
        order_number=step["order_number"],
        # In the demo messages go nowhere: the page itself shows what would have arrived.
        shown_code=shown_code_for(request.merchant, step["contact"]) if settings.DEMO else "",
        again_url=portal_url(request, "aftersales-portal:guest"),
        back_url=portal_url(request, "aftersales-portal:guest"),
    )


@require_POST
@open_page
def guest_leave(request: ShopRequest) -> HttpResponseBase:
    show_guest_out(request, request.merchant)
    return HttpResponseRedirect(portal_url(request, "aftersales-portal:help"))


def _order_of(merchant: Merchant, step: dict[str, Any]) -> Order:
    """The order that was named, if it is the person's or nobody's. One answer for all others."""
    order = find_order(merchant, step["order_number"])
    if order is None or (order.customer_id is not None and owner_of(order, step["contact"]) is None):
        raise InvalidValue(
            "code",
            _("There is no order %(number)s with this phone or e-mail. Please begin again and check both."),
            number=step["order_number"],
        )
    return order


def _first_page(request: ShopRequest) -> str:
    """Their tickets when there are some, else writing the first."""
    visitor = find_visitor(request)
    there = visitor is not None and visitor.tickets().exists()
    return portal_url(request, "aftersales-portal:help" if there else "aftersales-portal:help-new")


def _key(merchant: Merchant) -> str:
    return f"guest-step:{merchant.pk}"
