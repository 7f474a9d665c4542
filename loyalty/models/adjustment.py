"""Corrections by hand: asked for by one person, above a limit decided by another."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.models.ledger import Entry
from merchants.tenancy import TenantModel


class AdjustmentState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a second person")
    POSTED = "posted", _("Posted")
    REJECTED = "rejected", _("Rejected")


class Adjustment(TenantModel):
    """Signed `points` with a `reason`. Maker and checker are different people: the database holds it."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="adjustments", db_constraint=False)
    points = models.BigIntegerField(_("Points"))
    reason = models.CharField(_("Reason"), max_length=300)
    state = models.CharField(max_length=10, choices=AdjustmentState)
    asked_by_id = models.BigIntegerField()
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=300, blank=True)
    needs_second = models.BooleanField()
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, db_constraint=False, related_name="adjustment")

    class Meta:
        constraints = [
            models.CheckConstraint(name="loyalty_adjustment_moves", condition=~Q(points=0)),
            models.CheckConstraint(name="loyalty_adjustment_state", condition=Q(state__in=AdjustmentState.values)),
            models.CheckConstraint(
                name="loyalty_adjustment_two_people",
                condition=Q(needs_second=False)
                | Q(decided_by_id__isnull=True)
                | ~Q(decided_by_id=models.F("asked_by_id")),
            ),
        ]
        indexes = [models.Index(fields=["merchant", "state", "-id"], name="loyalty_adjustment_list")]
