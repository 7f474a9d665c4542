"""One-time codes: how members sign in and prove that an address is theirs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from merchants.tenancy import TenantModel


class CodeChannel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")


class CodePurpose(models.TextChoices):
    SIGN_IN = "sign_in", _("Sign-in")
    CHANGE_CONTACT = "change_contact", _("Change of contact")
    GUEST_HELP = "guest_help", _("Help for guests")


class OneTimeCode(TenantModel):
    """Six digits for one destination, kept as a keyed hash; good once, for ten minutes and five attempts."""

    channel = models.CharField(max_length=5, choices=CodeChannel)
    purpose = models.CharField(max_length=16, choices=CodePurpose)
    destination = models.CharField(max_length=254)  # E.164 or lower-case e-mail
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="codes", db_constraint=False, db_index=False
    )
    code_hash = models.CharField(max_length=64)
    # Only where nothing leaves the machine (the demo, a sandbox): what the in-app outbox shows.
    shown_code = models.CharField(max_length=6, blank=True)
    asked_from = models.CharField(max_length=64, blank=True)  # keyed hash of the network address, to count askers by
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "purpose", "destination", "-id"], name="customers_code_newest"),
            models.Index(fields=["merchant", "asked_from", "-id"], name="customers_code_asker"),
            models.Index(fields=["expires_at"], name="customers_code_age"),
        ]
