"""Which tier a member has reached, what is missing, and when one is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty.rules.terms import Ladder, Tier


@dataclass(frozen=True, slots=True)
class Progress:
    """What is missing towards a tier. `None` where that condition does not exist; 0 where it is met."""

    tier: Tier
    growth_missing: int | None
    orders_missing: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's tier. `grace_until`: set while they no longer qualify but keep the tier a little longer."""

    tier: str
    since: datetime
    grace_until: datetime | None = None


def qualifies(tier: Tier, *, match: str, growth: int, orders: int) -> bool:
    met = [
        value >= needed
        for value, needed in ((growth, tier.min_growth), (orders, tier.min_orders))
        if needed is not None
    ]
    return all(met) if match == "both" else not met or any(met)


def tier_for(ladder: Ladder, *, growth: int, orders: int) -> Tier:
    """The highest tier whose conditions are met inside the window."""
    return next(
        tier for tier in reversed(ladder.tiers) if qualifies(tier, match=ladder.match, growth=growth, orders=orders)
    )


def missing_for(tier: Tier, *, growth: int, orders: int) -> Progress:
    return Progress(
        tier,
        None if tier.min_growth is None else max(0, tier.min_growth - growth),
        None if tier.min_orders is None else max(0, tier.min_orders - orders),
    )


def after_earning(ladder: Ladder, standing: Standing, *, growth: int, orders: int, at: datetime) -> Standing:
    """Upgrades are immediate; earning never lowers a tier, and ends a grace period when the tier is reached again."""
    reached = tier_for(ladder, growth=growth, orders=orders)
    have, got = ladder.rank(standing.tier), ladder.rank(reached.code)
    if got > have:
        return Standing(reached.code, at)
    if got == have and standing.grace_until is not None:
        return Standing(standing.tier, standing.since)
    return standing


def after_refund(
    ladder: Ladder, standing: Standing, *, growth: int, orders: int, earned_at: datetime, at: datetime
) -> Standing:
    """A tier that was reached by the refunded order, or since, goes back at once; an older one waits for the night."""
    reached = tier_for(ladder, growth=growth, orders=orders)
    if ladder.rank(reached.code) < ladder.rank(standing.tier) and standing.since >= earned_at:
        return Standing(reached.code, at)
    return standing


def after_night(ladder: Ladder, standing: Standing, *, growth: int, orders: int, at: datetime) -> Standing:
    """The nightly review: below the tier's conditions a grace period starts; when it is over, the tier is what is reached."""
    reached = tier_for(ladder, growth=growth, orders=orders)
    have, got = ladder.rank(standing.tier), ladder.rank(reached.code)
    if got > have:
        return Standing(reached.code, at)
    if got == have:
        return Standing(standing.tier, standing.since) if standing.grace_until else standing
    if ladder.grace_days and standing.grace_until is None:
        return Standing(standing.tier, standing.since, at + timedelta(days=ladder.grace_days))
    if standing.grace_until is not None and standing.grace_until > at:
        return standing
    return Standing(reached.code, at)
