"""API keys: shown once, kept as a hash."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.roles import Scope
from merchants.tenancy import TenantModel


class ApiKey(TenantModel):
    """`lk_live_…` or `lk_test_…` (a sandbox's): 40 random characters after the prefix, SHA-256 at rest.

    Rotation makes a successor and lets both work until the old one's `expires_at`.
    """

    name = models.CharField(_("Name"), max_length=80)
    prefix = models.CharField(max_length=16)  # what lists show: "lk_live_4fQz"
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope))
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)  # None: the installation's default
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    successor = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="predecessor")

    class Meta:
        indexes = [models.Index(fields=["merchant", "-id"], name="merchants_apikey_list")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
