"""Making it right: goodwill, the customer's verdict, and what was learnt."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aftersales.models.desk import RootCause
from aftersales.models.ticket import Ticket
from loyalty.models import Entry
from merchants.models import Membership
from merchants.tenancy import TenantModel


class GrantState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a second person")
    POSTED = "posted", _("Posted")
    DECLINED = "declined", _("Declined")


class GrantReason(models.TextChoices):
    LATE = "late", _("Late delivery")
    DAMAGED = "damaged", _("Damaged goods")
    WRONG_ITEM = "wrong_item", _("Wrong item")
    QUALITY = "quality", _("Quality")
    SERVICE = "service", _("Our service")
    GESTURE = "gesture", _("Gesture")


class Grant(TenantModel):
    """The decision to give goodwill points. Its posting is the ledger's entry, under the reference ticket:<number>:<n>."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="grants", db_constraint=False)
    n = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=120)  # said by whoever asked: the same reference asks once
    points = models.PositiveIntegerField(_("Points"))
    reason = models.CharField(_("Reason"), max_length=12, choices=GrantReason)
    note = models.CharField(_("Note"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=GrantState)
    needs_second = models.BooleanField()
    month = models.DateField()  # first day of the month, in the shop's zone, whose budget it came from
    asked_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    asked_by_id_kept = (
        models.BigIntegerField()
    )  # staff id, kept when the person leaves; -id of the key for integrations
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    decided_by_id_kept = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=300, blank=True)
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="goodwill", db_constraint=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_grant_same_merchant"),
            models.UniqueConstraint(fields=["ticket", "n"], name="aftersales_grant_once"),
            models.UniqueConstraint(fields=["ticket", "reference"], name="aftersales_grant_reference_once"),
            models.CheckConstraint(name="aftersales_grant_some", condition=Q(points__gt=0)),
            models.CheckConstraint(name="aftersales_grant_state", condition=Q(state__in=GrantState.values)),
            models.CheckConstraint(
                name="aftersales_grant_posted_has_entry",
                condition=Q(state=GrantState.POSTED, entry__isnull=False) | (~Q(state=GrantState.POSTED) & Q(entry__isnull=True)),
            ),
            models.CheckConstraint(
                name="aftersales_grant_two_people",
                condition=Q(needs_second=False) | Q(decided_by_id_kept__isnull=True)
                | ~Q(decided_by_id_kept=F("asked_by_id_kept")),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["merchant", "state", "-id"], name="aftersales_grant_list"),
            # Across shops: what nobody decided in time.
            models.Index(fields=["asked_at"], condition=Q(state="waiting"), name="aftersales_grant_waiting"),
        ]


class GoodwillUse(TenantModel):
    """Points promised in one month out of one budget. Taken by a conditional UPDATE: never past the limit."""

    class Scope(models.TextChoices):
        SHOP = "shop", _("Shop")
        STAFF = "staff", _("Staff member")
        CUSTOMER = "customer", _("Customer")
        TICKET = "ticket", _("Ticket")

    scope = models.CharField(max_length=8, choices=Scope)
    scope_id = models.BigIntegerField()
    month = models.DateField()  # for tickets always 0001-01-01: their limit is for life
    points = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "scope", "scope_id", "month"], name="aftersales_use_once"),
            models.CheckConstraint(name="aftersales_use_counts", condition=Q(points__gte=0)),
            models.CheckConstraint(
                name="aftersales_use_scope", condition=Q(scope__in=["shop", "staff", "customer", "ticket"])
            ),
        ]


class Satisfaction(TenantModel):
    """CSAT of one ticket, asked once: from `due_at` on, if the ticket still is resolved then. The agent is the one of the
    moment it was sent. The link's token is kept as a hash."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="satisfaction", db_constraint=False)
    token_hash = models.CharField(max_length=64, unique=True)
    agent = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    agent_name = models.CharField(max_length=120, blank=True)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    score = models.PositiveSmallIntegerField(null=True)
    comment = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_via = models.CharField(max_length=8, blank=True)  # "link", "portal", "api"

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="aftersales_score_range", condition=Q(score__isnull=True) | Q(score__range=(1, 5))
            ),
            models.CheckConstraint(
                name="aftersales_score_answered",
                condition=Q(score__isnull=True, answered_at__isnull=True)
                | Q(score__isnull=False, answered_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "answered_at"], name="aftersales_satisfaction_when"),
            models.Index(fields=["merchant", "sent_at"], name="aftersales_satisfaction_sent"),
            models.Index(fields=["due_at"], condition=Q(sent_at__isnull=True), name="aftersales_satisfaction_due"),
        ]


class PostMortem(TenantModel):
    """复盘: why it happened, what it cost, what will be done, and whether that helped."""

    class State(models.TextChoices):
        OPEN = "open", _("Action open")
        DONE = "done", _("Waiting for the effect check")
        CHECKED = "checked", _("Effect checked")

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="post_mortem", db_constraint=False)
    cause = models.ForeignKey(RootCause, models.PROTECT, related_name="post_mortems", db_constraint=False)
    summary = models.TextField(_("What happened"))
    cost_points = models.PositiveIntegerField(_("Points"), default=0)
    cost_minor = models.BigIntegerField(_("Money"), default=0)
    minutes = models.PositiveIntegerField(_("Minutes of work"), default=0)
    action = models.TextField(_("Preventive action"))
    owner = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    owner_name = models.CharField(max_length=120)
    due_on = models.DateField(_("Due"))
    done_at = models.DateTimeField(null=True)
    check_on = models.DateField(_("Check the effect on"))
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    # Tickets of the category per 1,000 orders, in equal windows before the action and up to the check.
    rate_before = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    rate_after = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    window_days = models.PositiveSmallIntegerField(null=True)
    effect = models.JSONField(null=True)  # counts and interval that the two rates come from
    checked_at = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    written_by = models.CharField(max_length=120)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="aftersales_post_mortem_same_merchant"),
            models.CheckConstraint(
                name="aftersales_post_mortem_state", condition=Q(state__in=["open", "done", "checked"])
            ),
            models.CheckConstraint(name="aftersales_post_mortem_cost", condition=Q(cost_minor__gte=0)),
        ]
        indexes = [
            models.Index(fields=["check_on"], condition=Q(rung_at__isnull=True), name="aftersales_check_due"),
            models.Index(fields=["merchant", "cause"], name="aftersales_by_cause"),
        ]
