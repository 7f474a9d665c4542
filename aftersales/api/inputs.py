"""What the desk's API is told."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict, Field, model_validator

from aftersales.api.fields import (
    Attached,
    CategoryOfStatus,
    Channel,
    Code,
    Input,
    Moment,
    PriorityName,
    PublicId,
    Reference,
    Shape,
    Subject,
    Text,
    fault,
)


class TicketCustomer(Input):
    """Exactly one of these."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    id: PublicId = ""
    number: Annotated[str, Field(min_length=1, max_length=32)] = ""
    phone: Annotated[str, Field(min_length=1, max_length=40, description="As typed.")] = ""
    email: Annotated[str, Field(min_length=1, max_length=254)] = ""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise fault("one_of", _("Give exactly one of id, number, phone, email."))
        return self


class TicketGuest(Input):
    """Somebody who is no customer of the shop's yet. You vouch that the contact is theirs."""

    name: Annotated[str, Field(max_length=120)] = ""
    contact: Annotated[
        str,
        Field(
            max_length=254,
            pattern=r"^(\+[1-9][0-9]{6,14}|[^\s@A-Z]+@[^\s@A-Z]+\.[^\s@A-Z]+)$",
            description="A phone number with its country (E.164), or an e-mail address in lower case.",
            examples=["+8613800008000"],
        ),
    ]


class TicketLineInput(Input):
    """A line of the order, by its `position` from 0."""

    position: Annotated[int, Field(ge=0, le=10_000)]
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class TicketInput(Input):
    """A concern of one customer. What is left empty is chosen by the shop's routing rules."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer": {"number": "M000001"}, "subject": "茶罐裂了", "body": "收到时茶罐已经裂了。",
                    "order": "TM-20261102-0042", "lines": [{"position": 0, "quantity": 1}], "reference": "wx-8812",
                }
            ]
        }
    )  # fmt: skip

    customer: TicketCustomer | None = None
    guest: TicketGuest | None = None
    subject: Subject
    body: Text = ""
    category: Code | None = Field(default=None, description="Code of one of the shop's categories.")
    priority: PriorityName | None = None
    channel: Channel = "api"
    order: Annotated[str, Field(min_length=1, max_length=64, description="Number of an order.")] | None = None
    lines: Annotated[list[TicketLineInput], Field(max_length=50)] = Field(default_factory=list)
    attachments: Attached = Field(default_factory=list)
    reference: Reference
    occurred_at: Moment | None = Field(default=None, description="When it was said, if not now.")

    @model_validator(mode="after")
    def _somebody_s(self) -> Self:
        if (self.customer is None) == (self.guest is None):
            raise fault("one_of", _("Give either customer or guest."))
        return self


class TicketChanges(Input):
    """Only what is given changes; `assignee` and `order` null take it away."""

    subject: Subject | None = None
    category: Code | None = None
    priority: PriorityName | None = None
    status: Code | None = Field(default=None, description="Code of one of the shop's statuses.")
    assignee: PublicId | None = Field(default=None, description="Member of the team (`mem_…`), or null for nobody.")
    order: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    snooze_until: Moment | None = None


class MessageInput(Input):
    """Something to say: by the customer or by the shop, in public or between colleagues."""

    body: Text = ""
    author: Literal["customer", "staff"] = "staff"
    is_note: bool = Field(default=False, description="Internal: the customer never sees it.")
    attachments: Attached = Field(default_factory=list)
    then_status: Code | None = Field(
        default=None, description="Of a public answer by the shop. Without it, it is the customer's turn then."
    )
    reference: Reference
    occurred_at: Moment | None = None

    @model_validator(mode="after")
    def _notes_are_ours(self) -> Self:
        if self.is_note and (self.author == "customer" or self.then_status is not None):
            raise fault("note_is_internal", _("A note is written by staff and changes no status."))
        return self


class ReopenInput(Input):
    body: Text = Field(default="", description="Why, in the shop's words; empty says nothing.")


class TicketGrantInput(Input):
    """Goodwill points within the shop's limits for integrations. Above a limit they wait for a second person."""

    points: Annotated[int, Field(ge=1, le=10_000_000)]
    reason: Literal["late", "damaged", "wrong_item", "quality", "service", "gesture"]
    note: Annotated[str, Field(max_length=300, description="For colleagues.")] = ""
    reference: Reference


class TicketQuery(Shape):
    """All that are given must hold."""

    state: CategoryOfStatus | None = Field(default=None, description="What the status means.")
    category: Code | None = None
    priority: PriorityName | None = None
    channel: Code | None = None
    customer: PublicId | None = None
    order: PublicId | None = None
    assignee: PublicId | None = None
    unassigned: bool = False
    overdue: bool = False
    recovery: bool = False
    number: int | None = Field(default=None, ge=1, le=2**62)
    q: Annotated[str, Field(max_length=100, description="Words of the subject, or who it is.")] | None = None
    opened_from: Moment | None = None
    opened_before: Moment | None = None
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = None


class MessageQuery(Shape):
    notes: bool = Field(default=False, description="With internal notes: never show those to a customer.")
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = None


class EventQuery(Shape):
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = None
