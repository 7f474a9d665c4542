"""Opening a ticket: route it, promise by when, give it to somebody, write down what was said."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from aftersales.actions.assigning import pick_assignee
from aftersales.actions.attachments import take_attachments
from aftersales.actions.desk import open_desk
from aftersales.actions.history import NewEvent, begin_history, keep_beginning, ticket_moment
from aftersales.actions.messages import copy_message, membership_of, write_message
from aftersales.facts import TicketAssigned, TicketOpened
from aftersales.models import (
    AssignReason,
    Attachment,
    Author,
    Message,
    Priority,
    StatusCategory,
    Ticket,
    TicketCategory,
    TicketChannel,
    TicketLine,
    TicketLink,
    TicketStatus,
)
from aftersales.queries.desk import (
    categories_of,
    default_status,
    desk_is_open,
    promised,
    routing_in_force,
    tier_code_of,
)
from aftersales.queries.people import advisor_of
from aftersales.rules.history import Kind, Side
from aftersales.rules.routing import RoutingInput, RoutingOutcome, route
from commerce.models import Order
from customers.models import Customer
from events.facts import Fact
from loyalty.errors import CustomerArchived
from merchants.errors import InvalidValue, NotFound, ReferenceConflict
from merchants.models import SYSTEM, Actor, Membership, Merchant

MOST_SUBJECT = 200
MOST_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What somebody wants. Either `customer`, or a guest by `guest_contact` (E.164 or lower-case e-mail, proved by a code).

    `category_code`, `priority` and `assignee` left empty are chosen by routing; what is given stays. `lines` are pairs of an
    order line's id and a quantity. `recovers` makes it a recovery case; `continues` links it to a ticket that was settled too
    long ago; `quotes` begins it with another ticket's message instead of `body`. The same `reference` opens once; empty: never
    the same.
    """

    subject: str
    body: str
    channel: str
    customer: Customer | None = None
    guest_name: str = ""
    guest_contact: str = ""
    category_code: str = ""
    priority: str | None = None
    order: Order | None = None
    lines: Sequence[tuple[int, int]] = ()
    attachments: Sequence[int] = ()
    assignee: Membership | None = None
    reference: str = ""
    language: str = ""
    recovers: Ticket | None = None
    continues: Ticket | None = None
    quotes: Message | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What routing and the desk made of it."""

    category: TicketCategory
    priority: str
    status: TicketStatus
    tier: str
    assignee: Membership | None
    advisor_id: int | None
    reason: str


@transaction.atomic
def open_ticket(merchant: Merchant, new: NewTicket, *, by: Actor) -> Ticket:
    """Open a ticket with its first message. The same reference answers with the first ticket.

    A shop without a desk gets its usual one. Raises InvalidValue, CustomerArchived, ReferenceConflict (the reference opened a
    ticket of somebody else), AttachmentUnknown, TooManyAttachments.
    """
    reference = new.reference or secrets.token_hex(12)
    if new.reference and (known := _opened_before(merchant, new)) is not None:
        return known
    at = ticket_moment(merchant, new.occurred_at)
    _check(merchant, new)
    files = take_attachments(merchant, new.attachments, by=by)
    chosen = _choose(merchant, new, at=at)
    side = _first_side(new, by)
    events = _first_events(merchant, new, chosen, side=side)
    number = _next_number(merchant)
    if new.reference and (known := _opened_before(merchant, new)) is not None:
        return known  # by a twin that held the counter until now; this number stays unused
    fixed: dict[str, Any] = {
        "number": number, "reference": reference, "channel": new.channel, "customer": new.customer,
        "guest_name": new.guest_name.strip()[:120], "guest_contact": new.guest_contact,
        "language": new.language or (new.customer.language if new.customer else ""), "opened_at": at,
        "opened_by": by.name[:120], "is_recovery": new.recovers is not None, "recovers": new.recovers,
    }  # fmt: skip
    ticket, events = begin_history(merchant, fixed, events, at=at)
    _keep_lines(ticket, new)
    message_id = _say(ticket, new, files, by=by, side=side, at=at)
    opened = NewEvent(Kind.OPENED, {**events[0].payload, "message": message_id})
    ticket.category, ticket.status, ticket.assignee = chosen.category, chosen.status, chosen.assignee
    keep_beginning(ticket, [opened, *events[1:]], _facts(ticket, chosen), by=by, at=at)
    return ticket


def _first_side(new: NewTicket, by: Actor) -> Side:
    """Whose concern the first message is: the customer's, whoever wrote it down; a system's and a staff quotation are not."""
    if new.quotes is not None:
        return Side.CUSTOMER if new.quotes.author == Author.CUSTOMER else Side.SYSTEM
    return Side.SYSTEM if by.kind == "system" else Side.CUSTOMER


def _opened_before(merchant: Merchant, new: NewTicket) -> Ticket | None:
    known = (
        Ticket.objects.filter(merchant=merchant, reference=new.reference)
        .select_related("customer", "category", "status", "assignee__staff")
        .first()
    )
    if known is None:
        return None
    whose = new.customer.pk if new.customer else None
    if known.customer_id != whose or known.guest_contact != new.guest_contact:
        raise ReferenceConflict()
    known.merchant = merchant
    return known


def _check(merchant: Merchant, new: NewTicket) -> None:
    if (new.customer is None) == (not new.guest_contact):
        raise InvalidValue("customer", _("Say whose ticket it is: a customer's or a guest's."), code="required")
    if new.customer is not None and new.customer.merchant_id != merchant.pk:
        raise NotFound()
    if new.customer is not None and new.customer.archived_at is not None:
        raise CustomerArchived()
    if new.channel not in TicketChannel.values:
        raise InvalidValue("channel", _("There is no such channel."), code="unknown")
    if new.priority is not None and new.priority not in Priority.values:
        raise InvalidValue("priority", _("There is no such priority."), code="unknown")
    tidy_subject(new.subject)
    order = new.order
    if order is not None:
        strangers = new.customer is not None and order.customer_id != new.customer.pk
        if order.merchant_id != merchant.pk or strangers:
            raise InvalidValue("order", _("This order is not the customer's."), code="not_theirs")
    if new.lines and order is None:
        raise InvalidValue("lines", _("Name the order that these lines belong to."), code="required")
    if len(new.lines) > MOST_LINES or len({line for line, _quantity in new.lines}) != len(new.lines):
        raise InvalidValue("lines", _("Name each line once."), code="repeated")


def tidy_subject(subject: str) -> str:
    """One line of at most MOST_SUBJECT characters. Raises InvalidValue when nothing is left of it, or too much."""
    tidy = " ".join(subject.replace("\x00", "").split())
    if not tidy:
        raise InvalidValue("subject", _("Say in a few words what it is about."), code="required")
    if len(tidy) > MOST_SUBJECT:
        raise InvalidValue("subject", _("At most %(most)s characters."), code="too_long", most=MOST_SUBJECT)
    return tidy


def _choose(merchant: Merchant, new: NewTicket, *, at: datetime) -> _Chosen:
    try:
        status = default_status(merchant, StatusCategory.WAITING_US)
    except NotFound:
        if desk_is_open(merchant):
            raise
        open_desk(merchant, by=SYSTEM)
        status = default_status(merchant, StatusCategory.WAITING_US)
    categories = {each.code: each for each in categories_of(merchant)}
    category = _asked_category(categories, new)
    tier = tier_code_of(new.customer)
    routed = route(
        routing_in_force(merchant),
        RoutingInput(
            category.code, tier, new.channel, f"{new.subject}\n{new.body}",
            new.order.total_minor if new.order is not None else None,
        ),
    )  # fmt: skip
    if not new.category_code and routed.category in categories:
        category = categories[routed.category]
    priority = new.priority or routed.priority or category.default_priority
    assignee, reason = _assign(merchant, new, routed, category, at=at)
    advisor = advisor_of(new.customer) if new.customer is not None else None
    return _Chosen(category, priority, status, tier, assignee, advisor.membership_id if advisor else None, reason)


def _asked_category(categories: dict[str, TicketCategory], new: NewTicket) -> TicketCategory:
    if not new.category_code:
        return next(iter(categories.values()))
    found = categories.get(new.category_code)
    if found is None:
        raise InvalidValue("category", _("There is no such category."), code="unknown")
    return found


def _assign(
    merchant: Merchant, new: NewTicket, routed: RoutingOutcome, category: TicketCategory, *, at: datetime
) -> tuple[Membership | None, str]:
    if new.assignee is not None:
        return new.assignee, AssignReason.CHOSEN
    return pick_assignee(
        merchant, customer=new.customer, category=category, skill=routed.skill, assignee=routed.assignee, at=at
    )


def _first_events(merchant: Merchant, new: NewTicket, chosen: _Chosen, *, side: Side) -> list[NewEvent]:
    opened = {
        "subject": tidy_subject(new.subject), "category": chosen.category.pk,
        "is_complaint": chosen.category.is_complaint, "priority": str(chosen.priority), "status": chosen.status.pk,
        "meaning": str(chosen.status.category), "order": new.order.pk if new.order is not None else None,
        "side": str(side), "speaks": True,
    }  # fmt: skip
    promise = promised(merchant, tier=chosen.tier, priority=chosen.priority, category=chosen.category.code)
    events = [NewEvent(Kind.OPENED, opened), NewEvent(Kind.TARGETED, promise.payload())]
    if chosen.assignee is not None or chosen.advisor_id is not None:
        assigned = {
            "assignee": chosen.assignee.pk if chosen.assignee else None, "advisor": chosen.advisor_id,
            "name": str(chosen.assignee.staff) if chosen.assignee else "", "reason": str(chosen.reason),
        }  # fmt: skip
        events.append(NewEvent(Kind.ASSIGNED, assigned))
    return events


def _next_number(merchant: Merchant) -> int:
    """Taken as late as possible: from here to the commit, openings of one shop go one after another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO aftersales_ticketcounter (merchant_id, last_number) VALUES (%s, 1) ON CONFLICT (merchant_id) "
            "DO UPDATE SET last_number = aftersales_ticketcounter.last_number + 1 RETURNING last_number",
            [merchant.pk],
        )
        return int(cursor.fetchone()[0])


def _keep_lines(ticket: Ticket, new: NewTicket) -> None:
    if new.lines and new.order is not None:
        bought = {line.pk: line.quantity for line in new.order.lines.all()}
        for line, quantity in new.lines:
            if line not in bought or not 0 < Decimal(quantity) <= max(bought[line], Decimal(1)):
                raise InvalidValue("lines", _("This is not what the order says."), code="not_in_order")
        TicketLine.objects.bulk_create(
            TicketLine(merchant=ticket.merchant, ticket=ticket, order_line_id=line, quantity=quantity)
            for line, quantity in new.lines
        )
    if new.continues is not None:
        TicketLink.objects.create(
            merchant=ticket.merchant, ticket=ticket, other=new.continues, kind=TicketLink.Kind.RELATED
        )


def _say(ticket: Ticket, new: NewTicket, files: Sequence[Attachment], *, by: Actor, side: Side, at: datetime) -> int:
    if new.quotes is not None:
        return copy_message(new.quotes, ticket, reference="opening").pk
    if not (new.body.strip() or files):
        raise InvalidValue("body", _("Write something."), code="required")
    author = Author.SYSTEM if side == Side.SYSTEM else Author.CUSTOMER
    message = write_message(
        ticket, body=new.body, by=by, author=author, membership=membership_of(ticket.merchant, by), reference="opening",
        files=files, at=at,
    )  # fmt: skip
    return message.pk


def _facts(ticket: Ticket, chosen: _Chosen) -> list[Fact]:
    names = (ticket.pk, ticket.number)
    facts: list[Fact] = [
        TicketOpened(
            *names, chosen.category.code, ticket.channel, ticket.priority, ticket.is_complaint, ticket.order_id
        )
    ]
    if chosen.assignee is not None:
        facts.append(TicketAssigned(*names, chosen.assignee.pk, str(chosen.assignee.staff), chosen.reason))
    return facts
