"""Tickets: the row for lists and deadlines, what was said, and the history that all of it is derived from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.models.desk import Priority, StatusCategory, TicketCategory, TicketStatus
from commerce.models import Order, OrderLine
from customers.models import Customer
from merchants.models import Membership
from merchants.tenancy import TenantModel


class TicketChannel(models.TextChoices):
    """How the customer came to us."""

    PORTAL = "portal", _("Member portal")
    GUEST = "guest", _("Web form")
    API = "api", pgettext_lazy("channel", "API")
    PHONE = "phone", pgettext_lazy("channel", "Phone")
    EMAIL = "email", _("E-mail")
    WECHAT = "wechat", _("WeChat")
    STORE = "store", _("Store")
    REVIEW = "review", _("Review")
    SYSTEM = "system", pgettext_lazy("channel", "System")


class TicketCounter(TenantModel):
    """The last number that a shop's tickets have. Taken as late as possible: it serialises openings until the commit."""

    last_number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="aftersales_counter_once")]


_OPEN = Q(status_category__in=["waiting_us", "waiting_customer", "paused"], merged_into__isnull=True)


class Ticket(TenantModel):
    """One concern of one customer. Every column below "derived" is a fold of the ticket's events (rules/history.py)."""

    number = models.BigIntegerField(_("Number"))
    reference = models.CharField(max_length=120)  # said by whoever opened it: the same reference opens once
    channel = models.CharField(_("Channel"), max_length=12, choices=TicketChannel)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="tickets", db_constraint=False, db_index=False
    )
    guest_name = models.CharField(max_length=120, blank=True)
    guest_contact = models.CharField(max_length=254, blank=True)  # E.164 or lower-case e-mail, proved by a code
    language = models.CharField(max_length=10, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=120, blank=True)
    is_recovery = models.BooleanField(default=False)  # born from a low score: somebody owns making it good
    recovers = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="recoveries", db_constraint=False
    )

    # Derived.
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="tickets", db_constraint=False, db_index=False
    )
    subject = models.CharField(_("Subject"), max_length=200)
    category = models.ForeignKey(TicketCategory, models.PROTECT, related_name="tickets", db_constraint=False)
    is_complaint = models.BooleanField()
    priority = models.CharField(_("Priority"), max_length=8, choices=Priority)
    priority_rank = models.PositiveSmallIntegerField()  # 0 urgent … 3 low: what lists sort by
    status = models.ForeignKey(TicketStatus, models.PROTECT, related_name="tickets", db_constraint=False)
    status_category = models.CharField(max_length=20, choices=StatusCategory)
    tier = models.CharField(max_length=40, blank=True)  # code of the tier that service levels were chosen by
    assignee = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="tickets", db_index=False
    )
    advisor = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_constraint=False
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)  # since when the customer waits for an answer
    first_response_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    reply_count = models.PositiveSmallIntegerField(default=0)  # public messages of both sides
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_customer_at = models.DateTimeField(null=True, blank=True)
    last_staff_at = models.DateTimeField(null=True, blank=True)
    sla_version = models.ForeignKey(
        "aftersales.DeskVersion", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    calendar = models.ForeignKey(
        "aftersales.CalendarVersion", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    first_response_target = models.PositiveIntegerField(null=True)  # business minutes
    next_response_target = models.PositiveIntegerField(null=True)
    resolution_target = models.PositiveIntegerField(null=True)
    first_response_due_at = models.DateTimeField(null=True)  # standing deadlines: empty when met, paused or none
    next_response_due_at = models.DateTimeField(null=True)
    resolution_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # the earliest of the three: what lists show and sort by
    next_due_at = models.DateTimeField(
        null=True
    )  # the earliest that nobody was called for yet: what the clock looks at
    first_response_seconds = models.PositiveIntegerField(null=True)  # business seconds it took
    resolution_seconds = models.PositiveIntegerField(null=True)  # business seconds that it was our turn, until resolved
    worked_seconds = models.PositiveIntegerField(default=0)  # business seconds our turn so far, up to `clock_since`
    clock_since = models.DateTimeField(null=True)  # since when the resolution clock runs; empty while it stands
    waited_seconds = models.PositiveIntegerField(
        default=0
    )  # business seconds of the present wait, up to `wait_clock_since`
    wait_clock_since = models.DateTimeField(null=True)  # since when the response clock runs; empty while it stands
    called_for = models.PositiveSmallIntegerField(
        default=0
    )  # deadlines missed and known: rules/clocks.py names the bits
    breaches = models.PositiveSmallIntegerField(default=0)  # deadlines missed so far
    escalation_level = models.PositiveSmallIntegerField(default=0)
    last_event = models.BigIntegerField(default=0)  # sequence of the last event folded in
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_ticket_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "number"], name="aftersales_ticket_number_once"),
            models.UniqueConstraint(fields=["merchant", "reference"], name="aftersales_ticket_reference_once"),
            models.CheckConstraint(
                name="aftersales_ticket_meaning", condition=Q(status_category__in=StatusCategory.values)
            ),
            models.CheckConstraint(name="aftersales_ticket_priority", condition=Q(priority__in=Priority.values)),
            models.CheckConstraint(
                name="aftersales_ticket_has_somebody", condition=Q(customer__isnull=False) | ~Q(guest_contact="")
            ),
            models.CheckConstraint(
                name="aftersales_ticket_merged_elsewhere",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            ),
        ]
        indexes = [
            # The inbox: what is open, the earliest deadline first; by priority; one person's or nobody's; recoveries.
            models.Index(fields=["merchant", "due_at", "id"], condition=_OPEN, name="aftersales_ticket_inbox"),
            models.Index(
                fields=["merchant", "priority_rank", "due_at", "id"], condition=_OPEN, name="aftersales_ticket_priority"
            ),
            models.Index(fields=["merchant", "assignee", "due_at", "id"], condition=_OPEN, name="aftersales_ticket_mine"),
            # What an agent carries: only what waits for us.
            models.Index(
                fields=["merchant", "assignee"], condition=Q(status_category="waiting_us", merged_into__isnull=True),
                name="aftersales_ticket_load",
            ),
            models.Index(
                fields=["merchant", "due_at", "id"], condition=_OPEN & Q(is_recovery=True), name="aftersales_ticket_recovery"
            ),
            models.Index(fields=["merchant", "status_category", "-last_message_at", "-id"], name="aftersales_ticket_recent"),
            models.Index(fields=["merchant", "-last_message_at", "-id"], name="aftersales_ticket_latest"),
            models.Index(fields=["merchant", "customer", "-opened_at"], name="aftersales_ticket_customer"),
            models.Index(
                fields=["merchant", "guest_contact"], condition=~Q(guest_contact=""), name="aftersales_ticket_guest"
            ),
            models.Index(
                fields=["merchant", "order"], condition=Q(order__isnull=False), name="aftersales_ticket_order"
            ),
            models.Index(fields=["merchant", "category", "-opened_at"], name="aftersales_ticket_category"),
            models.Index(fields=["merchant", "-opened_at"], name="aftersales_ticket_opened"),
            models.Index(
                fields=["merchant", "resolved_at"], condition=Q(resolved_at__isnull=False),
                name="aftersales_ticket_resolved",
            ),
            # Across shops: what the clock looks at each minute. O(due), not O(open).
            models.Index(fields=["next_due_at"], condition=Q(next_due_at__isnull=False), name="aftersales_ticket_due"),
            models.Index(
                fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="aftersales_ticket_snoozed"
            ),
            models.Index(
                fields=["merchant", "customer"],
                condition=Q(
                    is_complaint=True, status_category__in=["waiting_us", "waiting_customer", "paused"], merged_into__isnull=True
                ),
                name="aftersales_open_complaint",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"


class TicketLine(TenantModel):
    """A line of the order that the ticket is about."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="lines", db_constraint=False)
    # A plain key: lines of orders are too many to carry one more index. Actions take only lines of the ticket's order.
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "order_line"], name="aftersales_ticket_line_once"),
            models.CheckConstraint(name="aftersales_ticket_line_some", condition=Q(quantity__gt=0)),
        ]


class Author(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    STAFF = "staff", _("Staff")
    SYSTEM = "system", _("System")


class Message(TenantModel):
    """What was said: a public reply or an internal note. `body_html` is sanitised when it is written; never changed."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", db_constraint=False, db_index=False)
    is_note = models.BooleanField()
    author = models.CharField(max_length=8, choices=Author)
    author_membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    author_name = models.CharField(max_length=120)
    body_html = models.TextField()
    body_text = models.TextField()
    reference = models.CharField(max_length=120)  # the same reference says it once
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_message_same_merchant"),
            models.UniqueConstraint(fields=["ticket", "reference"], name="aftersales_message_reference_once"),
            models.CheckConstraint(name="aftersales_message_author", condition=Q(author__in=Author.values)),
            models.CheckConstraint(
                name="aftersales_note_is_ours", condition=Q(is_note=False) | ~Q(author=Author.CUSTOMER)
            ),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="aftersales_message_thread")]


class Attachment(TenantModel):
    """A file on a message; before it is sent, on nothing (`message` empty, pruned after a day).

    `content_type` is what the bytes are, whatever the name says. `path` is under the private media root.
    """

    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="attachments", db_constraint=False
    )
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # sha256
    path = models.CharField(max_length=200)
    uploaded_by_kind = models.CharField(max_length=10)  # of the actor: only they may put it on a message
    uploaded_by_id = models.BigIntegerField(null=True)
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_attachment_same_merchant"),
            models.CheckConstraint(name="aftersales_attachment_some", condition=Q(size__gt=0)),
        ]


class TicketLink(TenantModel):
    """Two tickets that belong together. Merging is not here: it is the ticket's `merged_into`."""

    class Kind(models.TextChoices):
        RELATED = "related", _("Related")
        DUPLICATE = "duplicate", _("Duplicate")
        SPLIT = "split", _("Split from")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="links", db_constraint=False)
    other = models.ForeignKey(Ticket, models.CASCADE, related_name="linked_from", db_constraint=False)
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other"], name="aftersales_link_once"),
            models.CheckConstraint(name="aftersales_link_two", condition=~Q(ticket=F("other"))),
        ]


class TicketEvent(TenantModel):
    """The history: append-only (a trigger refuses change). `sequence` counts within the ticket; `kind` and `payload` are
    those of aftersales/rules/history.py."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", db_constraint=False, db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=24)
    payload = models.JSONField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "sequence"], name="aftersales_event_sequence_once"),
        ]
