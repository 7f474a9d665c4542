"""How a shop's desk works: its own words and rules, as rows. What rules were is kept: versions are never changed.

People are those of the live shop: its team works in the sandbox twin as well, so keys to memberships are plain ones, and
actions look who belongs to the shop.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from merchants.models import Membership
from merchants.tenancy import TenantModel


class StatusCategory(models.TextChoices):
    """What a status means; the words on it are the shop's own."""

    WAITING_US = "waiting_us", _("Waiting for us")
    WAITING_CUSTOMER = "waiting_customer", _("Waiting for the customer")
    PAUSED = "paused", _("Paused")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


OPEN_CATEGORIES = (StatusCategory.WAITING_US, StatusCategory.WAITING_CUSTOMER, StatusCategory.PAUSED)


class Priority(models.TextChoices):
    LOW = "low", pgettext_lazy("priority", "Low")
    NORMAL = "normal", pgettext_lazy("priority", "Normal")
    HIGH = "high", pgettext_lazy("priority", "High")
    URGENT = "urgent", pgettext_lazy("priority", "Urgent")


class TicketStatus(TenantModel):
    """A status of the shop. Each category has exactly one default, which actions and imports use."""

    code = models.SlugField(max_length=40)
    name = models.CharField(_("Name"), max_length=40)
    category = models.CharField(_("Meaning"), max_length=20, choices=StatusCategory)
    is_default = models.BooleanField(_("Used by default"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_status_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "code"], name="aftersales_status_code_once"),
            models.UniqueConstraint(
                fields=["merchant", "category"], condition=Q(is_default=True), name="aftersales_status_one_default"
            ),
            models.CheckConstraint(name="aftersales_status_meaning", condition=Q(category__in=StatusCategory.values)),
            models.CheckConstraint(
                name="aftersales_status_default_lives", condition=Q(is_default=False) | Q(archived_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TicketCategory(TenantModel):
    """What tickets are about. `is_complaint` ones count as open complaints; members choose among the visible ones."""

    code = models.SlugField(max_length=40)
    name = models.CharField(_("Name"), max_length=60)
    is_complaint = models.BooleanField(_("Is a complaint"), default=True)
    member_visible = models.BooleanField(_("Members can choose it"), default=True)
    default_priority = models.CharField(_("Priority"), max_length=8, choices=Priority, default=Priority.NORMAL)
    skill = models.SlugField(_("Skill needed"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_category_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "code"], name="aftersales_category_code_once"),
            models.CheckConstraint(
                name="aftersales_category_priority", condition=Q(default_priority__in=Priority.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RootCause(TenantModel):
    """A node of the shop's own tree of causes."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", db_constraint=False
    )
    name = models.CharField(_("Name"), max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_cause_same_merchant"),
            models.UniqueConstraint(
                fields=["merchant", "parent", "name"], nulls_distinct=False, name="aftersales_cause_once"
            ),
            models.CheckConstraint(
                name="aftersales_cause_no_loop", condition=Q(parent__isnull=True) | ~Q(parent=F("id"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(TenantModel):
    """Business hours as they were from `created_at` until the next version of the same `code`. Never changed.

    `weekly`: {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], …}; `days`: exceptions by date,
    {"2026-10-01": {"name": "国庆节", "periods": []}, "2026-09-27": {"name": "调休", "periods": [["09:00", "18:00"]]}}.
    Times are wall-clock times of `zone` (IANA).
    """

    code = models.SlugField(max_length=40)
    number = models.PositiveIntegerField()
    name = models.CharField(_("Name"), max_length=60)
    zone = models.CharField(_("Time zone"), max_length=64)
    weekly = models.JSONField()
    days = models.JSONField(default=dict)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_calendar_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "code", "number"], name="aftersales_calendar_version_once"),
        ]


class DocumentKind(models.TextChoices):
    """The desk's rule books, each a document with versions."""

    SLA = "sla", _("Service levels")
    ROUTING = "routing", _("Routing")
    LIMITS = "limits", _("Goodwill limits")
    CARE = "care", _("After the answer")  # CSAT, reopening, recovery


class DeskVersion(TenantModel):
    """A published version of one rule book; `document` is what the pydantic model of its kind accepts. Never changed."""

    kind = models.CharField(max_length=8, choices=DocumentKind)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=120, blank=True)
    note = models.CharField(_("Note"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_desk_version_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "kind", "number"], name="aftersales_desk_version_once"),
            models.CheckConstraint(name="aftersales_desk_version_kind", condition=Q(kind__in=DocumentKind.values)),
        ]


class Macro(TenantModel):
    """Steps that an agent does at once: {"reply", "note", "set", "grant"}; texts may hold {{ variables }}."""

    name = models.CharField(_("Name"), max_length=60)
    steps = models.JSONField()
    owner = models.ForeignKey(
        Membership, models.CASCADE, null=True, blank=True, related_name="+"
    )  # None: shared by the team
    position = models.PositiveSmallIntegerField(default=0)
    used_count = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_macro_same_merchant"),
            models.UniqueConstraint(
                fields=["merchant", "owner", "name"], nulls_distinct=False, condition=Q(archived_at__isnull=True),
                name="aftersales_macro_name_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Agent(TenantModel):
    """What the desk knows of a staff member: skills, presence, who covers for them, how much they take at once."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="agent", db_constraint=False)
    skills = models.JSONField(default=list)  # ["refunds", "english"]
    is_present = models.BooleanField(_("Present"), default=True)
    away_until = models.DateTimeField(null=True, blank=True)
    cover = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False)
    most_open = models.PositiveSmallIntegerField(_("Most open tickets"), default=30)
    last_assigned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="aftersales_agent_covers_another", condition=Q(cover__isnull=True) | ~Q(cover=F("membership"))
            )
        ]


class Advisor(TenantModel):
    """The dedicated advisor (专属顾问) of a customer."""

    customer = models.OneToOneField("customers.Customer", models.CASCADE, related_name="advisor", db_constraint=False)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="advised")
    since = models.DateTimeField()


class AssignReason(models.TextChoices):
    """Why a ticket has the assignee it has, or none: `reason` of an "assigned" event."""

    ADVISOR = "advisor", _("The customer's advisor")
    COVER = "cover", _("Stands in for somebody who is away")
    RULE = "rule", _("Named by a routing rule")
    ROUND_ROBIN = "round_robin", _("Fewest open tickets among those present")
    CHOSEN = "chosen", _("Assigned by hand")
    ANSWERED = "answered", _("Answered it while it was nobody's")
    NOBODY_HERE = "nobody_here", _("Nobody is present")
    NOBODY_SKILLED = "nobody_skilled", _("Nobody present has the skill")
    EVERYBODY_FULL = "everybody_full", _("Everybody present has as many as they take")


class InboxView(TenantModel):
    """A saved view of the inbox; `query` is its address after the question mark. `owner` None: the whole team's."""

    name = models.CharField(_("Name"), max_length=40)
    query = models.CharField(max_length=500)
    owner = models.ForeignKey(Membership, models.CASCADE, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "owner", "name"], nulls_distinct=False, name="aftersales_inbox_view_once"
            )
        ]
