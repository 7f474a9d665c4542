"""What each customer bought, in one row: kept by the same statement that records orders and refunds."""

from __future__ import annotations

from django.db import models

from customers.models import Customer
from merchants.tenancy import TenantModel


class PurchaseSummary(TenantModel):
    """Counts paid orders that were neither cancelled nor refunded whole; spend is net of refunds, shipping included."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="purchase_summary", db_constraint=False)
    orders = models.IntegerField(default=0)
    spend_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    first_purchase_at = models.DateTimeField(null=True)
    last_purchase_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "-last_purchase_at"], name="commerce_summary_recent"),
            models.Index(fields=["merchant", "-spend_minor"], name="commerce_summary_spend"),
        ]

    @property
    def average_order_minor(self) -> int:
        """Spend per counted order in minor units, rounded down; 0 without orders."""
        return self.spend_minor // self.orders if self.orders else 0
