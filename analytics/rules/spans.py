"""Stretches of local days that reports are asked for, and the stretch before that each is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Step = Literal["day", "week", "month"]
PRESETS = ("7d", "30d", "90d", "365d", "this_month", "last_month", "this_quarter", "this_year")
DEFAULT_PRESET = "30d"
LONGEST_DAYS = 1100  # three years and a little
_BY_WEEK_FROM, _BY_MONTH_FROM = 61, 365


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from `first` to `last`, both included. `preset` is "" for days of one's own choice."""

    first: date
    last: date
    preset: str = ""

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a span ends before it begins")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Span:
        """As many days right before; for a month, a quarter or a year so far, the same days of the one before."""
        if self.preset in _CALENDAR:
            first = _CALENDAR[self.preset](self.first - timedelta(days=1))
            whole = self.first - timedelta(days=1)
            if self.preset == "last_month":
                return Span(first, whole)
            return Span(first, min(first + timedelta(days=self.days - 1), whole))
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def step(self) -> Step:
        """What a chart of this span is cut into."""
        if self.days >= _BY_MONTH_FROM:
            return "month"
        return "week" if self.days >= _BY_WEEK_FROM else "day"

    def starts(self) -> list[date]:
        """The first day of each bucket, oldest first. Weeks run backwards from the last day, so that the first bucket
        takes what is left over; months are the calendar's.
        """
        if self.step == "month":
            found = [self.first]
            while (following := month_after(found[-1])) <= self.last:
                found.append(following)
            return found
        step = 7 if self.step == "week" else 1
        rest = self.days % step
        first = self.first
        return [first, *(first + timedelta(days=n) for n in range(rest + step if rest else step, self.days, step))]

    def since(self, zone: ZoneInfo) -> datetime:
        return start_of(self.first, zone)

    def until(self, zone: ZoneInfo) -> datetime:
        """The first moment after the span."""
        return start_of(self.last + timedelta(days=1), zone)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day."""
    return datetime.combine(day, time.min, zone)


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(day: date) -> date:
    """The first day of the next calendar month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def quarter_of(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def year_of(day: date) -> date:
    return day.replace(month=1, day=1)


_CALENDAR = {"this_month": month_of, "last_month": month_of, "this_quarter": quarter_of, "this_year": year_of}


def preset_span(preset: str, today: date) -> Span:
    """The span of one of PRESETS that ends today (or, for last_month, with last month)."""
    if preset == "last_month":
        last = month_of(today) - timedelta(days=1)
        return Span(month_of(last), last, preset)
    if preset in _CALENDAR:
        return Span(_CALENDAR[preset](today), today, preset)
    days = int(preset.removesuffix("d"))
    return Span(today - timedelta(days=days - 1), today, preset)
