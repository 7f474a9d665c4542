"""When the books were last proved, and what was found."""

from __future__ import annotations

from django.db import models

from merchants.tenancy import TenantModel


class Reconciliation(TenantModel):
    """One full check of a merchant's ledger: balances, lots, entries, allocations, arrears."""

    checked_at = models.DateTimeField()
    accounts = models.BigIntegerField()
    entries = models.BigIntegerField()
    lots = models.BigIntegerField()
    points_outstanding = models.BigIntegerField()
    seconds = models.FloatField()
    faults = models.JSONField(default=list)  # [{"check", "account", "expected", "found"}], at most 100
    fault_count = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["merchant", "-id"], name="loyalty_reconciliation_latest")]


class ClosedDay(TenantModel):
    """The nightly work done for one local day of a merchant: expiry, tier review, reconciliation. Twice is once."""

    day = models.DateField()
    closed_at = models.DateTimeField()
    lots_expired = models.BigIntegerField(default=0)
    points_expired = models.BigIntegerField(default=0)
    tiers_changed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "day"], name="loyalty_closed_day_once")]
