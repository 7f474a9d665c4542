"""Time comes from here: the one place that asks the world what time it is.

A sandbox's clock runs ahead of the world's by its `clock_offset`; everybody else's is the world's. Rules never ask:
they are told, as an argument.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from merchants.models import Merchant


def now(merchant: Merchant) -> datetime:
    """The merchant's present moment, aware, in UTC."""
    return datetime.now(UTC) + merchant.clock_offset


def today(merchant: Merchant) -> date:
    """The merchant's calendar day, in its own time zone."""
    return now(merchant).astimezone(merchant.zone).date()


def world_now() -> datetime:
    """The world's present moment, for what belongs to no merchant or to the machine: keys, leases, retries."""
    return datetime.now(UTC)
