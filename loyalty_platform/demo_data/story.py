"""The grocer's shop from its opening to today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from loyalty.actions.nights import reconcile
from loyalty_platform.demo_data import journey
from loyalty_platform.demo_data.grocer import BASKETS, HOUSEHOLDS, shift_for
from loyalty_platform.demo_data.people import make_demo_key
from loyalty_platform.demo_data.progress import Progress
from loyalty_platform.demo_data.replay import Replay, replay
from merchants.clock import world_now


def load_journey(households: int | None = None, *, processes: int, silent: bool, say: Callable[[str], object]) -> None:
    """Load it whole, or go on where an interrupted run stopped."""
    yesterday = world_now().astimezone(journey.ZONE).date() - timedelta(days=1)
    shift = shift_for(yesterday)
    merchant = journey.open_shop(shift)
    customer_ids = journey.register_households(merchant, shift, households=households)
    share = len(customer_ids) / HOUSEHOLDS
    progress = Progress("orders", round(BASKETS * share), silent=silent)
    plan = Replay.of(merchant, customer_ids, shift, months=journey.TERMS["ladder"]["window_months"])
    outcome = replay(plan, progress, processes=processes)
    progress.finish()
    proof = reconcile(merchant)
    if not silent:
        say(
            f"  {outcome.orders:,} orders with {outcome.lines:,} lines in {progress.seconds:.1f} s; "
            f"{outcome.lots_expired:,} lots expired, {outcome.tiers_changed:,} tiers reviewed; "
            f"{sum(outcome.refused.values())} refused {outcome.refused or ''}; {proof.fault_count} faults in the books"
        )
    make_demo_key(merchant)
