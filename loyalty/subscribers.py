"""What loyalty does when something happens below it."""

from __future__ import annotations

from customers.facts import CustomerRegistered
from events.models import Event
from events.registry import listens_to
from loyalty.actions.grants import welcome_member


@listens_to(CustomerRegistered)
def welcome_new_customer(event: Event) -> None:
    """Somebody new gets the programme's welcome points, once."""
    if event.about_id is not None:
        welcome_member(event.merchant, event.about_id, reference=f"event:{event.pk}")
