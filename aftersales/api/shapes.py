"""What the desk's API tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from aftersales.api.fields import CategoryOfStatus, PriorityName, Shape
from aftersales.models import Attachment, Grant, Message, Ticket, TicketEvent
from aftersales.queries.tickets import whose_turn
from merchants.frames.public_ids import public_id


class CategoryStub(Shape):
    code: str
    name: str


class StatusStub(Shape):
    code: str
    name: str
    category: CategoryOfStatus = Field(description="What the shop's own word means.")


class PersonStub(Shape):
    id: str
    name: str


class GuestStub(Shape):
    name: str
    contact: str


class DeadlinesShape(Shape):
    """Standing deadlines: null when met, paused or not promised."""

    first_response: AwareDatetime | None
    next_response: AwareDatetime | None
    resolution: AwareDatetime | None


class TicketShape(Shape):
    """A ticket. `due_at` is the earliest standing deadline; `waits_for` says whose turn it is."""

    id: str
    number: int
    reference: str | None = Field(description="Yours, where you opened it.")
    subject: str
    category: CategoryStub
    is_complaint: bool
    priority: PriorityName
    channel: str
    status: StatusStub
    waits_for: Literal["us", "customer", "nobody"]
    customer_id: str | None
    guest: GuestStub | None
    order_id: str | None
    assignee: PersonStub | None
    advisor: PersonStub | None
    tier: str | None = Field(description="Code of the tier that the service levels were chosen by.")
    is_recovery: bool
    merged_into: str | None
    due_at: AwareDatetime | None
    deadlines: DeadlinesShape
    deadlines_missed: int
    first_response_seconds: int | None = Field(description="Business seconds.")
    resolution_seconds: int | None = Field(description="Business seconds that it was the shop's turn.")
    message_count: int = Field(description="Public messages of both sides.")
    reopened_count: int
    opened_at: AwareDatetime
    first_response_at: AwareDatetime | None
    last_message_at: AwareDatetime | None
    snoozed_until: AwareDatetime | None
    resolved_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    updated_at: AwareDatetime


class TicketPage(Shape):
    data: list[TicketShape]
    has_more: bool
    next_cursor: str | None


class AttachmentShape(Shape):
    id: str
    name: str
    content_type: str = Field(description="What the bytes are, whatever the name says.")
    size: int
    sha256: str


class AttachmentPage(Shape):
    data: list[AttachmentShape]
    has_more: bool
    next_cursor: str | None


class MessageShape(Shape):
    id: str
    author: Literal["customer", "staff", "system"]
    author_name: str
    is_note: bool
    body_html: str
    body_text: str
    attachments: list[AttachmentShape]
    sent_at: AwareDatetime


class MessagePage(Shape):
    data: list[MessageShape]
    has_more: bool
    next_cursor: str | None


class ActorStub(Shape):
    kind: Literal["staff", "member", "api_key", "system"]
    name: str


class EventShape(Shape):
    """One line of the ticket's history. `details` depend on the kind; more may be added."""

    sequence: int
    kind: str = Field(examples=["opened", "replied", "status_set"])
    actor: ActorStub
    details: dict[str, Any]
    occurred_at: AwareDatetime


class EventPage(Shape):
    data: list[EventShape]
    has_more: bool
    next_cursor: str | None


class GrantShape(Shape):
    id: str
    points: int
    reason: str
    state: Literal["waiting", "posted", "declined"]
    entry_id: str | None = Field(description="The ledger's entry, once posted.")
    asked_by: str
    asked_at: AwareDatetime
    decided_at: AwareDatetime | None


class GrantPage(Shape):
    data: list[GrantShape]
    has_more: bool
    next_cursor: str | None


def present_ticket(ticket: Ticket) -> dict[str, Any]:
    status, category = ticket.status, ticket.category
    ours, _, theirs = ticket.reference.partition(":")
    return {
        "id": public_id("tkt", ticket.pk),
        "number": ticket.number,
        "reference": theirs if ours == "api" else None,
        "subject": ticket.subject,
        "category": {"code": category.code, "name": category.name},
        "is_complaint": ticket.is_complaint,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "status": {"code": status.code, "name": status.name, "category": status.category},
        "waits_for": whose_turn(ticket).side,
        "customer_id": _id("cus", ticket.customer_id),
        "guest": {"name": ticket.guest_name, "contact": ticket.guest_contact} if ticket.customer_id is None else None,
        "order_id": _id("ord", ticket.order_id),
        "assignee": _person(ticket.assignee_id, ticket.assignee),
        "advisor": _person(ticket.advisor_id, ticket.advisor),
        "tier": ticket.tier or None,
        "is_recovery": ticket.is_recovery,
        "merged_into": _id("tkt", ticket.merged_into_id),
        "due_at": ticket.due_at,
        "deadlines": {
            "first_response": ticket.first_response_due_at,
            "next_response": ticket.next_response_due_at,
            "resolution": ticket.resolution_due_at,
        },
        "deadlines_missed": ticket.breaches,
        "first_response_seconds": ticket.first_response_seconds,
        "resolution_seconds": ticket.resolution_seconds,
        "message_count": ticket.reply_count,
        "reopened_count": ticket.reopened_count,
        "opened_at": ticket.opened_at,
        "first_response_at": ticket.first_response_at,
        "last_message_at": ticket.last_message_at,
        "snoozed_until": ticket.snoozed_until,
        "resolved_at": ticket.resolved_at,
        "closed_at": ticket.closed_at,
        "updated_at": ticket.updated_at,
    }


def present_attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": public_id("att", attachment.pk),
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.digest,
    }


def present_message(message: Message) -> dict[str, Any]:
    return {
        "id": public_id("msg", message.pk),
        "author": message.author,
        "author_name": message.author_name,
        "is_note": message.is_note,
        "body_html": message.body_html,
        "body_text": message.body_text,
        "attachments": [present_attachment(each) for each in message.attachments.all()],
        "sent_at": message.sent_at,
    }


# What in a payload is the id of a row that has a public one; ids of everything else stay inside.
_ROWS = {
    "message": "msg", "assignee": "mem", "advisor": "mem", "order": "ord", "into": "tkt", "other": "tkt", "new": "tkt",
    "grant_id": "grt",
}  # fmt: skip
_INSIDE = frozenset({"status", "category", "sla_version", "calendar", "speaks", "messages", "comment", "post_mortem"})


def present_event(event: TicketEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "kind": event.kind,
        "actor": {"kind": event.actor_kind, "name": event.actor_name},
        "details": _details(event.payload),
        "occurred_at": event.occurred_at,
    }


def present_grant(grant: Grant) -> dict[str, Any]:
    return {
        "id": public_id("grt", grant.pk),
        "points": grant.points,
        "reason": grant.reason,
        "state": grant.state,
        "entry_id": _id("ent", grant.entry_id),
        "asked_by": grant.asked_by_name,
        "asked_at": grant.asked_at,
        "decided_at": grant.decided_at,
    }


def _details(payload: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in payload.items():
        if name in _ROWS:
            told[name.removesuffix("_id")] = _id(_ROWS[name], value) if isinstance(value, int) else None
        elif name not in _INSIDE and not (name.endswith("_id") and isinstance(value, int)):
            told[name] = value
    return told


def _id(prefix: str, id: int | None) -> str | None:
    return public_id(prefix, id) if id is not None else None


def _person(id: int | None, membership: Any) -> dict[str, Any] | None:
    return {"id": public_id("mem", id), "name": str(membership.staff)} if id is not None else None
