"""Questions about what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Model, QuerySet

from events.models import Delivery, DeliveryState, Event
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the audit log is narrowed to; None and "" leave a side open. `since` included, `until` excluded."""

    type: str = ""
    actor_kind: str = ""
    actor_name: str = ""
    since: datetime | None = None
    until: datetime | None = None


def timeline(merchant: Merchant, about: Model | tuple[str, int]) -> QuerySet[Event]:
    """The events about one subject, newest first by the merchant's clock."""
    kind, number = about if isinstance(about, tuple) else (about._meta.label_lower, about.pk)
    events = Event.objects.filter(merchant=merchant, about_type=kind, about_id=number)
    return events.order_by("-occurred_at", "-id")


def audit_log(merchant: Merchant, narrowed: AuditFilter | None = None) -> QuerySet[Event]:
    """Everything that happened in a shop, in the order in which it was written down, newest first."""
    events = Event.objects.filter(merchant=merchant)
    if narrowed is None:
        return events.order_by("-id")
    if narrowed.type:
        events = events.filter(type=narrowed.type)
    if narrowed.actor_kind:
        events = events.filter(actor_kind=narrowed.actor_kind)
    if narrowed.actor_name:
        events = events.filter(actor_name__icontains=narrowed.actor_name)
    if narrowed.since:
        events = events.filter(recorded_at__gte=narrowed.since)
    if narrowed.until:
        events = events.filter(recorded_at__lt=narrowed.until)
    return events.order_by("-id")


def deliveries_in(merchant: Merchant, state: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(merchant=merchant, state=state).select_related("event").order_by("-id")


def dead_deliveries(merchant: Merchant) -> QuerySet[Delivery]:
    return deliveries_in(merchant, DeliveryState.DEAD)


def delivery_counts(merchant: Merchant) -> dict[str, int]:
    """Waiting and given up; how many were delivered is history and is not counted."""
    open_states = Delivery.objects.filter(merchant=merchant).exclude(state=DeliveryState.DONE)
    found = dict(open_states.values_list("state").annotate(rows=Count("id")))
    return {state: found.get(state, 0) for state in (DeliveryState.PENDING, DeliveryState.DEAD)}
