"""One ticket and what was said in it; and what a customer's tickets say about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from aftersales.models import (
    OPEN_CATEGORIES,
    Attachment,
    Message,
    StatusCategory,
    Ticket,
    TicketEvent,
    TicketLine,
    TicketLink,
)
from aftersales.rules.history import Kind
from commerce.models import Order
from customers.models import Customer
from merchants.clock import now
from merchants.errors import NotFound
from merchants.models import Merchant

# What a thread shows between the messages. The rest of the history is on the history page.
_TOLD = (
    Kind.STATUS_SET, Kind.FIELDS_SET, Kind.ASSIGNED, Kind.SNOOZED, Kind.WOKE, Kind.MERGED, Kind.UNMERGED, Kind.MERGED_IN,
    Kind.SPLIT, Kind.LINKED, Kind.ESCALATED, Kind.GRANTED, Kind.RATED, Kind.POST_MORTEM_WRITTEN,
)  # fmt: skip
_TOLD_TO_CUSTOMERS = (Kind.STATUS_SET,)
_MOST_MERGED = 200
_WORDS = re.compile(r"[a-z0-9]+|[^\W\x00-\x7f]+")


def tickets_of(merchant: Merchant) -> QuerySet[Ticket]:
    """The shop's tickets with what every list shows of them at hand."""
    # Joined they would be eight tables, and planning the statement would take twenty times as long as running it.
    return (
        Ticket.objects.filter(merchant=merchant)
        .select_related("customer")
        .prefetch_related("category", "status", "assignee__staff", "advisor__staff")
    )


def get_ticket(merchant: Merchant, *, id: int | None = None, number: int | None = None) -> Ticket:
    """The shop's ticket with this id or number; NotFound."""
    wanted = {"pk": id} if id is not None else {"number": number}
    ticket = tickets_of(merchant).select_related("order", "merged_into", "recovers").filter(**wanted).first()
    if ticket is None:
        raise NotFound()
    _hand(merchant, ticket)
    return ticket


def get_member_ticket(customer: Customer, id: int) -> Ticket:
    """A member's own ticket; NotFound for anybody else's."""
    ticket = get_ticket(customer.merchant, id=id)
    if ticket.customer_id != customer.pk:
        raise NotFound()
    return ticket


def member_tickets(customer: Customer) -> QuerySet[Ticket]:
    """A member's tickets, newest first. One that was merged shows in the one it went on in."""
    rows = tickets_of(customer.merchant).filter(customer=customer, merged_into__isnull=True)
    return rows.order_by("-opened_at", "-id")


def surviving_ticket(ticket: Ticket) -> Ticket:
    """Where a merged ticket went on; itself when it was not merged."""
    found = ticket
    for _step in range(_MOST_MERGED):
        if found.merged_into_id is None:
            break
        found = Ticket.objects.get(merchant=ticket.merchant_id, pk=found.merged_into_id)
    found.merchant = ticket.merchant
    return found


def family_of(ticket: Ticket) -> list[Ticket]:
    """The ticket and all that were merged into it, also by way of others."""
    family, last = [ticket], [ticket.pk]
    while last and len(family) < _MOST_MERGED:
        merged = list(Ticket.objects.filter(merchant=ticket.merchant_id, merged_into__in=last).order_by("pk"))
        family += merged
        last = [each.pk for each in merged]
    return family


@dataclass(frozen=True, slots=True)
class ThreadItem:
    """A message or an event. `ticket_number` is given where it came with a ticket that was merged in."""

    at: datetime
    message: Message | None = None
    event: TicketEvent | None = None
    ticket_number: int | None = None


def messages_of(ticket: Ticket, *, notes: bool = True) -> QuerySet[Message]:
    """One ticket's own messages in order, their files at hand; `notes=False`: what its customer may read."""
    files = Prefetch("attachments", Attachment.objects.filter(merchant=ticket.merchant_id).order_by("pk"))
    rows = Message.objects.filter(merchant=ticket.merchant_id, ticket=ticket)
    if not notes:
        rows = rows.filter(is_note=False)
    return rows.prefetch_related(files).order_by("sent_at", "id")


def thread_of(ticket: Ticket, *, for_customer: bool = False) -> list[ThreadItem]:
    """Messages and visible events as they followed each other, those of merged tickets among them.

    `for_customer`: no notes, and of the events only changes of status.
    """
    family = family_of(ticket)
    numbers = {each.pk: each.number for each in family if each.pk != ticket.pk}
    files = Prefetch("attachments", Attachment.objects.filter(merchant=ticket.merchant_id).order_by("pk"))
    messages = Message.objects.filter(merchant=ticket.merchant_id, ticket__in=family).prefetch_related(files)
    kinds = _TOLD_TO_CUSTOMERS if for_customer else _TOLD
    events = TicketEvent.objects.filter(merchant=ticket.merchant_id, ticket__in=family, kind__in=kinds)
    if for_customer:
        messages = messages.filter(is_note=False)
        events = events.filter(ticket=ticket)
    said = [
        (each.sent_at, 0, each.pk, ThreadItem(each.sent_at, message=each, ticket_number=numbers.get(each.ticket_id)))
        for each in messages
    ]
    done = [
        (
            each.occurred_at,
            1,
            each.pk,
            ThreadItem(each.occurred_at, event=each, ticket_number=numbers.get(each.ticket_id)),
        )
        for each in events
    ]
    return [item for *_order, item in sorted([*said, *done], key=lambda row: row[:3])]


def get_message(merchant: Merchant, id: int) -> Message:
    """The shop's message with this id, its files at hand; NotFound."""
    files = Prefetch("attachments", Attachment.objects.filter(merchant=merchant).order_by("pk"))
    found = Message.objects.filter(merchant=merchant, pk=id).prefetch_related(files).first()
    if found is None:
        raise NotFound()
    return found


def attachments_of(ticket: Ticket, *, notes: bool = True) -> QuerySet[Attachment]:
    """The files of one ticket's own messages; `notes=False`: those its customer may have."""
    rows = Attachment.objects.filter(merchant=ticket.merchant_id, message__ticket=ticket).order_by("pk")
    return rows if notes else rows.filter(message__is_note=False)


def get_attachment(merchant: Merchant, id: int) -> Attachment:
    """For staff and keys: any file of the shop that was sent; NotFound."""
    found = Attachment.objects.filter(merchant=merchant, pk=id, message__isnull=False).select_related("message").first()
    if found is None:
        raise NotFound()
    return found


def get_member_attachment(ticket: Ticket, id: int) -> Attachment:
    """A file of a public message of this ticket or one that was merged into it; never one of a note. NotFound."""
    found = (
        Attachment.objects.filter(
            merchant=ticket.merchant_id, pk=id, message__ticket__in=family_of(ticket), message__is_note=False
        )
        .select_related("message")
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def lines_of_ticket(ticket: Ticket) -> QuerySet[TicketLine]:
    rows = TicketLine.objects.filter(merchant=ticket.merchant_id, ticket=ticket)
    return rows.select_related("order_line__product").order_by("order_line__position")


def links_of(ticket: Ticket) -> list[tuple[Ticket, str]]:
    """Tickets that belong together with this one, in either direction, with the kind of the link."""
    rows = TicketLink.objects.filter(merchant=ticket.merchant_id).filter(Q(ticket=ticket) | Q(other=ticket))
    rows = rows.select_related("ticket__status", "other__status").order_by("-id")
    return [(each.other if each.ticket_id == ticket.pk else each.ticket, each.kind) for each in rows]


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: "us", "customer", or "nobody" where it is paused or settled; and by when, if that is promised."""

    side: str
    due_at: datetime | None = None


def whose_turn(ticket: Ticket) -> Turn:
    """For the customer to see: a deadline that has passed is still told."""
    if ticket.status_category == StatusCategory.WAITING_US and ticket.merged_into_id is None:
        answers = [due for due in (ticket.first_response_due_at, ticket.next_response_due_at) if due is not None]
        return Turn("us", min(answers, default=ticket.resolution_due_at))
    if ticket.status_category == StatusCategory.WAITING_CUSTOMER and ticket.merged_into_id is None:
        return Turn("customer")
    return Turn("nobody")


def suspected_duplicates(
    merchant: Merchant, customer: Customer | None, subject: str, order: Order | None = None, *, but: int | None = None
) -> list[Ticket]:
    """Open tickets of the same customer that may be about the same: of the same order, or of much the same words within 30
    days. At most five, likeliest first."""
    if customer is None:
        return []
    rows = tickets_of(merchant).filter(customer=customer, merged_into__isnull=True)
    rows = rows.filter(Q(status_category__in=OPEN_CATEGORIES) | Q(resolved_at__gte=now(merchant) - timedelta(days=30)))
    if but is not None:
        rows = rows.exclude(pk=but)
    wanted = _pieces(subject)
    scored = []
    for ticket in rows.order_by("-opened_at", "-id")[:50]:
        same_order = order is not None and ticket.order_id == order.pk
        theirs = _pieces(ticket.subject)
        alike = len(wanted & theirs) / len(wanted | theirs) if wanted | theirs else 0.0
        if same_order or alike >= 0.5:
            scored.append((same_order, alike, ticket.pk, ticket))
    return [ticket for *_score, ticket in sorted(scored, key=lambda each: each[:3], reverse=True)[:5]]


def has_open_complaint(customer: Customer) -> bool:
    """Whether a complaint of the customer is open, so that marketing can fall silent."""
    return _open_complaints(customer.merchant_id).filter(customer=customer).exists()


def customers_with_open_complaint(merchant: Merchant) -> QuerySet[Customer]:
    complaints = _open_complaints(merchant.pk).filter(customer=OuterRef("pk"))
    return Customer.objects.filter(Exists(complaints), merchant=merchant)


def _open_complaints(merchant_id: int) -> QuerySet[Ticket]:
    # The list as plain values: the words of the partial index, which the planner then sees.
    return Ticket.objects.filter(
        merchant=merchant_id, is_complaint=True, status_category__in=[str(each) for each in OPEN_CATEGORIES],
        merged_into__isnull=True,
    )  # fmt: skip


def _pieces(text: str) -> set[str]:
    """Words where there are blanks between them; single characters where, as in Chinese, there are none."""
    words = _WORDS.findall(text.casefold())
    return {piece for word in words for piece in ([word] if word.isascii() else word)}


def _hand(merchant: Merchant, ticket: Ticket) -> None:
    """Rows that are at hand already are not asked for again."""
    ticket.merchant = merchant
    if ticket.customer is not None:
        ticket.customer.merchant = merchant
