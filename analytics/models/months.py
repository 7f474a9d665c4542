"""What each customer bought in each calendar month: cohorts are read from it, not from every order there ever was."""

from __future__ import annotations

from django.db import models

from customers.models import Customer
from merchants.tenancy import TenantModel


class CustomerMonth(TenantModel):
    """Counted orders of one customer in one local month, net of refunds. `cohort`: the month of their first one ever.

    Kept by `actions.months`; whose orders changed since is read from the orders themselves (queries.cohorts).
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    month = models.DateField()
    cohort = models.DateField()
    orders = models.IntegerField()
    spend_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "month"], name="analytics_customer_month_once"),
            models.CheckConstraint(
                name="analytics_customer_month_in_cohort", condition=models.Q(cohort__lte=models.F("month"))
            ),
        ]
        indexes = [models.Index(fields=["merchant", "cohort", "month"], name="analytics_cohort_month")]


class MonthsKept(TenantModel):
    """How far the shop's customer months are kept: up to this event of its feed, in this time zone."""

    event_id = models.BigIntegerField()
    timezone = models.CharField(max_length=63)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="analytics_months_kept_once")]
