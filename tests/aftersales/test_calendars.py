"""Business time, against a slow reference that looks at the wall clock minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aftersales.rules.calendars import WEEKDAYS, BusinessCalendar, NeverOpens
from aftersales.rules.faults import Fault

MINUTE = timedelta(minutes=1)
SPLIT = [["09:00", "12:00"], ["13:30", "18:00"]]
SHANGHAI = "Asia/Shanghai"


def minutes_of(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def shows_open(wall: datetime, weekly: dict[str, Any], days: dict[str, Any]) -> bool:
    """The reference: does a clock on the wall show a time inside a period of today, or of yesterday over midnight?"""
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        exception = days.get(day.isoformat())
        periods = exception["periods"] if exception is not None else weekly.get(WEEKDAYS[day.weekday()], [])
        shown = wall.hour * 60 + wall.minute + back * 1440
        for start, end in periods:
            opens, closes = minutes_of(start), minutes_of(end)
            if opens <= shown < (closes if closes > opens else closes + 1440):
                return True
    return False


def open_minutes(start: datetime, minutes: int, zone: str, weekly: dict[str, Any], days: dict[str, Any]) -> list[bool]:
    known = ZoneInfo(zone)
    return [shows_open((start + MINUTE * n).astimezone(known), weekly, days) for n in range(minutes)]


@st.composite
def a_day_of_work(draw: st.DrawFn) -> Any:
    edges = sorted(draw(st.sets(st.integers(0, 96), min_size=0, max_size=6)))
    pairs = [[clock(a * 15), clock(b * 15)] for a, b in zip(edges[::2], edges[1::2], strict=False)]
    over_midnight = draw(st.booleans())
    if pairs and over_midnight:
        last = minutes_of(pairs[-1][0])
        over = draw(st.integers(0, last // 15 - 1)) * 15 if last >= 15 else None
        if over is not None:
            pairs[-1][1] = clock(over)  # over midnight
    return pairs


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


ZONES = st.sampled_from(
    ["Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo",
     "Pacific/Chatham", "Africa/Casablanca", "America/Havana"]
)  # fmt: skip
# Around the changes of the clocks, the 国庆 exchange of days, a leap day, and any other day.
STARTS = st.one_of(
    st.sampled_from([date(2026, 3, 7), date(2026, 3, 28), date(2026, 10, 31), date(2026, 10, 24), date(2026, 9, 26),
                     date(2028, 2, 28), date(2026, 4, 4), date(2018, 11, 3), date(2018, 2, 17)]),
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    zone=ZONES,
    weekly=st.fixed_dictionaries({}, optional={name: a_day_of_work() for name in WEEKDAYS}),
    exceptions=st.dictionaries(st.integers(0, 5), a_day_of_work(), max_size=3),
    first=STARTS,
    minute=st.integers(0, 1439),
    length=st.integers(0, 5 * 1440),
    wanted=st.integers(0, 3000),
)
def test_business_time_is_what_the_wall_clock_counts_minute_by_minute(
    zone: str, weekly: dict[str, Any], exceptions: dict[int, Any], first: date, minute: int, length: int, wanted: int
) -> None:
    days = {(first + timedelta(days=n)).isoformat(): {"name": "x", "periods": p} for n, p in exceptions.items()}
    assume(any(weekly.values()) or any(day["periods"] for day in days.values()))
    calendar = BusinessCalendar.read(zone, weekly, days)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(minutes=minute)
    shown = open_minutes(start, length, zone, weekly, days)

    assert calendar.seconds_between(start, start + MINUTE * length) == 60 * sum(shown)
    assert calendar.is_open(start) == shows_open(start.astimezone(ZoneInfo(zone)), weekly, days)

    if 0 < wanted <= sum(shown):
        passed = 0
        for n, is_open in enumerate(shown):
            passed += is_open
            if passed == wanted:
                assert calendar.add(start, wanted * 60) == start + MINUTE * (n + 1)
                break


@settings(max_examples=80, deadline=None)
@given(zone=ZONES, periods=a_day_of_work(), start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
       seconds=st.integers(0, 400_000), more=st.integers(0, 400_000))  # fmt: skip
def test_adding_and_counting_agree_to_the_second(
    zone: str, periods: list[list[str]], start: datetime, seconds: int, more: int
) -> None:
    assume(periods)
    calendar = BusinessCalendar.read(zone, dict.fromkeys(WEEKDAYS, periods), {})
    begins = start.replace(tzinfo=UTC)
    due = calendar.add(begins, seconds)
    assert calendar.seconds_between(begins, due) == seconds
    # A pause in the middle changes nothing: what is left carries over exactly.
    assert calendar.add(due, more) == calendar.add(begins, seconds + more)
    later = calendar.add(due, more)
    assert calendar.seconds_between(begins, later) == seconds + more


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_a_complaint_on_friday_evening_is_due_on_the_working_sunday_of_an_exchanged_week() -> None:
    week = dict.fromkeys(WEEKDAYS[:5], SPLIT)
    days: dict[str, dict[str, Any]] = {
        "2026-09-27": {"name": "调休", "periods": SPLIT},
        "2026-10-01": {"name": "国庆节", "periods": []},
    }
    calendar = BusinessCalendar.read(SHANGHAI, week, days)
    assert calendar.add(at("2026-09-25 17:30"), 3600) == at("2026-09-27 09:30")
    assert calendar.add(at("2026-09-30 17:59"), 120) == at("2026-10-02 09:01")
    assert not calendar.is_open(at("2026-10-01 10:00"))
    assert calendar.is_open(at("2026-09-27 09:00"))
    assert not calendar.is_open(at("2026-09-27 12:00"))


def test_a_deadline_at_closing_time_is_that_evening_and_not_next_morning() -> None:
    calendar = BusinessCalendar.read(SHANGHAI, {"mon": SPLIT, "tue": SPLIT}, {})
    assert calendar.add(at("2026-11-02 17:59"), 60) == at("2026-11-02 18:00")


def test_a_night_shift_over_the_change_of_the_clocks_lasts_as_long_as_it_is_worked() -> None:
    night = BusinessCalendar.read("America/New_York", {"sat": [["22:00", "06:00"]]}, {})
    autumn = at("2026-10-31 22:00", "America/New_York")  # the clocks go back: nine hours
    spring = at("2026-03-07 22:00", "America/New_York")  # and forward: seven
    assert night.seconds_between(autumn, autumn + timedelta(days=3)) == 9 * 3600
    assert night.seconds_between(spring, spring + timedelta(days=3)) == 7 * 3600


def test_a_holiday_does_not_cut_the_night_shift_that_began_the_evening_before() -> None:
    days = {"2026-11-03": {"name": "休", "periods": []}}
    calendar = BusinessCalendar.read(SHANGHAI, {"mon": [["22:00", "02:00"]], "tue": [["08:00", "10:00"]]}, days)
    assert calendar.is_open(at("2026-11-03 01:00"))
    assert not calendar.is_open(at("2026-11-03 09:00"))


def test_a_shop_that_never_opens_again_says_so_instead_of_searching_for_ever() -> None:
    market = {"2026-11-02": {"name": "集市", "periods": [["09:00", "10:00"]]}}
    calendar = BusinessCalendar.read(SHANGHAI, {}, market)
    assert calendar.add(at("2026-11-01 00:00"), 3600) == at("2026-11-02 10:00")
    with pytest.raises(NeverOpens):
        calendar.add(at("2026-11-01 00:00"), 3601)


@pytest.mark.parametrize(
    ("zone", "weekly", "days", "code", "place"),
    [
        ("Mars/Base", {"mon": SPLIT}, {}, "calendar_zone", "zone"),
        ("../etc/passwd", {"mon": SPLIT}, {}, "calendar_zone", "zone"),
        (SHANGHAI, {"moon": SPLIT}, {}, "calendar_weekday", "moon"),
        (SHANGHAI, {"mon": [["9:00", "12:00"]]}, {}, "calendar_period", "mon"),
        (SHANGHAI, {"mon": [["24:30", "12:00"]]}, {}, "calendar_period", "mon"),
        (SHANGHAI, {"mon": [["09:00", "09:00"]]}, {}, "calendar_period", "mon"),
        (SHANGHAI, {"mon": [["09:00"]]}, {}, "calendar_period", "mon"),
        (SHANGHAI, {"tue": [["09:00", "12:00"], ["11:00", "13:00"]]}, {}, "calendar_overlap", "tue"),
        (SHANGHAI, {"mon": SPLIT}, {"2026-02-30": {"periods": []}}, "calendar_date", "2026-02-30"),
        (SHANGHAI, {"mon": []}, {"2026-10-01": {"periods": []}}, "calendar_empty", ""),
        (SHANGHAI, {"mon": [["00:00", "00:01"]] * 13}, {}, "calendar_crowded", "mon"),
    ],
)
def test_hours_that_cannot_be_are_refused_where_they_stand(
    zone: str, weekly: Any, days: Any, code: str, place: str
) -> None:
    with pytest.raises(Fault) as refused:
        BusinessCalendar.read(zone, weekly, days)
    assert (refused.value.code, refused.value.place) == (code, place)
