"""The periods that figures are asked for, cut into buckets at the shop's own midnights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loyalty.rules.expiry import start_of
from merchants.clock import now
from merchants.models import Merchant

DAYS = (30, 90, 365)
_WEEKLY_FROM = 180


@dataclass(frozen=True, slots=True)
class Period:
    """`days` local days that end with today, and the same stretch before them. `starts`: the first day of each bucket."""

    days: int
    starts: Sequence[date]
    edges: Sequence[datetime]
    until: datetime
    edges_before: Sequence[datetime]
    before_until: datetime

    @property
    def since(self) -> datetime:
        return self.edges[0]

    @property
    def before(self) -> datetime:
        return self.edges_before[0]


def period_of(merchant: Merchant, asked: str) -> Period:
    """`asked` is a number of days out of DAYS; anything else is 30. Long periods are cut into weeks that end today.

    The earlier period ends as far into its last day as today has come, so that a morning is not compared with a day.
    """
    days = int(asked) if asked.isascii() and asked.isdigit() and int(asked[:4]) in DAYS else DAYS[0]
    at, zone = now(merchant), merchant.zone
    step = 7 if days >= _WEEKLY_FROM else 1
    last = at.astimezone(zone).date()
    first = last - timedelta(days=days - 1)
    # The days that do not fill a week belong to the first bucket.
    starts = [first, *(first + timedelta(days=n) for n in range(days % step + step, days, step))]
    shift = timedelta(days=days)
    return Period(
        days=days,
        starts=starts,
        edges=[start_of(day, zone) for day in starts],
        until=at + timedelta(microseconds=1),
        edges_before=[start_of(day - shift, zone) for day in starts],
        before_until=at - shift,
    )
