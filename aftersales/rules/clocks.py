"""The two clocks of a ticket, in business time, and the three deadlines that they run towards.

*The wait* runs while a customer waits for an answer: from opening until the first public reply it counts for the first
response, later from the first unanswered message for the next response. It stands while the ticket is paused or settled, and
goes on from where it stood. *The work* runs while it is our turn, and counts for the resolution. Neither runs on a ticket that
was merged away.

A clock holds what it counted so far and since when it runs, so a deadline is a sum: `calendar.add(since, target - counted)`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aftersales.rules.calendars import BusinessCalendar, NeverOpens
from aftersales.rules.ticket_state import (
    BITS,
    CLOSED,
    FIRST_RESPONSE,
    NEXT_RESPONSE,
    RESOLUTION,
    RESOLVED,
    WAITING_CUSTOMER,
    WAITING_US,
    State,
)

Calendars = Callable[[int], BusinessCalendar]
"""A calendar version's id → the calendar."""


def keep_clocks(before: State | None, after: State, at: datetime, calendars: Calendars) -> None:
    """Bring the clocks and deadlines of `after` in step with what changed since `before`, at the moment `at`."""
    if before is not None:
        recalendared = before.calendar_id != after.calendar_id
        _keep_wait(before, after, at, calendars, recalendared)
        _keep_work(before, after, at, calendars, recalendared)
    if _wait_runs(after) and after.wait_clock_since is None:
        after.wait_clock_since = at
    if _work_runs(after) and after.clock_since is None:
        after.clock_since = at
    aim(after, calendars)


def aim(state: State, calendars: Calendars) -> None:
    """Derive the three deadlines and the next one to call for."""
    answered = state.first_response_at is not None
    waits = state.wait_clock_since
    state.first_response_due_at = (
        None if answered else _due(state, waits, state.first_response_target, state.waited_seconds, calendars)
    )
    state.next_response_due_at = (
        _due(state, waits, state.next_response_target, state.waited_seconds, calendars) if answered else None
    )
    state.resolution_due_at = _due(state, state.clock_since, state.resolution_target, state.worked_seconds, calendars)
    choose_next(state)


def choose_next(state: State) -> None:
    """`due_at`: the earliest standing deadline; `next_due_at`: the earliest that nobody was called for yet."""
    deadlines = standing(state)
    state.due_at = min(deadlines.values(), default=None)
    state.next_due_at = min((due for name, due in deadlines.items() if not state.called_for & BITS[name]), default=None)


def standing(state: State) -> dict[str, datetime]:
    """The deadlines that stand, by name."""
    each = {
        FIRST_RESPONSE: state.first_response_due_at,
        NEXT_RESPONSE: state.next_response_due_at,
        RESOLUTION: state.resolution_due_at,
    }
    return {name: due for name, due in each.items() if due is not None}


def deadlines_due(state: State, at: datetime) -> list[tuple[str, datetime]]:
    """The deadlines that have come by `at` and that nobody was called for yet, earliest first."""
    due = [(moment, name) for name, moment in standing(state).items() if moment <= at]
    return [(name, moment) for moment, name in sorted(due) if not state.called_for & BITS[name]]


def missed(state: State, name: str) -> None:
    """Count a missed deadline, once."""
    if not state.called_for & BITS[name]:
        state.called_for |= BITS[name]
        state.breaches += 1


def forgive(state: State, at: datetime) -> None:
    """After new targets: a deadline that lies ahead again may be called for again. What was missed stays counted."""
    for name, bit in BITS.items():
        due = standing(state).get(name)
        if due is not None and due > at:
            state.called_for &= ~bit
    choose_next(state)


def _keep_wait(before: State, after: State, at: datetime, calendars: Calendars, recalendared: bool) -> None:
    another = after.waiting_since is not None and before.waiting_since != after.waiting_since
    if after.wait_clock_since is not None and (not _wait_runs(after) or recalendared or another):
        after.waited_seconds += _seconds(before, after.wait_clock_since, at, calendars)
        after.wait_clock_since = None
        if not recalendared:
            _miss_if_past(before, after, FIRST_RESPONSE, before.first_response_due_at, at)
            _miss_if_past(before, after, NEXT_RESPONSE, before.next_response_due_at, at)
    if before.first_response_at is None and after.first_response_at is not None:
        after.first_response_seconds = after.waited_seconds
    if after.first_response_at is not None and (another or after.waiting_since is None):
        # The wait is over, or a new one begins: its deadline is another.
        after.waited_seconds = 0
        after.called_for &= ~BITS[NEXT_RESPONSE]


def _keep_work(before: State, after: State, at: datetime, calendars: Calendars, recalendared: bool) -> None:
    if after.clock_since is not None and (not _work_runs(after) or recalendared):
        after.worked_seconds += _seconds(before, after.clock_since, at, calendars)
        after.clock_since = None
        if not recalendared:
            _miss_if_past(before, after, RESOLUTION, before.resolution_due_at, at)
    if before.resolved_at is None and after.resolved_at is not None:
        after.resolution_seconds = after.worked_seconds


def _miss_if_past(before: State, after: State, name: str, due: datetime | None, at: datetime) -> None:
    """Too late, though the minute's bell had not rung yet: the count does not depend on how punctual a task is."""
    if due is not None and at > due:
        missed(after, name)


def _wait_runs(state: State) -> bool:
    turning = state.status_category in (WAITING_US, WAITING_CUSTOMER)
    return turning and state.waiting_since is not None and state.merged_into_id is None


def _work_runs(state: State) -> bool:
    return state.status_category == WAITING_US and state.merged_into_id is None


def _seconds(state: State, since: datetime, until: datetime, calendars: Calendars) -> int:
    if until <= since:
        return 0
    if state.calendar_id is None:  # before a policy was chosen: around the clock
        return int((until - since).total_seconds())
    return calendars(state.calendar_id).seconds_between(since, until)


def _due(
    state: State, since: datetime | None, minutes: int | None, counted: int, calendars: Calendars
) -> datetime | None:
    if since is None or minutes is None or state.calendar_id is None or state.status_category in (RESOLVED, CLOSED):
        return None
    try:
        return calendars(state.calendar_id).add(since, max(0, minutes * 60 - counted))
    except NeverOpens:  # a desk that never opens owes nothing by any time
        return None
