"""Waking the worker after a commit. A nudge may be lost: the table holds the truth and a sweep reads it each minute."""

from __future__ import annotations

import redis
import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from merchants.actions.valkey import valkey

_FLAG = "events:nudged"
_FLAG_SECONDS = 5
log = structlog.get_logger(__name__)


def nudge() -> None:
    """Ask a worker to look for due deliveries, unless one was asked and has not begun to look."""
    try:
        if valkey().set(_FLAG, b"1", nx=True, ex=_FLAG_SECONDS):
            current_app.send_task("events.tasks.deliver_due", retry=False)
    except (redis.RedisError, OperationalError, OSError) as failure:
        log.warning("nudge_lost", reason=str(failure))


def begin_to_look() -> None:
    """From here on a commit needs a new nudge: what it wrote may be missed by the look that begins now."""
    try:
        valkey().delete(_FLAG)
    except redis.RedisError as failure:
        log.warning("nudge_flag_stays", reason=str(failure))
