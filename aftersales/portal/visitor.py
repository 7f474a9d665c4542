"""Who asks for help: a signed-in member, or a guest who proved an address and named an order of theirs.

Pages of one ticket are the same for both; what each may see comes from the visitor alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from aftersales.models import Ticket
from aftersales.queries.tickets import get_ticket, tickets_of
from commerce.models import Order
from commerce.queries import get_order
from customers.actions import member_actor
from customers.frames.member import ShopRequest, open_page, portal_url
from customers.models import Customer
from merchants.clock import world_now
from merchants.errors import DomainError, NotFound
from merchants.models import Actor, Merchant

P = ParamSpec("P")
_GUEST_SECONDS = 2 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """`customer` is None for a guest whom the shop does not know. A guest has a proved `contact` and came for `order`."""

    merchant: Merchant
    actor: Actor
    customer: Customer | None
    contact: str = ""
    order: Order | None = None

    @property
    def is_guest(self) -> bool:
        return bool(self.contact)

    @property
    def sees_lines(self) -> bool:
        """Whether the order is surely theirs: its lines tell what somebody bought."""
        return self.customer is not None

    def tickets(self) -> QuerySet[Ticket]:
        """What this visitor may open, newest first; merged ones are found where they went on."""
        rows = tickets_of(self.merchant).filter(self._own(), merged_into__isnull=True)
        return rows.order_by("-opened_at", "-id")

    def ticket(self, number: int) -> Ticket:
        """One of theirs by its id; NotFound for anybody else's."""
        found = get_ticket(self.merchant, id=number)
        if not tickets_of(self.merchant).filter(self._own(), pk=found.pk).exists():
            raise NotFound()
        return found

    def _own(self) -> Q:
        if not self.is_guest:
            return Q(customer=self.customer)
        if self.customer is not None:
            return Q(customer=self.customer, order=self.order)
        return Q(customer__isnull=True, guest_contact=self.contact)


class HelpRequest(ShopRequest):
    """What a help page gets."""

    visitor: Visitor


def help_page(
    view: Callable[Concatenate[HelpRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Let the view run for members and for guests with a proved address; others choose which they are."""

    @functools.wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        visitor = find_visitor(request)
        if visitor is None:
            return HttpResponseRedirect(portal_url(request, "aftersales-portal:help"))
        request.visitor = visitor
        try:
            return view(request, *args, **kwargs)
        except DomainError as refusal:
            if request.method != "POST" or "ticket_id" not in kwargs or refusal.http_status == 404:
                raise
            # The form stood on the ticket's page; its own address answers no GET.
            messages.error(request, refusal.text())
            return HttpResponseRedirect(portal_url(request, "aftersales-portal:ticket", kwargs["ticket_id"]))

    return open_page(guarded)


def find_visitor(request: Any) -> Visitor | None:
    """The member who is signed in, else the guest of this browser; None for strangers."""
    if request.member is not None:
        return Visitor(request.merchant, member_actor(request.member), request.member)
    return _find_guest(request)


def let_guest_in(request: HttpRequest, merchant: Merchant, *, contact: str, order: Order) -> None:
    """From now on, for two hours, this browser is the guest who proved `contact`. The session gets a new key."""
    request.session.cycle_key()
    request.session[_key(merchant)] = {"contact": contact, "order": order.pk, "since": world_now().timestamp()}


def show_guest_out(request: HttpRequest, merchant: Merchant) -> None:
    request.session.pop(_key(merchant), None)
    request.session.cycle_key()


def owner_of(order: Order, contact: str) -> Customer | None:
    """The order's customer when `contact` is theirs."""
    customer = order.customer
    if customer is None or customer.is_archived or contact not in (customer.phone, customer.email):
        return None
    return customer


def _find_guest(request: Any) -> Visitor | None:
    merchant: Merchant = request.merchant
    kept = request.session.get(_key(merchant))
    if kept is None or world_now().timestamp() - kept["since"] > _GUEST_SECONDS:
        return None
    try:
        order = get_order(merchant, kept["order"])
    except NotFound:
        return None
    owner = owner_of(order, kept["contact"])
    if owner is None:
        return Visitor(merchant, Actor("member", None, ""), None, kept["contact"], order)
    owner.merchant = merchant
    return Visitor(merchant, member_actor(owner), owner, kept["contact"], order)


def _key(merchant: Merchant) -> str:
    return f"guest:{merchant.pk}"
