"""What happened, and who is owed the news."""

from __future__ import annotations

from events.models.delivery import Delivery, DeliveryState
from events.models.event import Event

__all__ = ["Delivery", "DeliveryState", "Event"]
