"""The event: one row that is the audit line, the customer's timeline, the analytics feed and the webhook's body."""

from __future__ import annotations

from django.db import models

from merchants.tenancy import TenantModel, same_merchant


class Event(TenantModel):
    """Append-only (a trigger refuses UPDATE and DELETE). `about_*` is the subject, `actor_*` who did it."""

    type = models.CharField(max_length=64)  # wire name: "loyalty.tier_changed"
    payload = models.JSONField()
    about_type = models.CharField(max_length=32, blank=True)  # model label in lower case: "customers.customer"
    about_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()  # by the merchant's clock; history loads carry the past
    recorded_at = models.DateTimeField()  # by the world's clock

    class Meta:
        constraints = [same_merchant("events_event_same_merchant")]
        indexes = [
            models.Index(fields=["merchant", "about_type", "about_id", "-occurred_at", "-id"], name="events_timeline"),
            models.Index(fields=["merchant", "type", "-id"], name="events_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"
