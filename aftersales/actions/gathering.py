"""Tickets that belong together: merged and un-merged, split, linked.

Nothing moves when tickets are merged: the one that goes away points at the one that goes on, whose thread shows both. So
un-merging takes nothing apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from aftersales.actions.history import NewEvent, lock_ticket, lock_tickets, ticket_moment, write_history
from aftersales.actions.messages import copy_message
from aftersales.actions.opening import NewTicket, open_ticket
from aftersales.errors import MergeNotPossible, NothingToSplit, NotMerged, TicketMergedAway, TicketSettled
from aftersales.models import OPEN_CATEGORIES, Message, Ticket, TicketCategory, TicketLink
from aftersales.queries.tickets import surviving_ticket
from aftersales.rules.history import Kind
from merchants.errors import NotFound
from merchants.models import Actor, Merchant

MOST_MERGED_AT_ONCE = 20


@transaction.atomic
def merge_tickets(into: Ticket, others: Sequence[Ticket], *, by: Actor, occurred_at: datetime | None = None) -> Ticket:
    """Let `others` go on in `into`. An answer that one of them still waits for is owed there.

    Raises MergeNotPossible (another customer's, itself, none or more than 20), TicketMergedAway, TicketSettled where the one
    that goes on is settled and another is not.
    """
    merchant = into.merchant
    ids = {each.pk for each in others}
    if not ids or into.pk in ids or len(ids) > MOST_MERGED_AT_ONCE:
        raise MergeNotPossible()
    locked = lock_tickets(merchant, {into.pk, *ids})
    if len(locked) != len(ids) + 1:
        raise NotFound()
    survivor = locked.pop(into.pk)
    at = ticket_moment(merchant, occurred_at)
    for each in (survivor, *locked.values()):
        if each.merged_into_id is not None:
            raise TicketMergedAway(number=surviving_ticket(each).number)
        if (each.customer_id, each.guest_contact) != (survivor.customer_id, survivor.guest_contact):
            raise MergeNotPossible()
        if _is_open(each) and not _is_open(survivor):
            raise TicketSettled()
    for other in locked.values():
        waiting = other.waiting_since.isoformat() if other.waiting_since is not None else None
        write_history(other, [NewEvent(Kind.MERGED, {"into": survivor.pk, "number": survivor.number})], by=by, at=at)
        told = {"other": other.pk, "number": other.number, "waiting": waiting}
        write_history(survivor, [NewEvent(Kind.MERGED_IN, told)], by=by, at=at)
    return survivor


@transaction.atomic
def unmerge_ticket(ticket: Ticket, *, by: Actor, occurred_at: datetime | None = None) -> Ticket:
    """Let a merged ticket stand by itself again, in the status it had; with it goes what was merged into it. Raises NotMerged."""
    merchant = ticket.merchant
    where = Ticket.objects.filter(merchant=merchant, pk=ticket.pk).values_list("merged_into", flat=True).first()
    locked = lock_tickets(merchant, {ticket.pk, where or ticket.pk})
    mine = locked.get(ticket.pk)
    if mine is None:
        raise NotFound()
    if mine.merged_into_id is None or mine.merged_into_id not in locked:
        raise NotMerged()
    survivor = locked[mine.merged_into_id]
    at = ticket_moment(merchant, occurred_at)
    write_history(mine, [NewEvent(Kind.UNMERGED, {"into": survivor.pk, "number": survivor.number})], by=by, at=at)
    told = {"other": mine.pk, "number": mine.number, "kind": "merged", "gone": True}
    write_history(survivor, [NewEvent(Kind.LINKED, told)], by=by, at=at)
    return mine


@transaction.atomic
def split_ticket(
    ticket: Ticket,
    message_ids: Sequence[int],
    subject: str,
    *,
    by: Actor,
    category: TicketCategory | None = None,
    reference: str = "",
    occurred_at: datetime | None = None,
) -> Ticket:
    """Open a ticket of its own for some messages of this one: another concern that was said in the same breath.

    The messages stay where they were said, as evidence, and stand in the new ticket too. At least one is public; one stays
    behind. Raises NothingToSplit, TicketMergedAway, InvalidValue.
    """
    locked = lock_ticket(ticket)
    if locked.merged_into_id is not None:
        raise TicketMergedAway(number=surviving_ticket(locked).number)
    merchant = locked.merchant
    said = list(Message.objects.filter(merchant=merchant, ticket=locked).order_by("sent_at", "pk"))
    chosen = [each for each in said if each.pk in set(message_ids)]
    first = next((each for each in chosen if not each.is_note), None)
    stays = any(not each.is_note and each not in chosen for each in said)
    if first is None or not stays or len(chosen) != len(set(message_ids)):
        raise NothingToSplit()
    new = open_ticket(
        merchant,
        NewTicket(
            subject=subject, body="", quotes=first, channel=locked.channel, customer=locked.customer,
            guest_name=locked.guest_name, guest_contact=locked.guest_contact, language=locked.language,
            category_code=(category or locked.category).code, priority=locked.priority, order=locked.order,
            assignee=locked.assignee, reference=reference, occurred_at=occurred_at,
        ),
        by=by,
    )  # fmt: skip
    if TicketLink.objects.filter(merchant=merchant, ticket=new, other=locked).exists():
        return new  # the same reference said it before
    _carry(new, [each for each in chosen if each is not first], by=by, at=new.opened_at)
    TicketLink.objects.create(merchant=merchant, ticket=new, other=locked, kind=TicketLink.Kind.SPLIT)
    told = {"new": new.pk, "number": new.number, "messages": [each.pk for each in chosen]}
    write_history(locked, [NewEvent(Kind.SPLIT, told)], by=by, at=ticket_moment(merchant, occurred_at))
    return lock_ticket(new)


@transaction.atomic
def link_tickets(
    ticket: Ticket,
    other: Ticket,
    *,
    by: Actor,
    kind: str = TicketLink.Kind.RELATED,
    occurred_at: datetime | None = None,
) -> None:
    """Say that two tickets belong together; again changes nothing. Raises MergeNotPossible for a ticket and itself."""
    if ticket.pk == other.pk:
        raise MergeNotPossible()
    merchant, locked = _lock_two(ticket, other)
    if _links(merchant, ticket, other).exists():
        return
    TicketLink.objects.create(merchant=merchant, ticket=locked[ticket.pk], other=locked[other.pk], kind=kind)
    _tell_link(merchant, locked, ticket, other, str(kind), gone=False, by=by, occurred_at=occurred_at)


@transaction.atomic
def unlink_tickets(ticket: Ticket, other: Ticket, *, by: Actor, occurred_at: datetime | None = None) -> None:
    """Take a link away, in whichever direction it was made; none there changes nothing."""
    merchant, locked = _lock_two(ticket, other)
    found = _links(merchant, ticket, other).first()
    if found is None:
        return
    found.delete()
    _tell_link(merchant, locked, ticket, other, found.kind, gone=True, by=by, occurred_at=occurred_at)


def _carry(new: Ticket, messages: Sequence[Message], *, by: Actor, at: datetime) -> None:
    """The rest of the messages, in their order."""
    ticket = lock_ticket(new)
    for message in messages:
        copy = copy_message(message, ticket, reference=f"split:{message.pk}")
        if message.is_note:
            event = NewEvent(Kind.NOTED, {"message": copy.pk})
        else:
            event = NewEvent(Kind.REPLIED, {"side": message.author, "message": copy.pk})
        write_history(ticket, [event], by=by, at=at)


def _is_open(ticket: Ticket) -> bool:
    return ticket.status_category in OPEN_CATEGORIES


def _lock_two(ticket: Ticket, other: Ticket) -> tuple[Merchant, dict[int, Ticket]]:
    merchant = ticket.merchant
    locked = lock_tickets(merchant, {ticket.pk, other.pk})
    if len(locked) != 2:
        raise NotFound()
    return merchant, locked


def _links(merchant: Merchant, ticket: Ticket, other: Ticket) -> QuerySet[TicketLink]:
    either = Q(ticket=ticket, other=other) | Q(ticket=other, other=ticket)
    return TicketLink.objects.filter(either, merchant=merchant)


def _tell_link(
    merchant: Merchant,
    locked: dict[int, Ticket],
    ticket: Ticket,
    other: Ticket,
    kind: str,
    *,
    gone: bool,
    by: Actor,
    occurred_at: datetime | None,
) -> None:
    at = ticket_moment(merchant, occurred_at)
    for here, there in ((ticket, other), (other, ticket)):
        told = {"other": there.pk, "number": locked[there.pk].number, "kind": kind, "gone": gone}
        write_history(locked[here.pk], [NewEvent(Kind.LINKED, told)], by=by, at=at)
