"""From how long customers of a shop usually take to come back, to when one who does not is called lost."""

from __future__ import annotations

SHORTEST_DAYS, LONGEST_DAYS = 14, 365
USUAL_DAYS = 90  # while there are too few gaps to know better
LEAST_GAPS = 50


def horizon_of(gaps: int, ninetieth: float | None) -> int:
    """Days: nine of ten gaps between purchases are no longer. Bounded, so that a grocer's day and a furnisher's decade
    both leave a figure that can be acted on.
    """
    if ninetieth is None or gaps < LEAST_GAPS:
        return USUAL_DAYS
    return min(max(round(ninetieth), SHORTEST_DAYS), LONGEST_DAYS)
