"""The history of a ticket, and what it amounts to: one fold for the living verb and for the rebuild.

Each verb appends events; nothing else changes a ticket. `fold` takes the state so far and one event, and gives the state
after it. Ids and moments stand in the payloads (JSON), so that the history alone tells everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.clocks import choose_next, deadlines_due, forgive, keep_clocks, missed, standing
from aftersales.rules.ticket_state import CLOSED, COLUMNS, RANKS, SETTLED, WAITING_US, State

__all__ = ["COLUMNS", "Happened", "Kind", "Side", "State", "deadlines_due", "fold", "rebuilt", "standing"]


class Kind(StrEnum):
    """What can happen to a ticket; beside each, what its payload holds.

    Moments are ISO 8601; `category`, `status`, `assignee`, `order`, … are ids of rows.
    """

    OPENED = "opened"  # subject, category, is_complaint, priority, status, meaning, order, side, speaks, message
    REPLIED = "replied"  # side, message
    NOTED = "noted"  # message
    STATUS_SET = "status_set"  # status, meaning; before, why: for readers
    FIELDS_SET = "fields_set"  # some of subject, category (with is_complaint), priority, order
    ASSIGNED = "assigned"  # assignee, perhaps advisor; reason, name: for readers
    TARGETED = "targeted"  # sla_version, calendar, first, next, resolution (minutes or null), tier
    SNOOZED = "snoozed"  # until
    WOKE = "woke"
    MERGED = "merged"  # into, number
    UNMERGED = "unmerged"  # into, number: where it was
    MERGED_IN = "merged_in"  # other, number; waiting: since when its customer waits, or null
    SPLIT = "split"  # new, number, messages
    LINKED = "linked"  # other, number, kind; gone: the link was taken away
    ESCALATED = "escalated"  # deadline, due_at
    GRANTED = "granted"
    RATED = "rated"
    POST_MORTEM_WRITTEN = "post_mortem_written"


class Side(StrEnum):
    """Who speaks: what a system says answers nobody and asks nothing."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the history."""

    kind: str
    payload: Mapping[str, Any]
    at: datetime
    sequence: int


Calendars = Callable[[int], BusinessCalendar]


def fold(state: State | None, event: Happened, *, calendars: Calendars) -> State:
    """The state after `event`. `state` None: the ticket's first event, which is `opened`."""
    if state is None:
        after = _opened(event)
    else:
        after = replace(state)
        if change := _CHANGES.get(event.kind):
            change(after, event)
    after.last_event, after.updated_at = event.sequence, event.at
    if event.kind in _CLOCKS_STAND_BY:
        choose_next(after)
        return after
    keep_clocks(state, after, event.at, calendars)
    if event.kind == Kind.TARGETED:
        forgive(after, event.at)
    return after


def rebuilt(events: Iterable[Happened], *, calendars: Calendars) -> State | None:
    """The state that a whole history amounts to; None for no history."""
    state: State | None = None
    for event in events:
        state = fold(state, event, calendars=calendars)
    return state


def _opened(event: Happened) -> State:
    told = event.payload
    speaks = told.get("speaks", True)
    state = State(
        subject=told["subject"],
        category_id=told["category"],
        is_complaint=told["is_complaint"],
        priority=told["priority"],
        priority_rank=RANKS[told["priority"]],
        status_id=told["status"],
        status_category=told["meaning"],
        updated_at=event.at,
        order_id=told.get("order"),
        waiting_since=None if told["meaning"] in SETTLED else event.at,
    )
    if speaks:
        state.reply_count, state.last_message_at = 1, event.at
        if told["side"] == Side.CUSTOMER:
            state.last_customer_at = event.at
    return state


def _replied(state: State, event: Happened) -> None:
    state.reply_count += 1
    state.last_message_at = event.at
    side = event.payload["side"]
    if side == Side.CUSTOMER:
        state.last_customer_at, state.snoozed_until = event.at, None
        if state.waiting_since is None:
            state.waiting_since = event.at
    elif side == Side.STAFF:
        state.last_staff_at, state.waiting_since = event.at, None
        if state.first_response_at is None:
            state.first_response_at = event.at


def _status_set(state: State, event: Happened) -> None:
    was, meaning = state.status_category, event.payload["meaning"]
    state.status_id, state.status_category = event.payload["status"], meaning
    if meaning in SETTLED:
        state.waiting_since = state.snoozed_until = None
        state.resolved_at = state.resolved_at or event.at
        if meaning == CLOSED:
            state.closed_at = event.at
        elif was == CLOSED:
            state.closed_at = None
    elif was in SETTLED:
        state.reopened_count += 1
        state.resolved_at = state.closed_at = None
        state.resolution_seconds = None
        if meaning == WAITING_US and state.waiting_since is None:
            state.waiting_since = event.at


def _fields_set(state: State, event: Happened) -> None:
    told = event.payload
    if "subject" in told:
        state.subject = told["subject"]
    if "category" in told:
        state.category_id, state.is_complaint = told["category"], told["is_complaint"]
    if "priority" in told:
        state.priority, state.priority_rank = told["priority"], RANKS[told["priority"]]
    if "order" in told:
        state.order_id = told["order"]


def _assigned(state: State, event: Happened) -> None:
    state.assignee_id = event.payload["assignee"]
    if "advisor" in event.payload:
        state.advisor_id = event.payload["advisor"]


def _targeted(state: State, event: Happened) -> None:
    told = event.payload
    state.sla_version_id, state.calendar_id, state.tier = told["sla_version"], told["calendar"], told["tier"]
    state.first_response_target = told["first"]
    state.next_response_target = told["next"]
    state.resolution_target = told["resolution"]


def _snoozed(state: State, event: Happened) -> None:
    state.snoozed_until = datetime.fromisoformat(event.payload["until"])


def _woke(state: State, event: Happened) -> None:
    state.snoozed_until = None


def _merged(state: State, event: Happened) -> None:
    state.merged_into_id, state.snoozed_until = event.payload["into"], None


def _unmerged(state: State, event: Happened) -> None:
    state.merged_into_id = None


def _merged_in(state: State, event: Happened) -> None:
    waiting = event.payload.get("waiting")
    if waiting is not None and state.waiting_since is None and state.status_category not in SETTLED:
        # The other ticket's customer has no answer yet: now this one owes it.
        state.waiting_since = datetime.fromisoformat(waiting)


def _escalated(state: State, event: Happened) -> None:
    missed(state, event.payload["deadline"])
    state.escalation_level += 1


_CHANGES: Mapping[str, Callable[[State, Happened], None]] = {
    Kind.REPLIED: _replied,
    Kind.STATUS_SET: _status_set,
    Kind.FIELDS_SET: _fields_set,
    Kind.ASSIGNED: _assigned,
    Kind.TARGETED: _targeted,
    Kind.SNOOZED: _snoozed,
    Kind.WOKE: _woke,
    Kind.MERGED: _merged,
    Kind.UNMERGED: _unmerged,
    Kind.MERGED_IN: _merged_in,
    Kind.ESCALATED: _escalated,
}
# They change nothing that a clock looks at.
_CLOCKS_STAND_BY = frozenset(
    {
        Kind.NOTED, Kind.FIELDS_SET, Kind.ASSIGNED, Kind.SNOOZED, Kind.WOKE, Kind.SPLIT, Kind.LINKED, Kind.ESCALATED,
        Kind.GRANTED, Kind.RATED, Kind.POST_MORTEM_WRITTEN,
    }
)  # fmt: skip
