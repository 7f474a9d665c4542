"""Saying something in a ticket: a public reply, or an internal note that no customer ever sees."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from aftersales.actions.attachments import copy_attachments, put_on_message, take_attachments
from aftersales.actions.history import NewEvent, lock_ticket, ticket_moment, write_history
from aftersales.actions.moving import reopened_by_customer, side_of, status_event
from aftersales.errors import TicketMergedAway, TicketSettled
from aftersales.models import AssignReason, Attachment, Author, Message, StatusCategory, Ticket, TicketStatus
from aftersales.queries.desk import default_status
from aftersales.queries.tickets import surviving_ticket
from aftersales.rules.history import Kind
from aftersales.rules.wording import MOST_CHARACTERS, clean_html, from_text, text_of
from merchants.errors import InvalidValue
from merchants.models import Actor, Membership, Merchant
from merchants.queries import live_shop_of, team_of
from merchants.roles import Permission, may

AUTHORS = {"member": Author.CUSTOMER, "staff": Author.STAFF, "system": Author.SYSTEM, "api_key": Author.STAFF}


@transaction.atomic
def reply_to_ticket(
    ticket: Ticket,
    *,
    body: str,
    by: Actor,
    reference: str = "",
    attachments: Sequence[int] = (),
    then_status: TicketStatus | None = None,
    author: Author | None = None,
    occurred_at: datetime | None = None,
) -> Message:
    """Say something publicly. The same reference says it once.

    A customer's reply makes it our turn again, also where we had paused, and reopens what was settled while that is allowed;
    in a ticket that was merged it is said in the one it went on in. A staff reply leaves the ticket in `then_status`; None:
    where it was our turn, it becomes the customer's. Whoever answers a ticket that is nobody's takes it.

    `author` is for API keys, which speak for either side (None: the staff's). Raises ReopenTooLate, TicketSettled for staff
    where the ticket is closed, TicketMergedAway, MoveNotAllowed, InvalidValue, AttachmentUnknown, TooManyAttachments.
    """
    speaker = (author if by.kind in ("api_key", "system") else None) or AUTHORS[by.kind]
    locked = lock_ticket(surviving_ticket(ticket) if speaker == Author.CUSTOMER else ticket)
    reference = reference or secrets.token_hex(12)
    if (said := _said_before(locked, reference)) is not None:
        return said
    _refuse_merged(locked)
    at = ticket_moment(locked.merchant, occurred_at)
    membership = membership_of(locked.merchant, by)
    settled = _settling(locked, speaker, then_status, by=by, at=at)
    files = take_attachments(locked.merchant, attachments, by=by)
    message = write_message(
        locked, body=body, by=by, author=speaker, membership=membership, reference=reference, files=files, at=at
    )
    events = [NewEvent(Kind.REPLIED, {"side": str(speaker), "message": message.pk})]
    if membership is not None and locked.assignee_id is None and may(membership.role, Permission.WORK_TICKETS):
        events.append(
            NewEvent(Kind.ASSIGNED, {"assignee": membership.pk, "name": by.name, "reason": str(AssignReason.ANSWERED)})
        )
    write_history(locked, [*events, *settled], by=by, at=at)
    return message


@transaction.atomic
def add_ticket_note(
    ticket: Ticket,
    *,
    body: str,
    by: Actor,
    reference: str = "",
    attachments: Sequence[int] = (),
    occurred_at: datetime | None = None,
) -> Message:
    """Leave an internal note, on a settled ticket too. The same reference says it once. Raises InvalidValue, AttachmentUnknown,
    TooManyAttachments."""
    locked = lock_ticket(ticket)
    reference = reference or secrets.token_hex(12)
    if (said := _said_before(locked, reference)) is not None:
        return said
    at = ticket_moment(locked.merchant, occurred_at)
    files = take_attachments(locked.merchant, attachments, by=by)
    message = write_message(
        locked, body=body, by=by, author=Author.SYSTEM if by.kind == "system" else Author.STAFF,
        membership=membership_of(locked.merchant, by), reference=reference, files=files, at=at, is_note=True,
    )  # fmt: skip
    write_history(locked, [NewEvent(Kind.NOTED, {"message": message.pk})], by=by, at=at)
    return message


def write_message(
    ticket: Ticket,
    *,
    body: str,
    by: Actor,
    author: Author,
    membership: Membership | None,
    reference: str,
    files: Sequence[Attachment],
    at: datetime,
    is_note: bool = False,
) -> Message:
    """The message's row with its files; the history is the caller's. What customers write is text, never HTML."""
    body_html = from_text(body) if by.kind == "member" else clean_html(body)
    body_text = text_of(body_html)
    if not body_text and not files:
        raise InvalidValue("body", _("Write something."), code="required")
    if len(body_text) > MOST_CHARACTERS:
        raise InvalidValue("body", _("At most %(most)s characters."), code="too_long", most=MOST_CHARACTERS)
    message = Message(
        merchant=ticket.merchant, ticket=ticket, is_note=is_note, author=author, author_membership=membership,
        author_name=_name_of(ticket, author, by)[:120], body_html=body_html, body_text=body_text, reference=reference,
        sent_at=at,
    )  # fmt: skip
    message.save(force_insert=True)
    put_on_message(message, files)
    return message


def copy_message(source: Message, ticket: Ticket, *, reference: str) -> Message:
    """The same words by the same author at the same moment, with the same files, in another ticket."""
    copy = Message(
        merchant=ticket.merchant, ticket=ticket, is_note=source.is_note, author=source.author,
        author_membership_id=source.author_membership_id, author_name=source.author_name, body_html=source.body_html,
        body_text=source.body_text, reference=reference, sent_at=source.sent_at,
    )  # fmt: skip
    copy.save(force_insert=True)
    copy_attachments(source, copy)
    return copy


def membership_of(merchant: Merchant, by: Actor) -> Membership | None:
    """The staff member who acts, as one of the team (a sandbox is worked by the live shop's); None for others."""
    if by.kind != "staff" or by.id is None:
        return None
    return team_of(live_shop_of(merchant)).filter(staff_id=by.id).first()


def _settling(
    ticket: Ticket, speaker: Author, then_status: TicketStatus | None, *, by: Actor, at: datetime
) -> list[NewEvent]:
    """What the reply makes of the status."""
    merchant, category = ticket.merchant, ticket.status_category
    if speaker == Author.SYSTEM:
        return []
    if speaker == Author.CUSTOMER:
        if category in (StatusCategory.RESOLVED, StatusCategory.CLOSED):
            reopened_by_customer(ticket, at)
        if category == StatusCategory.WAITING_US:
            return []
        return [status_event(ticket, default_status(merchant, StatusCategory.WAITING_US), side="customer")]
    if category == StatusCategory.CLOSED and then_status is None:
        raise TicketSettled()
    if then_status is None:
        if category != StatusCategory.WAITING_US:
            return []
        then_status = default_status(merchant, StatusCategory.WAITING_CUSTOMER)
    if then_status.pk == ticket.status_id:
        return []
    return [status_event(ticket, then_status, side=side_of(by))]


def _said_before(ticket: Ticket, reference: str) -> Message | None:
    return Message.objects.filter(merchant=ticket.merchant_id, ticket=ticket, reference=reference).first()


def _refuse_merged(ticket: Ticket) -> None:
    if ticket.merged_into_id is not None:
        raise TicketMergedAway(number=surviving_ticket(ticket).number)


def _name_of(ticket: Ticket, author: Author, by: Actor) -> str:
    if author == Author.CUSTOMER:
        return ticket.customer.display_name if ticket.customer is not None else ticket.guest_name or by.name
    return by.name
