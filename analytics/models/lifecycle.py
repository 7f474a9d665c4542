"""Where customers are in their life with the shop, by the shop's own rhythm of buying again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from analytics.rules.lifecycle import STAGES
from customers.models import Customer
from merchants.tenancy import TenantModel


class LifecycleStage(TenantModel):
    """One buyer's stage, and since when we know it. Who never bought has none."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="lifecycle_stage", db_constraint=False)
    stage = models.CharField(max_length=12)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="analytics_stage_known", condition=Q(stage__in=STAGES))]
        indexes = [models.Index(fields=["merchant", "stage"], name="analytics_stage_by_stage")]


class LifecycleRhythm(TenantModel):
    """The shop's rhythm on one local day, and how many customers were in each stage.

    `gaps` were measured between purchase days of the same customer; `is_assumed`: too few, usual values stand in.
    """

    day = models.DateField()
    computed_at = models.DateTimeField()
    gaps = models.IntegerField()
    median_gap_days = models.IntegerField()
    cooling_after_days = models.IntegerField()
    lapsed_after_days = models.IntegerField()
    loyal_orders = models.IntegerField()
    is_assumed = models.BooleanField()
    counts = models.JSONField()  # {stage: customers}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "day"], name="analytics_rhythm_once"),
            models.CheckConstraint(
                name="analytics_rhythm_order",
                condition=Q(cooling_after_days__gte=1, loyal_orders__gte=2)
                & Q(lapsed_after_days__gt=F("cooling_after_days")),
            ),
        ]
