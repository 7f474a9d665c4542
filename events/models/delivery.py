"""A delivery: one event owed to one listener."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from merchants.tenancy import TenantModel


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    DONE = "done", _("Delivered")
    DEAD = "dead", _("Given up")


class Delivery(TenantModel):
    """At least once: claimed with a lease in `due_at`, settled or put back with a later `due_at`.

    After the last retry it is DEAD with its reason, where staff see it and may replay it.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries", db_constraint=False, db_index=False)
    listener = models.CharField(max_length=120)  # dotted name: "loyalty.subscribers.enrol_new_customer"
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "listener"], name="events_delivery_once"),
            models.CheckConstraint(name="events_delivery_state", condition=models.Q(state__in=DeliveryState.values)),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="pending"), name="events_delivery_due"),
            models.Index(fields=["merchant", "state", "-id"], name="events_delivery_list"),
        ]
