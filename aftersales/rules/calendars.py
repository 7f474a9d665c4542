"""Business hours: what time counts.

A moment is open when a clock on the shop's wall shows a time inside one of the day's periods. So an hour that the clock shows
twice counts twice, and one that it skips does not count. A period that ends at or before its start runs over midnight and
belongs to the day on which it starts; a day of its own (a holiday, a 调休 working day) replaces the weekday's periods.

Moments are counted in whole seconds, rounded down, so that seconds over adjoining stretches add up exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aftersales.rules.faults import Fault

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
SEARCHED = timedelta(days=731)
MOST_PERIODS = 12
MOST_DAYS = 2000
Periods = tuple[tuple[int, int], ...]
"""Minutes since the day's midnight, in order: 0 <= start < 1440, start < end <= start + 1440."""

_TIME = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)$")


class NeverOpens(ValueError):
    """No business time within two years."""


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekly periods, exceptions by date, and the zone whose wall clock they are read from."""

    zone: ZoneInfo
    weekly: tuple[Periods, ...]  # Monday first
    days: Mapping[date, Periods]
    _stretches: dict[date, tuple[tuple[int, int], ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(
        cls, zone: str, weekly: Mapping[str, list[list[str]]], days: Mapping[str, Mapping[str, object]]
    ) -> BusinessCalendar:
        """From the shapes of CalendarVersion. Raises Fault: `calendar_zone`, `calendar_weekday`, `calendar_date`,
        `calendar_period`, `calendar_overlap`, `calendar_crowded`, `calendar_empty`."""
        if not isinstance(weekly, Mapping) or set(weekly) - set(WEEKDAYS):
            raise Fault("calendar_weekday", str(next(iter(sorted(set(weekly) - set(WEEKDAYS))), "")))
        if len(days) > MOST_DAYS:
            raise Fault("calendar_crowded", "days", limit=MOST_DAYS)
        week = tuple(_periods(weekly.get(name, []), name) for name in WEEKDAYS)
        exceptions = {_date(text): _periods(day.get("periods", []), text) for text, day in days.items()}
        if not any(week) and not any(exceptions.values()):
            raise Fault("calendar_empty")
        return cls(_zone(zone), week, exceptions)

    def periods_on(self, day: date) -> Periods:
        """The periods that start on a calendar day of the zone."""
        periods = self.days.get(day)
        return self.weekly[day.weekday()] if periods is None else periods

    def is_open(self, at: datetime) -> bool:
        second = _second(at)
        return any(opens <= second for opens, _ in self._open_from(second, second + 1))

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """Business seconds from `start` to `end` (aware); 0 when `end` is not after `start`."""
        begin, finish = _second(start), _second(end)
        return sum(min(closes, finish) - opens for opens, closes in self._open_from(begin, finish) if opens < finish)

    def add(self, start: datetime, seconds: int) -> datetime:
        """The earliest moment (UTC) by which that many business seconds have passed since `start` (aware).

        Raises NeverOpens when two years go by without business time.
        """
        reached = _second(start)
        left = max(seconds, 0)
        if left:
            for opens, closes in self._open_from(reached):
                reached = min(closes, opens + left)
                left -= reached - opens
                if not left:
                    break
        return _moment(reached)

    def _open_from(self, second: int, until: int | None = None) -> Iterator[tuple[int, int]]:
        """Open stretches from one second to another, in order, apart, clipped at the start; some may pass the end.

        Without `until` they go on for ever; NeverOpens when two years go by without one.
        """
        # A period over midnight reaches into the next day; one more day for zones that skip or repeat a day.
        day = _moment(second).astimezone(self.zone).date() - timedelta(days=2)
        last = None if until is None else _moment(until).astimezone(self.zone).date() + timedelta(days=1)
        gives_up = day + SEARCHED
        while last is None or day <= last:
            for opens, closes in self._on(day):
                if closes > second:
                    yield max(opens, second), closes
                    second, gives_up = closes, day + SEARCHED
            day += timedelta(days=1)
            if last is None and day > gives_up:
                raise NeverOpens(f"no business time in the two years before {day}")

    def _on(self, day: date) -> tuple[tuple[int, int], ...]:
        known = self._stretches.get(day)
        if known is None:
            midnight = datetime.combine(day, time(), UTC)  # the wall's, read as if it were UTC
            known = tuple(
                stretch
                for start, end in self.periods_on(day)
                for stretch in self._shown(midnight + timedelta(minutes=start), midnight + timedelta(minutes=end))
            )
            self._stretches[day] = known
        return known

    def _shown(self, start: datetime, end: datetime) -> list[tuple[int, int]]:
        """When the wall clock shows a time in [start, end), walls said as UTC.

        One stretch, or two around a change of the clocks.
        """
        offsets = {_offset(wall.replace(tzinfo=self.zone, fold=fold)) for wall in (start, end) for fold in (0, 1)}
        begin, finish = _second(start), _second(end)
        if len(offsets) == 1:
            (offset,) = offsets
            return [(begin - offset, finish - offset)]
        before, after = begin - max(offsets), finish - min(offsets)
        changed = self._change(before, after)
        first, then = self._offset_at(before), self._offset_at(after)
        stretches = [
            (begin - first, min(finish - first, changed)),
            (max(begin - then, changed), finish - then),
        ]
        return [(opens, closes) for opens, closes in stretches if opens < closes]

    def _change(self, before: int, after: int) -> int:
        """The second at which the zone's offset changes between two moments (by bisection)."""
        first = self._offset_at(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset_at(middle) == first:
                before = middle
            else:
                after = middle
        return after

    def _offset_at(self, second: int) -> int:
        return _offset(_moment(second).astimezone(self.zone))


def _offset(at: datetime) -> int:
    offset = at.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _second(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)


def _moment(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault("calendar_zone", "zone", zone=name) from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Fault("calendar_date", text) from None


def _periods(given: object, place: str) -> Periods:
    """["09:00", "12:00"] pairs as minutes, sorted. The last may run over midnight; none may overlap another of its day."""
    if not isinstance(given, list | tuple):
        raise Fault("calendar_period", place)
    if len(given) > MOST_PERIODS:
        raise Fault("calendar_crowded", place, limit=MOST_PERIODS)
    periods = sorted(_period(pair, place) for pair in given)
    for (_, end), (start, _) in pairwise(periods):
        if start < end:
            raise Fault("calendar_overlap", place)
    return tuple(periods)


def _period(pair: object, place: str) -> tuple[int, int]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise Fault("calendar_period", place)
    start, end = (_minute(text, place) for text in pair)
    if start == end or start >= DAY_MINUTES:
        raise Fault("calendar_period", place)
    return start, end if end > start else end + DAY_MINUTES


def _minute(text: object, place: str) -> int:
    match = _TIME.match(text) if isinstance(text, str) else None
    if match is None:
        raise Fault("calendar_period", place)
    minute = int(match[1]) * 60 + int(match[2])
    if minute > DAY_MINUTES:
        raise Fault("calendar_period", place)
    return minute
