"""What the models in force say of each customer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from analytics.models.runs import ModelRun
from customers.models import Customer
from merchants.tenancy import TenantModel


class ChurnScore(TenantModel):
    """`probability` that the customer buys nothing within the run's horizon; `baseline` is BG/NBD's own answer.

    `reasons`: the three strongest, [{"code", "value", "usual"}], worded by queries.reasons. `run` is the one that last
    changed the row.
    """

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="churn_score", db_constraint=False)
    probability = models.FloatField()
    baseline = models.FloatField()
    band = models.CharField(max_length=6)
    reasons = models.JSONField(default=list)
    run = models.ForeignKey(ModelRun, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    scored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="analytics_churn_band", condition=Q(band__in=["low", "medium", "high"])),
            models.CheckConstraint(
                name="analytics_churn_probability", condition=Q(probability__gte=0, probability__lte=1)
            ),
        ]
        indexes = [models.Index(fields=["merchant", "band", "-probability"], name="analytics_churn_by_band")]


class ValueForecast(TenantModel):
    """Expected spend in the next 90 and 365 days, minor units, each with the central 80 % interval."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="value_forecast", db_constraint=False)
    orders_90d = models.FloatField()
    spend_90d_minor = models.BigIntegerField()
    low_90d_minor = models.BigIntegerField()
    high_90d_minor = models.BigIntegerField()
    spend_365d_minor = models.BigIntegerField()
    low_365d_minor = models.BigIntegerField()
    high_365d_minor = models.BigIntegerField()
    run = models.ForeignKey(ModelRun, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    forecast_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="analytics_value_in_interval",
                condition=Q(low_90d_minor__gte=0, low_365d_minor__gte=0)
                & Q(low_90d_minor__lte=models.F("high_90d_minor"))
                & Q(low_365d_minor__lte=models.F("high_365d_minor")),
            )
        ]
        indexes = [models.Index(fields=["merchant", "-spend_90d_minor"], name="analytics_value_by_spend")]
