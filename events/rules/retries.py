"""When a delivery that failed is tried again: soon at first, then patiently, and one day no more."""

from __future__ import annotations

from datetime import timedelta

RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
ATTEMPTS = len(RETRY_AFTER) + 1


def retry_delay(attempts: int) -> timedelta | None:
    """How long to wait after `attempts` (1, 2, …) failed tries; None: give up."""
    return RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None
