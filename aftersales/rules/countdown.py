"""How long until a deadline, or since: in the two largest units that matter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

State = Literal["calm", "soon", "late"]
SOON = timedelta(hours=1)


def state_of(due_at: datetime, at: datetime) -> State:
    """`late` from the due moment on, `soon` in its last hour."""
    if at >= due_at:
        return "late"
    return "soon" if due_at - at <= SOON else "calm"


def days_hours_minutes(seconds: int) -> tuple[int, int, int]:
    """Whole (days, hours, minutes) of a span of either sign; what is left of a minute is dropped."""
    minutes = abs(seconds) // 60
    return minutes // 1440, minutes // 60 % 24, minutes % 60
