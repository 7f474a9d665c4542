"""Notes: what staff write down about a customer for each other."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from merchants.tenancy import TenantModel


class Note(TenantModel):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="notes", db_constraint=False, db_index=False)
    text = models.TextField(_("Note"), max_length=4000)
    written_by_id = models.BigIntegerField(null=True)
    written_by = models.CharField(max_length=120, blank=True)
    written_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["merchant", "customer", "-written_at", "-id"], name="customers_notes")]
