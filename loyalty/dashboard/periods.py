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
_LATE_AFTER = timedelta(days=2)
_SILENT_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Period:
    """`days` local days that end with `last`, and the same stretch before them. `starts`: the first day of each bucket.

    `is_current` is False when `last` is not today but the last day that orders were reported for.
    """

    days: int
    last: date
    is_current: bool
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


def period_of(merchant: Merchant, asked: str, *, latest_order_at: datetime | None = None) -> Period:
    """`asked` is a number of days out of DAYS; anything else is 30. Long periods are cut into weeks that end today.

    The earlier period ends as far into its last day as today has come, so that a morning is not compared with a day. Orders
    that come in by the week would make every comparison a fall: when nothing was reported for yesterday or today, the period
    ends with the day of the latest order. After two weeks of silence, silence is what there is to show.
    """
    days = int(asked) if asked.isascii() and asked.isdigit() and int(asked[:4]) in DAYS else DAYS[0]
    at, zone = now(merchant), merchant.zone
    step = 7 if days >= _WEEKLY_FROM else 1
    last = at.astimezone(zone).date()
    latest = latest_order_at.astimezone(zone).date() if latest_order_at is not None else last
    is_current = not _LATE_AFTER <= last - latest <= _SILENT_AFTER
    if not is_current:
        last, at = latest, start_of(latest + timedelta(days=1), zone) - timedelta(microseconds=1)
    first = last - timedelta(days=days - 1)
    # The days that do not fill a week belong to the first bucket.
    starts = [first, *(first + timedelta(days=n) for n in range(days % step + step, days, step))]
    shift = timedelta(days=days)
    return Period(
        days=days,
        last=last,
        is_current=is_current,
        starts=starts,
        edges=[start_of(day, zone) for day in starts],
        until=at + timedelta(microseconds=1),
        edges_before=[start_of(day - shift, zone) for day in starts],
        before_until=at - shift,
    )
