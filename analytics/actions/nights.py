"""A shop's nightly insight: who bought how, who is where in their life here, who is in which segment."""

from __future__ import annotations

import time
from datetime import date, timedelta

from analytics.actions.lifecycle import stage_customers
from analytics.actions.membership import fill_new_segments, reconcile_segments
from analytics.actions.rfm import score_rfm
from analytics.models import InsightNight
from merchants.clock import now, today
from merchants.models import Merchant


def run_insight_night(merchant: Merchant, *, day: date | None = None) -> InsightNight | None:
    """Do the work that is due once `day` (None: yesterday) has ended, each part its own transaction. Twice is once: None."""
    day = day or today(merchant) - timedelta(days=1)
    if InsightNight.objects.filter(merchant=merchant, day=day).exists():
        return None
    started = time.perf_counter()
    score_rfm(merchant)
    stage_customers(merchant)
    fill_new_segments(merchant)
    reconcile_segments(merchant)
    night, made = InsightNight.objects.filter(merchant=merchant).get_or_create(
        merchant=merchant,
        day=day,
        defaults={"closed_at": now(merchant), "seconds": round(time.perf_counter() - started, 3)},
    )
    return night if made else None
