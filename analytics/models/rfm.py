"""RFM: how recently, how often and for how much each customer bought, against the shop's other customers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from analytics.rules.rfm import GROUPS
from customers.models import Customer
from merchants.tenancy import TenantModel


class RfmScore(TenantModel):
    """One buyer's three scores, 1 to 5 (5 best), and the group that they make. Who never bought has none."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="rfm_score", db_constraint=False)
    recency = models.SmallIntegerField()
    frequency = models.SmallIntegerField()
    monetary = models.SmallIntegerField()
    group = models.CharField(max_length=20)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="analytics_rfm_scores",
                condition=Q(recency__range=(1, 5), frequency__range=(1, 5), monetary__range=(1, 5)),
            ),
            models.CheckConstraint(name="analytics_rfm_group", condition=Q(group__in=GROUPS)),
        ]
        indexes = [
            models.Index(fields=["merchant", "recency", "frequency", "monetary"], name="analytics_rfm_cell"),
            models.Index(fields=["merchant", "group"], name="analytics_rfm_by_group"),
        ]


class RfmRun(TenantModel):
    """One scoring of the whole shop: the thresholds it used and how many customers stood in each cell.

    `thresholds`: {"recency": [days, 4 of them], "frequency": [orders], "monetary": [minor units]}, each ascending.
    `cells`: [[recency, frequency, monetary, customers, spend_minor]], those that hold anybody.
    """

    day = models.DateField()
    computed_at = models.DateTimeField()
    customers = models.IntegerField()
    changed = models.IntegerField()
    seconds = models.FloatField()
    thresholds = models.JSONField()
    cells = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "day"], name="analytics_rfm_run_once")]
