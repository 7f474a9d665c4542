"""Alarm clocks of the ground floor."""

from __future__ import annotations

from celery import shared_task

from merchants.actions.idempotency import prune_idempotency_keys


@shared_task(name="merchants.tasks.prune_idempotency")
def prune_idempotency() -> int:
    return prune_idempotency_keys()
