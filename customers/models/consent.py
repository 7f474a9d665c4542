"""Consent: what a customer agreed to, and took back, and when, and to which words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from merchants.tenancy import TenantModel


class Purpose(models.TextChoices):
    MEMBERSHIP = "membership", _("Membership")
    OFFERS = "offers", _("Offers and news")
    BIRTHDAY = "birthday", _("Birthday greetings")
    SURVEYS = "surveys", _("Surveys and reviews")
    PROFILING = "profiling", _("Personal recommendations")


class Channel(models.TextChoices):
    ANY = "any", _("Any channel")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WECHAT = "wechat", _("WeChat")
    PHONE = "phone", _("Phone call")


class ConsentDecision(models.TextChoices):
    GIVEN = "given", _("Agreed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Consent(TenantModel):
    """One decision. Append-only (a trigger refuses UPDATE and DELETE): the newest of a purpose and channel holds."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="consents", db_constraint=False, db_index=False)
    purpose = models.CharField(_("Purpose"), max_length=16, choices=Purpose)
    channel = models.CharField(_("Channel"), max_length=16, choices=Channel)
    decision = models.CharField(_("Decision"), max_length=9, choices=ConsentDecision)
    text_version = models.CharField(_("Version of the text"), max_length=64, blank=True)
    source = models.CharField(_("Source"), max_length=40)  # "portal", "till form", "api" …
    actor_kind = models.CharField(max_length=16)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="customers_consent_purpose", condition=models.Q(purpose__in=Purpose.values)),
            models.CheckConstraint(name="customers_consent_channel", condition=models.Q(channel__in=Channel.values)),
            models.CheckConstraint(
                name="customers_consent_decision", condition=models.Q(decision__in=ConsentDecision.values)
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "customer", "purpose", "channel", "-occurred_at", "-id"],
                name="customers_consent_newest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose}/{self.channel}: {self.decision}"
