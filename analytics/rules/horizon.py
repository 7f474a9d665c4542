"""How far ahead churn looks, from the shop's own gaps between purchases."""

from __future__ import annotations

STEPS_DAYS = (14, 21, 28, 42, 63, 91, 119, 182)  # whole weeks: cut-offs then fall on one weekday
SHARE_OF_GAPS = 0.9
USUAL_DAYS = 91  # while there are too few gaps to know better
LEAST_GAPS = 50


def churn_horizon(gaps: int, ninetieth: float | None) -> int:
    """Days: the shortest step that 90 % of the gaps do not exceed (`ninetieth`, days).

    Each returning customer counts once, however many gaps they have, or a grocer's daily guests would decide for all.
    Nine of ten come back sooner, so silence over the whole horizon is unusual in this very shop.
    Steps, so that tomorrow's figures can be compared with today's.
    """
    if ninetieth is None or gaps < LEAST_GAPS:
        return USUAL_DAYS
    return next((days for days in STEPS_DAYS if days >= ninetieth), STEPS_DAYS[-1])
