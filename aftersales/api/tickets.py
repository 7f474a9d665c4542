"""/api/v1/tickets: open, list, get, change; settle and take up again; goodwill."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema

from aftersales.actions.goodwill import grant_goodwill
from aftersales.actions.tickets import (
    UNCHANGED,
    NewTicket,
    assign_ticket,
    change_ticket,
    close_ticket,
    open_ticket,
    reopen_ticket,
    resolve_ticket,
    set_ticket_status,
    snooze_ticket,
)
from aftersales.api.inputs import (
    ReopenInput,
    TicketChanges,
    TicketCustomer,
    TicketGrantInput,
    TicketInput,
    TicketQuery,
)
from aftersales.api.shapes import GrantPage, GrantShape, TicketPage, TicketShape, present_grant, present_ticket
from aftersales.errors import AttachmentUnknown
from aftersales.models import Ticket, TicketStatus
from aftersales.queries.desk import categories_of, statuses_of
from aftersales.queries.goodwill import grants_on
from aftersales.queries.inbox import InboxFilter, inbox
from aftersales.queries.people import get_worker
from aftersales.queries.tickets import get_ticket
from commerce.errors import UnknownCustomer
from commerce.models import Order
from commerce.queries import find_order
from customers.models import Customer
from customers.queries import find_customer, get_customer
from merchants.errors import InvalidValue, NotFound
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import read_public_id
from merchants.models import Membership, Merchant
from merchants.roles import Scope

_TAGS = ["Tickets"]
OURS = "api:"
"""Before an integrator's reference: it must not stand where one of our own would."""


def ticket_of(request: ApiRequest, public: str) -> Ticket:
    """The caller's ticket with this public id, or NotFound."""
    return get_ticket(request.merchant, id=read_public_id("tkt", public))


def again(ticket: Ticket) -> Answer:
    """The ticket as it is now."""
    return Answer(present_ticket(get_ticket(ticket.merchant, id=ticket.pk)))


class TicketList(Endpoint):
    scopes = {"GET": Scope.TICKETS_READ, "POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="tickets_list",
        summary="List tickets",
        description="The newest first. A ticket that was merged shows in the one it went on in.",
        tags=_TAGS,
        parameters=query_parameters(TicketQuery),
        responses={200: TicketPage},
    )
    def get(self, request: ApiRequest) -> Answer:
        query = self.query(TicketQuery)
        rows = inbox(request.merchant, _filter(request.merchant, query))
        if query.number is not None:
            rows = rows.filter(number=query.number)
        return Answer(cursor_page(request, rows, order=["-opened_at", "-id"], present=present_ticket))

    @extend_schema(
        operation_id="tickets_open",
        summary="Open a ticket",
        description="Routes it, promises by when, and gives it to somebody. The same reference again answers with the "
        "first ticket; for somebody else it is refused (`reference_conflict`).",
        tags=_TAGS,
        request=TicketInput,
        responses={201: OpenApiResponse(TicketShape, description="Opened, or opened before by this reference")},
    )
    def post(self, request: ApiRequest) -> Answer:
        body, merchant = self.body(TicketInput), request.merchant
        order = _order(merchant, body.order)
        new = NewTicket(
            subject=body.subject,
            body=body.body,
            channel=body.channel,
            customer=_customer(merchant, body.customer),
            guest_name=body.guest.name if body.guest else "",
            guest_contact=body.guest.contact if body.guest else "",
            category_code=body.category or "",
            priority=body.priority,
            order=order,
            lines=_lines(order, {each.position: each.quantity for each in body.lines}),
            attachments=files_named(body.attachments),
            reference=f"{OURS}{body.reference}",
            occurred_at=body.occurred_at,
        )
        ticket = open_ticket(merchant, new, by=request.actor)
        return Answer(present_ticket(ticket), status=201)


class TicketDetail(Endpoint):
    scopes = {"GET": Scope.TICKETS_READ, "PATCH": Scope.TICKETS_WRITE}

    @extend_schema(operation_id="tickets_get", summary="Get a ticket", tags=_TAGS, responses={200: TicketShape})
    def get(self, request: ApiRequest, ticket_id: str) -> Answer:
        return Answer(present_ticket(ticket_of(request, ticket_id)))

    @extend_schema(
        operation_id="tickets_change",
        summary="Change a ticket",
        description="All of it or nothing. Another category or priority brings its own service levels.",
        tags=_TAGS,
        request=TicketChanges,
        responses={200: TicketShape},
    )
    def patch(self, request: ApiRequest, ticket_id: str) -> Answer:
        ticket, body = ticket_of(request, ticket_id), self.body(TicketChanges)
        with transaction.atomic():
            _change(request, ticket, body)
        return again(ticket)


class TicketResolve(Endpoint):
    scopes = {"POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="tickets_resolve",
        summary="Resolve a ticket",
        description="Again changes nothing. The customer may still say that it is not solved.",
        tags=_TAGS,
        request=None,
        responses={200: TicketShape},
    )
    def post(self, request: ApiRequest, ticket_id: str) -> Answer:
        return again(resolve_ticket(ticket_of(request, ticket_id), by=request.actor))


class TicketReopen(Endpoint):
    scopes = {"POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="tickets_reopen",
        summary="Take up a settled ticket again",
        tags=_TAGS,
        request=ReopenInput,
        responses={200: TicketShape},
    )
    def post(self, request: ApiRequest, ticket_id: str) -> Answer:
        return again(reopen_ticket(ticket_of(request, ticket_id), by=request.actor, body=self.body(ReopenInput).body))


class TicketClose(Endpoint):
    scopes = {"POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="tickets_close",
        summary="Close a ticket",
        description="Again changes nothing.",
        tags=_TAGS,
        request=None,
        responses={200: TicketShape},
    )
    def post(self, request: ApiRequest, ticket_id: str) -> Answer:
        return again(close_ticket(ticket_of(request, ticket_id), by=request.actor))


class TicketGrants(Endpoint):
    scopes = {"GET": Scope.TICKETS_READ, "POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="ticket_grants_list",
        summary="Goodwill given for a ticket",
        tags=_TAGS,
        responses={200: GrantPage},
    )
    def get(self, request: ApiRequest, ticket_id: str) -> Answer:
        rows = grants_on(ticket_of(request, ticket_id))
        return Answer({"data": [present_grant(each) for each in rows], "has_more": False, "next_cursor": None})

    @extend_schema(
        operation_id="ticket_grants_create",
        summary="Give goodwill points",
        description="Within the shop's limits for integrations; above one of them it waits for a second person "
        "(`state: waiting`). The same reference again answers with the first grant.",
        tags=_TAGS,
        request=TicketGrantInput,
        responses={201: GrantShape},
    )
    def post(self, request: ApiRequest, ticket_id: str) -> Answer:
        ticket, body = ticket_of(request, ticket_id), self.body(TicketGrantInput)
        grant = grant_goodwill(
            ticket, points=body.points, reason=body.reason, note=body.note, by=request.actor,
            reference=f"{OURS}{body.reference}",
        )  # fmt: skip
        return Answer(present_grant(grant), status=201)


def files_named(publics: Sequence[str]) -> list[int]:
    """The ids of uploaded files. Raises AttachmentUnknown."""
    try:
        return [read_public_id("att", each) for each in publics]
    except NotFound:
        raise AttachmentUnknown() from None


def status_coded(merchant: Merchant, code: str, *, field: str) -> TicketStatus:
    found = statuses_of(merchant).filter(code=code).first()
    if found is None:
        raise InvalidValue(field, _("There is no such status."), code="unknown")
    return found


def _change(request: ApiRequest, ticket: Ticket, body: TicketChanges) -> None:
    merchant, by, given = request.merchant, request.actor, body.model_fields_set
    category = None
    if body.category is not None:
        category = categories_of(merchant).filter(code=body.category).first()
        if category is None:
            raise InvalidValue("category", _("There is no such category."), code="unknown")
    order = _order(merchant, body.order) if "order" in given else UNCHANGED
    change_ticket(ticket, by=by, subject=body.subject, category=category, priority=body.priority, order=order)
    if "assignee" in given:
        assign_ticket(ticket, _worker(merchant, body.assignee), by=by)
    if body.status is not None:
        set_ticket_status(ticket, status_coded(merchant, body.status, field="status"), by=by)
    if body.snooze_until is not None:
        snooze_ticket(ticket, body.snooze_until, by=by)


def _worker(merchant: Merchant, public: str | None) -> Membership | None:
    if public is None:
        return None
    try:
        return get_worker(merchant, read_public_id("mem", public))
    except NotFound:
        raise InvalidValue("assignee", _("There is no such person in the team."), code="unknown") from None


def _customer(merchant: Merchant, named: TicketCustomer | None) -> Customer | None:
    if named is None:
        return None
    found: Customer | None
    if named.id:
        try:
            found = get_customer(merchant, read_public_id("cus", named.id))
        except NotFound:
            found = None
    elif named.number:
        found = find_customer(merchant, number=named.number)
    elif named.phone:
        found = find_customer(merchant, phone=named.phone)
    else:
        found = find_customer(merchant, email=named.email)
    if found is None:
        raise UnknownCustomer()
    found.merchant = merchant
    return found


def _order(merchant: Merchant, number: str | None) -> Order | None:
    if number is None:
        return None
    found = find_order(merchant, number)
    if found is None:
        raise InvalidValue("order", _("There is no such order."), code="unknown")
    return found


def _lines(order: Order | None, wanted: dict[int, int]) -> list[tuple[int, int]]:
    if not wanted:
        return []
    if order is None:
        raise InvalidValue("lines", _("Name the order that these lines belong to."), code="required")
    known = {line.position: line.pk for line in order.lines.all()}
    if not set(wanted) <= set(known):
        raise InvalidValue("lines", _("This is not what the order says."), code="not_in_order")
    return [(known[position], quantity) for position, quantity in wanted.items()]


def _filter(merchant: Merchant, query: TicketQuery) -> InboxFilter:
    def rows(prefix: str, public: str | None) -> int | None:
        return read_public_id(prefix, public) if public is not None else None

    categories: tuple[int, ...] = ()
    if query.category is not None:
        categories = tuple(
            categories_of(merchant, archived=True).filter(code=query.category).values_list("pk", flat=True)
        ) or (0,)
    return InboxFilter(
        states=(query.state,) if query.state else (), categories=categories,
        priorities=(query.priority,) if query.priority else (), channels=(query.channel,) if query.channel else (),
        customer=rows("cus", query.customer), order=rows("ord", query.order), assignee=rows("mem", query.assignee),
        unassigned=query.unassigned, overdue=query.overdue, recovery=query.recovery, text=query.q or "",
        opened_from=query.opened_from, opened_until=query.opened_before,
    )  # fmt: skip
