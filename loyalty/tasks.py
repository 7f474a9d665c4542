"""Alarm clocks of loyalty: each safe to ring twice, and by two beats at once."""

from __future__ import annotations

from datetime import date

from celery import shared_task

from loyalty.actions import holds, nights
from loyalty.queries.nights import days_to_close, merchants_with_due_holds, merchants_with_programme
from merchants.models import SYSTEM
from merchants.queries import get_merchant_by_id


@shared_task(name="loyalty.tasks.close_days")
def close_days() -> int:
    """Rung each quarter of an hour: starts the closing of every local day that has ended; how many."""
    started = 0
    for merchant in merchants_with_programme():
        for day in days_to_close(merchant):
            close_day.delay(merchant.pk, day.isoformat())
            started += 1
    return started


@shared_task(name="loyalty.tasks.close_day")
def close_day(merchant_id: int, day: str) -> bool:
    """Close one local day of one merchant; False when it was closed before."""
    return nights.close_day(get_merchant_by_id(merchant_id), day=date.fromisoformat(day)) is not None


@shared_task(name="loyalty.tasks.release_expired_holds")
def release_expired_holds() -> int:
    """Rung each minute: holds past their deadline give their points back."""
    return sum(holds.release_lapsed_holds(merchant, by=SYSTEM) for merchant in merchants_with_due_holds())
