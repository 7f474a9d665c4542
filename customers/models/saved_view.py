"""A list that staff come back to: filters under a name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.tenancy import TenantModel


class SavedView(TenantModel):
    """Shared by the shop's team. `query` is the list's address after the question mark, without cursors."""

    name = models.CharField(_("Name"), max_length=40)
    query = models.CharField(max_length=500)
    saved_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="customers_saved_view_once")]

    def __str__(self) -> str:
        return self.name
