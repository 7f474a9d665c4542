"""What a history amounts to, against a slow reference that walks minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.history import Happened, Kind, State, deadlines_due, fold, rebuilt
from aftersales.rules.moves import MOVES, may_move
from aftersales.rules.ticket_state import OPEN, SETTLED

MONDAY = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
OFFICE = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDARS = {
    1: BusinessCalendar.read("UTC", ALWAYS, {}),
    2: BusinessCalendar.read(
        "Asia/Shanghai", OFFICE, {"2026-11-07": {"name": "调休", "periods": [["09:00", "12:00"]]}}
    ),
    3: BusinessCalendar.read("UTC", {}, {"2020-01-01": {"name": "Once", "periods": [["09:00", "12:00"]]}}),
}


@dataclass
class Desk:
    """Tells a history; `state` is what it amounts to so far."""

    at: datetime = MONDAY
    state: State | None = None
    sequence: int = 0

    def tell(self, kind: str, minutes: int = 0, **payload: Any) -> State:
        self.at += timedelta(minutes=minutes)
        self.sequence += 1
        self.state = fold(self.state, Happened(kind, payload, self.at, self.sequence), calendars=CALENDARS.__getitem__)
        return self.state

    def opened(
        self, *, first: int | None = 60, then: int | None = 30, resolution: int | None = 480, calendar: int = 1
    ) -> State:
        self.tell(
            Kind.OPENED, subject="Tin", category=1, is_complaint=True, priority="normal", status=1, meaning="waiting_us",
            order=None, side="customer", message=1,
        )  # fmt: skip
        return self.targeted(first, then, resolution, calendar)

    def targeted(
        self, first: int | None, then: int | None, resolution: int | None, calendar: int = 1, minutes: int = 0
    ) -> State:
        return self.tell(
            Kind.TARGETED,
            minutes,
            sla_version=1,
            calendar=calendar,
            first=first,
            next=then,
            resolution=resolution,
            tier="",
        )

    def replied(self, side: str, minutes: int = 0) -> State:
        return self.tell(Kind.REPLIED, minutes, side=side, message=2)

    def moved(self, meaning: str, minutes: int = 0) -> State:
        return self.tell(Kind.STATUS_SET, minutes, status=2, meaning=meaning)


def after(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def test_the_three_deadlines_of_a_new_ticket() -> None:
    state = Desk().opened()
    assert (state.first_response_due_at, state.next_response_due_at) == (after(60), None)
    assert (state.resolution_due_at, state.due_at, state.next_due_at) == (after(480), after(60), after(60))


def test_a_pause_stops_all_clocks_and_what_is_left_carries_over() -> None:
    desk = Desk()
    desk.opened()
    paused = desk.moved("paused", 20)
    assert (paused.first_response_due_at, paused.resolution_due_at, paused.due_at) == (None, None, None)
    state = desk.moved("waiting_us", 1000)
    assert state.first_response_due_at == after(1020 + 40)
    assert state.resolution_due_at == after(1020 + 460)
    answered = desk.replied("staff", 10)
    assert answered.first_response_seconds == 30 * 60
    assert answered.first_response_due_at is None


def test_the_next_response_runs_from_the_first_unanswered_message() -> None:
    desk = Desk()
    desk.opened()
    desk.replied("staff", 5)
    desk.moved("waiting_customer")
    desk.replied("customer", 100)
    first = desk.moved("waiting_us")
    assert first.next_response_due_at == after(105 + 30)
    second = desk.replied("customer", 10)
    assert second.next_response_due_at == after(105 + 30)
    assert desk.replied("staff", 1).next_response_due_at is None


def test_resolution_counts_only_our_turn() -> None:
    desk = Desk()
    desk.opened()
    desk.moved("waiting_customer", 100)
    state = desk.moved("waiting_us", 5000)
    assert state.resolution_due_at == after(5100 + 380)
    resolved = desk.moved("resolved", 80)
    assert resolved.resolution_seconds == 180 * 60
    assert (resolved.due_at, resolved.waiting_since, resolved.resolved_at) == (None, None, desk.at)


def test_reopening_resumes_the_resolution_and_starts_the_next_response_again() -> None:
    desk = Desk()
    desk.opened()
    desk.replied("staff", 10)
    desk.moved("resolved", 10)
    desk.replied("customer", 100)
    state = desk.moved("waiting_us")
    assert (state.reopened_count, state.resolved_at, state.resolution_seconds) == (1, None, None)
    assert state.next_response_due_at == after(120 + 30)
    assert state.resolution_due_at == after(120 + 460)


def test_a_missed_deadline_is_called_for_once_and_counted_once() -> None:
    desk = Desk()
    state = desk.opened()
    assert deadlines_due(state, after(59)) == []
    assert deadlines_due(state, after(60)) == [("first_response", after(60))]
    state = desk.tell(Kind.ESCALATED, 61, deadline="first_response", due_at=after(60).isoformat())
    assert (state.breaches, state.escalation_level) == (1, 1)
    assert (state.next_due_at, state.due_at) == (after(480), after(60))
    assert deadlines_due(state, after(100)) == []
    assert desk.replied("staff", 10).breaches == 1


def test_too_late_counts_though_no_bell_rang() -> None:
    desk = Desk()
    desk.opened()
    state = desk.replied("staff", 61)
    assert (state.breaches, state.escalation_level) == (1, 0)
    assert desk.moved("resolved", 1000).breaches == 2


def test_another_answer_s_deadline_may_be_missed_again() -> None:
    desk = Desk()
    desk.opened()
    desk.replied("staff", 5)
    for times in (1, 2):
        desk.replied("customer", 5)
        state = desk.tell(Kind.ESCALATED, 40, deadline="next_response", due_at=desk.at.isoformat())
        assert state.breaches == times
        desk.replied("staff", 1)


def test_new_targets_count_from_the_same_beginning() -> None:
    desk = Desk()
    desk.opened()
    state = desk.targeted(120, 30, 100, minutes=30)
    assert (state.first_response_due_at, state.resolution_due_at) == (after(120), after(100))
    assert desk.targeted(None, None, None, minutes=1).due_at is None


def test_a_deadline_that_lies_ahead_again_is_called_for_again() -> None:
    desk = Desk()
    desk.opened()
    desk.tell(Kind.ESCALATED, 61, deadline="first_response", due_at=after(60).isoformat())
    state = desk.targeted(300, 30, 480, minutes=1)
    assert state.next_due_at == after(300)
    assert state.breaches == 1


def test_another_calendar_counts_from_now_on() -> None:
    """30 minutes passed around the clock; the other 30 are office minutes: from 09:00 in Shanghai, which is 01:00 here."""
    desk = Desk()
    desk.opened()
    state = desk.targeted(60, 30, 480, calendar=2, minutes=30)
    assert state.first_response_due_at == after(90)


def test_a_desk_that_never_opens_owes_nothing() -> None:
    state = Desk().opened(calendar=3)
    assert (state.due_at, state.next_due_at) == (None, None)


def test_merged_tickets_owe_nothing_until_they_stand_alone_again() -> None:
    desk = Desk()
    desk.opened()
    merged = desk.tell(Kind.MERGED, 10, into=7, number=7)
    assert (merged.due_at, merged.status_category) == (None, "waiting_us")
    alone = desk.tell(Kind.UNMERGED, 100, into=7, number=7)
    assert alone.first_response_due_at == after(110 + 50)


def test_customers_never_pause_resolve_or_hand_back() -> None:
    for before in OPEN | SETTLED:
        for to in ("waiting_customer", "paused", "resolved"):
            assert before == to or not may_move("customer", before, to)
    assert set(MOVES) == {"staff", "customer", "system"}


STEPS = st.lists(
    st.tuples(
        st.integers(0, 700),
        st.sampled_from(
            [
                "customer",
                "staff",
                "waiting_us",
                "waiting_customer",
                "paused",
                "resolved",
                "closed",
                "note",
                "merge",
                "unmerge",
            ]
        ),
    ),
    max_size=14,
)


@given(steps=STEPS, calendar=st.sampled_from([1, 2]))
@settings(max_examples=150, deadline=None)
def test_the_clocks_agree_with_a_count_minute_by_minute(steps: list[tuple[int, str]], calendar: int) -> None:
    desk, slow = Desk(), SlowReference(CALENDARS[calendar])
    desk.opened(calendar=calendar)
    events = 2
    for minutes, what in steps:
        slow.pass_minutes(minutes)
        if what in ("customer", "staff"):
            state = desk.replied(what, minutes)
        elif what == "note":
            state = desk.tell(Kind.NOTED, minutes, message=3)
        elif what == "merge":
            state = desk.tell(Kind.MERGED, minutes, into=9, number=9)
        elif what == "unmerge":
            state = desk.tell(Kind.UNMERGED, minutes, into=9, number=9)
        else:
            state = desk.moved(what, minutes)
        events += 1
        slow.happened(what)
        assert state.last_event == events
        assert worked(state, desk.at, calendar) == slow.worked * 60
        if slow.first_response is not None:
            assert state.first_response_seconds == slow.first_response * 60
        elif state.waiting_since is not None:
            assert waited(state, desk.at, calendar) == slow.waited * 60
        for due, clock in ((state.first_response_due_at, 60), (state.next_response_due_at, 30)):
            assert due is None or slow.waited < clock or due <= desk.at
        if state.merged_into_id is not None or state.status_category in {"paused", *SETTLED}:
            assert (state.first_response_due_at, state.next_response_due_at) == (None, None)
        assert (state.resolved_at is not None) == (state.status_category in SETTLED)


class SlowReference:
    """Walks each minute and asks whether the desk is open and whose turn it is."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        self.calendar, self.at = calendar, MONDAY
        self.category, self.merged, self.waiting = "waiting_us", False, True
        self.worked = self.waited = 0
        self.first_response: int | None = None

    def pass_minutes(self, minutes: int) -> None:
        for _minute in range(minutes):
            if self.calendar.is_open(self.at) and not self.merged:
                self.worked += self.category == "waiting_us"
                self.waited += self.waiting and self.category in ("waiting_us", "waiting_customer")
            self.at += timedelta(minutes=1)

    def happened(self, what: str) -> None:
        if what == "customer":
            if not self.waiting and self.first_response is not None:
                self.waited = 0
            self.waiting = True
        elif what == "staff":
            if self.first_response is None:
                self.first_response = self.waited
            self.waiting, self.waited = False, 0
        elif what in ("merge", "unmerge"):
            self.merged = what == "merge"
        elif what != "note":
            was, self.category = self.category, what
            if what in SETTLED:
                self.waiting = False
            elif was in SETTLED and what == "waiting_us" and not self.waiting:
                self.waiting = True
                self.waited = self.waited if self.first_response is None else 0


def worked(state: State, at: datetime, calendar: int) -> int:
    running = CALENDARS[calendar].seconds_between(state.clock_since, at) if state.clock_since else 0
    return state.worked_seconds + running


def waited(state: State, at: datetime, calendar: int) -> int:
    running = CALENDARS[calendar].seconds_between(state.wait_clock_since, at) if state.wait_clock_since else 0
    return state.waited_seconds + running


@given(steps=STEPS)
@settings(max_examples=50, deadline=None)
def test_a_history_amounts_to_the_same_at_once_as_step_by_step(steps: list[tuple[int, str]]) -> None:
    desk, told = Desk(), []
    desk.opened()
    events = [
        Happened(
            Kind.OPENED,
            {
                "subject": "Tin", "category": 1, "is_complaint": True, "priority": "normal", "status": 1,
                "meaning": "waiting_us", "order": None, "side": "customer", "message": 1,
            },
            MONDAY, 1,
        ),
        Happened(
            Kind.TARGETED,
            {"sla_version": 1, "calendar": 1, "first": 60, "next": 30, "resolution": 480, "tier": ""}, MONDAY, 2,
        ),
    ]  # fmt: skip
    for minutes, what in steps:
        if what not in ("customer", "staff"):
            continue
        desk.replied(what, minutes)
        told.append(Happened(Kind.REPLIED, {"side": what, "message": 2}, desk.at, desk.sequence))
    assert rebuilt([*events, *told], calendars=CALENDARS.__getitem__) == desk.state
