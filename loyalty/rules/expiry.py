"""When points that are earned now will leave."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from loyalty.rules.terms import Expiry


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day (31 January + 1 → 28 February)."""
    month_index = day.year * 12 + day.month - 1 + months
    year, month = divmod(month_index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, which on a few days of the year is not midnight."""
    return datetime.combine(day, time.min, zone)


def lot_expires_at(expiry: Expiry, *, earned_at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment at which points earned at `earned_at` are gone, or None for never.

    months: at the end of the local day so many months later. year_end: with the end of the local calendar year in which
    `expiry.months` months have passed since the earning (0: the year of the earning itself).
    """
    local = earned_at.astimezone(zone).date()
    if expiry.kind == "none":
        return None
    if expiry.kind == "months":
        return _end_of(local, expiry.months, zone)
    return start_of(date(add_months(local, expiry.months).year + 1, 1, 1), zone)


def leaves_window_at(months: int, *, earned_at: datetime, zone: ZoneInfo) -> datetime:
    """When growth value earned at `earned_at` stops counting for a tier window of `months` months."""
    return _end_of(earned_at.astimezone(zone).date(), months, zone)


@lru_cache(maxsize=4096)
def _end_of(day: date, months: int, zone: ZoneInfo) -> datetime:
    """The end of the local day `months` after `day`, in UTC: a batch has few days and many lots."""
    return start_of(add_months(day, months) + timedelta(days=1), zone).astimezone(UTC)
