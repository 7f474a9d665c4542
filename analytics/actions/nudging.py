"""Waking the worker after a commit. A nudge may be lost: tables hold the truth, and a sweep reads them each minute."""

from __future__ import annotations

from functools import partial

import redis
import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from merchants.actions.valkey import valkey
from merchants.models import Merchant

_FLAG_SECONDS = 5
log = structlog.get_logger(__name__)


def nudge_after_commit(merchant: Merchant, task: str) -> None:
    """Ask a worker to run `task` (its name) for this shop, unless it was asked a moment ago and has not begun."""
    transaction.on_commit(partial(_nudge, merchant.pk, task), robust=True)


def begin_work(merchant: Merchant, task: str) -> None:
    """From here on a commit needs a new nudge: what it wrote may be missed by the work that begins now."""
    try:
        valkey().delete(_flag(merchant.pk, task))
    except redis.RedisError as failure:
        log.warning("nudge_flag_stays", task=task, reason=str(failure))


def _nudge(merchant_id: int, task: str) -> None:
    try:
        if valkey().set(_flag(merchant_id, task), b"1", nx=True, ex=_FLAG_SECONDS):
            current_app.send_task(task, args=[merchant_id], retry=False)
    except (redis.RedisError, OperationalError, OSError) as failure:
        log.warning("nudge_lost", task=task, reason=str(failure))


def _flag(merchant_id: int, task: str) -> str:
    return f"analytics:nudged:{task}:{merchant_id}"
