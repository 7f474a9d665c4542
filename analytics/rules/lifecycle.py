"""Lifecycle stages by the shop's own rhythm: what "a long time" is, its customers' own gaps between purchases say.

The definitions, which the screens publish with the shop's figures filled in. *Quiet* is the days since the last purchase.

- The rhythm is read from the gaps, in days, between one purchase day of a customer and their next, of the past two years.
  *Cooling* begins after the 80th percentile of these gaps, *lapsed* after the 95th, *loyal* from the 75th percentile of the
  orders of those who bought more than once (three at least). With fewer than 30 gaps, usual values stand in.
- new: one order, quiet no longer than cooling. won_back: quiet no longer than cooling, and the last gap was longer than
  lapsed. loyal: as many orders as it takes. active: fewer. cooling and lapsed: by quiet alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.rules.percentile import percentile

STAGES = ("new", "active", "loyal", "cooling", "lapsed", "won_back")
FEWEST_GAPS = 30
LOOK_BACK_DAYS = 730
_SHORTEST_COOLING, _FEWEST_LOYAL = 7, 3


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Days and orders; `gaps` were measured. `is_assumed`: there were too few, and usual values stand in."""

    cooling_after_days: int
    lapsed_after_days: int
    loyal_orders: int
    median_gap_days: int
    gaps: int
    is_assumed: bool = False


USUAL = Rhythm(
    cooling_after_days=60, lapsed_after_days=180, loyal_orders=3, median_gap_days=30, gaps=0, is_assumed=True
)


def rhythm_of(gap_days: Sequence[int], repeaters_orders: Sequence[int]) -> Rhythm:
    """The rhythm of a shop from its gaps (days ≥ 1) and the orders of each customer with two and more."""
    if len(gap_days) < FEWEST_GAPS:
        return Rhythm(
            cooling_after_days=USUAL.cooling_after_days,
            lapsed_after_days=USUAL.lapsed_after_days,
            loyal_orders=USUAL.loyal_orders,
            median_gap_days=USUAL.median_gap_days,
            gaps=len(gap_days),
            is_assumed=True,
        )
    return measured_rhythm(
        gaps=len(gap_days),
        median=percentile(gap_days, 0.5),
        slow=percentile(gap_days, 0.8),
        slowest=percentile(gap_days, 0.95),
        many_orders=percentile(repeaters_orders, 0.75),
    )


def measured_rhythm(*, gaps: int, median: int, slow: int, slowest: int, many_orders: int) -> Rhythm:
    """The rhythm from percentiles that were taken elsewhere: the median, 80th and 95th of gaps, the 75th of orders."""
    if gaps < FEWEST_GAPS:
        return rhythm_of([1] * gaps, [])
    cooling = max(slow, _SHORTEST_COOLING)
    return Rhythm(
        cooling_after_days=cooling,
        # The two may coincide where nearly all buy at the same interval; a stage needs a width.
        lapsed_after_days=max(slowest, cooling * 3 // 2),
        loyal_orders=max(many_orders, _FEWEST_LOYAL),
        median_gap_days=median,
        gaps=gaps,
    )


def stage_of(rhythm: Rhythm, *, orders: int, quiet_days: int, last_gap_days: int | None) -> str:
    """The stage of somebody with `orders` counted orders. `last_gap_days`: between the last two purchase days, if any."""
    if quiet_days > rhythm.lapsed_after_days:
        return "lapsed"
    if quiet_days > rhythm.cooling_after_days:
        return "cooling"
    if last_gap_days is not None and last_gap_days > rhythm.lapsed_after_days:
        return "won_back"
    if orders >= rhythm.loyal_orders:
        return "loyal"
    return "new" if orders <= 1 else "active"
