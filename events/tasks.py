"""Alarm clocks of the events floor."""

from __future__ import annotations

from celery import shared_task

from events.actions import delivering


@shared_task(name="events.tasks.deliver_due")
def deliver_due() -> int:
    """Rung by a nudge after a commit."""
    return delivering.deliver_due()


@shared_task(name="events.tasks.sweep_deliveries")
def sweep_deliveries() -> int:
    """Rung each minute: picks up retries that became due, and what lost nudges left behind."""
    return delivering.deliver_due()
