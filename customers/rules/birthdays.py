"""Birthdays in two calendars: which dates can be, and on which solar day one is greeted.

Choices, each where almanacs and customs leave one:

- 29 February is greeted on the 28th in common years: a day early pleases, a day late does not.
- The 30th of a lunar month is greeted on the 29th in years when that month has 29 days (大月生，小月过最后一天).
- A birthday in a leap month is greeted in that leap month when the year has it, else in the ordinary month.
- A lunar birthday belongs to its lunar year: the 12th month of lunar 2026 falls into solar 2027.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from lunar_python import Lunar, LunarMonth, Solar

from customers.rules.faults import Fault

OLDEST_YEARS = 130


@dataclass(frozen=True, slots=True)
class Birthday:
    """A day of the year in one of two calendars; `year`, in the same calendar, is often not known."""

    month: int
    day: int
    year: int | None = None
    is_lunar: bool = False
    is_leap_month: bool = False


@dataclass(frozen=True, slots=True)
class LunarDay:
    year: int
    month: int
    day: int
    is_leap_month: bool


def checked(birthday: Birthday, *, today: date) -> Birthday:
    """The birthday itself when such a day exists and is not in the future; otherwise a Fault.

    Codes: `birthday_no_such_day`, `birthday_no_such_leap_month`, `birthday_in_future`, `birthday_too_long_ago`.
    """
    if birthday.is_lunar:
        _check_lunar(birthday)
    else:
        _check_solar(birthday)
    if birthday.year is not None:
        if birthday.year < today.year - OLDEST_YEARS:
            raise Fault("birthday_too_long_ago")
        if birthday.year > today.year or _born_on(birthday) > today:
            raise Fault("birthday_in_future")
    return birthday


def _check_solar(birthday: Birthday) -> None:
    if birthday.is_leap_month:
        raise Fault("birthday_no_such_leap_month")
    try:
        # 2000 is a leap year: without a year, 29 February is possible.
        date(2000 if birthday.year is None else birthday.year, birthday.month, birthday.day)
    except ValueError:
        raise Fault("birthday_no_such_day") from None


def _check_lunar(birthday: Birthday) -> None:
    if not (1 <= birthday.month <= 12 and 1 <= birthday.day <= 30):
        raise Fault("birthday_no_such_day")
    if birthday.year is None:
        return
    if not 1850 <= birthday.year <= 2150:
        raise Fault("birthday_too_long_ago" if birthday.year < 1850 else "birthday_in_future")
    days = lunar_month_days(birthday.year, birthday.month, is_leap_month=birthday.is_leap_month)
    if days is None:
        raise Fault("birthday_no_such_leap_month")
    if birthday.day > days:
        raise Fault("birthday_no_such_day")


@lru_cache(maxsize=4096)
def lunar_month_days(year: int, month: int, *, is_leap_month: bool = False) -> int | None:
    """29 or 30, or None when that lunar year has no such leap month."""
    found = LunarMonth.fromYm(year, -month if is_leap_month else month)
    return None if found is None else int(found.getDayCount())


@lru_cache(maxsize=4096)
def solar_of_lunar(year: int, month: int, day: int, *, is_leap_month: bool = False) -> date:
    """The solar day of a lunar one that exists."""
    solar = Lunar.fromYmd(year, -month if is_leap_month else month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


@lru_cache(maxsize=512)
def lunar_day_of(day: date) -> LunarDay:
    """The lunar day of a solar one: converted once for today, never once per customer."""
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month = int(lunar.getMonth())
    return LunarDay(int(lunar.getYear()), abs(month), int(lunar.getDay()), month < 0)


def _born_on(birthday: Birthday) -> date:
    assert birthday.year is not None
    if birthday.is_lunar:
        return solar_of_lunar(birthday.year, birthday.month, birthday.day, is_leap_month=birthday.is_leap_month)
    return date(birthday.year, birthday.month, birthday.day)


def occurrence_in(birthday: Birthday, year: int) -> date:
    """The solar day on which the birthday is greeted for `year` (a lunar year for a lunar birthday)."""
    if not birthday.is_lunar:
        days = calendar.monthrange(year, birthday.month)[1]
        return date(year, birthday.month, min(birthday.day, days))
    leap = birthday.is_leap_month and lunar_month_days(year, birthday.month, is_leap_month=True) is not None
    days = lunar_month_days(year, birthday.month, is_leap_month=leap) or 29
    return solar_of_lunar(year, birthday.month, min(birthday.day, days), is_leap_month=leap)


def next_occurrence(birthday: Birthday, *, on_or_after: date) -> date:
    """The next day of greeting, `on_or_after` included."""
    start = lunar_day_of(on_or_after).year if birthday.is_lunar else on_or_after.year
    for year in (start, start + 1):
        day = occurrence_in(birthday, year)
        if day >= on_or_after:
            return day
    return occurrence_in(birthday, start + 2)


def greeted_on(day: date) -> list[Birthday]:
    """Every birthday (month and day, year unknown) that is greeted on `day`: at most a handful in each calendar.

    Matching stored months and days against these answers "whose birthday is it?" with one index look-up.
    """
    solar = [Birthday(day.month, day.day)]
    if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
        solar.append(Birthday(2, 29))
    lunar = lunar_day_of(day)
    days = lunar_month_days(lunar.year, lunar.month, is_leap_month=lunar.is_leap_month) or 30
    lunar_days = [lunar.day, 30] if lunar.day == days == 29 else [lunar.day]
    leap_choices = [True] if lunar.is_leap_month else [False]
    if not lunar.is_leap_month and lunar_month_days(lunar.year, lunar.month, is_leap_month=True) is None:
        leap_choices.append(True)
    return solar + [
        Birthday(lunar.month, each, is_lunar=True, is_leap_month=leap) for each in lunar_days for leap in leap_choices
    ]


_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_DIGITS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def lunar_words(birthday: Birthday) -> str:
    """How a lunar day is said: 闰四月十五, 腊月三十, 正月初一."""
    tens, ones = divmod(birthday.day - 1, 10)
    if birthday.day in (20, 30):
        day = "二十" if birthday.day == 20 else "三十"
    else:
        day = ("初", "十", "廿")[tens] + _DIGITS[ones] if ones < 9 else "初十"
    return f"{'闰' if birthday.is_leap_month else ''}{_MONTHS[birthday.month - 1]}月{day}"
