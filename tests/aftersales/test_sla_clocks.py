"""Pauses and shifts together: a ticket's clocks against somebody who counts them minute by minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.history import Happened, Kind, State, fold

MINUTE = timedelta(minutes=1)
SPLIT = [["09:00", "12:00"], ["13:30", "18:00"]]
CALENDARS = {
    # The clocks go back on 2026-10-25 in London; Sunday 27 September is a 调休 working day in Shanghai.
    1: BusinessCalendar.read(
        "Europe/London", {"fri": [["22:00", "02:00"]], "sat": SPLIT, "sun": [["00:30", "03:00"]]}, {}
    ),
    2: BusinessCalendar.read(
        "Asia/Shanghai",
        dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), SPLIT),
        {"2026-09-27": {"periods": SPLIT}, "2026-09-25": {"periods": []}},
    ),
}
STARTS = {1: datetime(2026, 10, 23, 20, 0, tzinfo=UTC), 2: datetime(2026, 9, 24, 0, 0, tzinfo=UTC)}
FIRST, NEXT, RESOLUTION = 90, 150, 400
MEANINGS = st.sampled_from(["waiting_us", "waiting_customer", "paused", "resolved"])
STEPS = st.lists(
    st.tuples(st.integers(0, 700), st.one_of(MEANINGS, st.sampled_from(["customer", "staff"]))), max_size=8
)


@dataclass
class Counter:
    """Somebody with a watch: every minute they look whether the desk is open, whose turn it is and who waits."""

    calendar: BusinessCalendar
    meaning: str = "waiting_us"
    is_waiting: bool = True
    is_answered: bool = False
    worked: int = 0
    waited: int = 0
    first: int | None = None
    seen: list[str] = field(default_factory=list)

    def look(self, at: datetime) -> None:
        if not self.calendar.is_open(at):
            return
        self.worked += self.meaning == "waiting_us"
        self.waited += self.is_waiting and self.meaning in ("waiting_us", "waiting_customer")

    def hear(self, what: str) -> None:
        if what == "staff":
            if not self.is_answered:
                self.first = self.waited
            self.is_answered, self.is_waiting, self.waited = True, False, 0
        elif what == "customer":
            if self.is_answered and not self.is_waiting:
                self.waited = 0
            self.is_waiting = True
        else:
            if what == "resolved":
                self.is_waiting = False
                self.waited = 0 if self.is_answered else self.waited
            elif self.meaning == "resolved" and what == "waiting_us" and not self.is_waiting:
                self.is_waiting = True
            self.meaning = what

    def left_until(self, at: datetime, counted: int, target: int) -> datetime:
        """When the target is reached if nothing else happens: minute by minute from `at`."""
        while True:
            counted += self.calendar.is_open(at)
            at += MINUTE
            if counted >= target:
                return at


def told(what: str, at: datetime, sequence: int) -> Happened:
    if what in ("customer", "staff"):
        return Happened(Kind.REPLIED, {"side": what, "message": sequence}, at, sequence)
    return Happened(Kind.STATUS_SET, {"status": 1, "meaning": what}, at, sequence)


def opened(calendar: int, at: datetime) -> State:
    payload: dict[str, Any] = {
        "subject": "x", "category": 1, "is_complaint": True, "priority": "normal", "status": 1, "meaning": "waiting_us",
        "order": None, "side": "customer", "message": 1,
    }  # fmt: skip
    targets = {
        "sla_version": 1, "calendar": calendar, "tier": "", "first": FIRST, "next": NEXT, "resolution": RESOLUTION,
    }  # fmt: skip
    state = fold(None, Happened(Kind.OPENED, payload, at, 1), calendars=CALENDARS.__getitem__)
    return fold(state, Happened(Kind.TARGETED, targets, at, 2), calendars=CALENDARS.__getitem__)


@settings(max_examples=60, deadline=None)
@given(which=st.sampled_from([1, 2]), start=st.integers(0, 1440), steps=STEPS, rest=st.integers(0, 600))
def test_every_clock_says_what_somebody_with_a_watch_counts(
    which: int, start: int, steps: list[tuple[int, str]], rest: int
) -> None:
    calendar, at = CALENDARS[which], STARTS[which] + MINUTE * start
    watch, state = Counter(calendar), opened(which, at)
    for sequence, (pause, what) in enumerate([*steps, (rest, "")], start=3):
        for _minute in range(pause):
            watch.look(at)
            at += MINUTE
        if what and what != state.status_category:
            state = fold(state, told(what, at, sequence), calendars=CALENDARS.__getitem__)
            watch.hear(what)

    running = calendar.seconds_between(state.clock_since, at) if state.clock_since else 0
    assert state.worked_seconds + running == watch.worked * 60
    waiting = calendar.seconds_between(state.wait_clock_since, at) if state.wait_clock_since else 0
    assert state.waited_seconds + waiting == watch.waited * 60
    assert state.first_response_seconds == (None if watch.first is None else watch.first * 60)

    turning = watch.is_waiting and watch.meaning in ("waiting_us", "waiting_customer")
    dues = {
        "first": (state.first_response_due_at, turning and not watch.is_answered, watch.waited, FIRST),
        "next": (state.next_response_due_at, turning and watch.is_answered, watch.waited, NEXT),
        "resolution": (state.resolution_due_at, watch.meaning == "waiting_us", watch.worked, RESOLUTION),
    }
    for name, (due, stands, counted, target) in dues.items():
        assert (due is not None) == stands, name
        if due is not None and counted < target:
            assert due == watch.left_until(at, counted, target), name
        elif due is not None:
            assert due <= at, f"{name} has passed"
