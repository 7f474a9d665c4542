"""How many one-time codes may be asked for, and when the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `most` within any `period`."""

    most: int
    period: timedelta


def wait_s(sent_at: Sequence[datetime], allowance: Allowance, now: datetime) -> int:
    """Whole seconds to wait before one more is allowed, 0 for none. `sent_at` is newest first."""
    within = [moment for moment in sent_at if moment > now - allowance.period]
    if len(within) < allowance.most:
        return 0
    # Room comes when the oldest of the last `most` leaves the period.
    free_at = within[allowance.most - 1] + allowance.period
    return max(1, math.ceil((free_at - now).total_seconds()))
