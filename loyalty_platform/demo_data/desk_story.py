"""The words that stories of the demo's desk are written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """What happens `after` so many minutes from the story's beginning.

    `do`: reply, says (the customer), note, pause, resolve, reopen, snooze (`number` hours from now), goodwill (`number` points,
    `reason`, `then` approved or declined by the owner; "" leaves it waiting), score (0: asked, not answered), merge and link
    (`text`: the other story's key). `by`: "owner", else whoever has the ticket.
    """

    after: int
    do: str
    text: str = ""
    number: int = 0
    reason: str = ""
    then: str = ""
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket. It begins `days` ago at the shop's `at`; without `at` so many `minutes_ago`.

    `about`: the category of goods, which also chooses a member who just bought there. `same_as`: of the same member and order
    as that story. `guest`: name and address of somebody who is no member. `recovery`: what became of the case that a low score
    opened.
    """

    key: str
    subject: str
    body: str
    category: str
    days: int = 0
    at: time | None = None
    minutes_ago: int = 0
    channel: str = "portal"
    about: str = ""
    same_as: str = ""
    guest: tuple[str, str] | None = None
    priority: str | None = None
    steps: Sequence[Step] = ()
    recovery: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """The post-mortem of the story `ticket`; `cause` is the name of a root cause. Days count back from today."""

    ticket: str
    cause: str
    summary: str
    action: str
    owner: str
    written_days_ago: int
    due_days_ago: int
    check_days_ago: int  # negative: still to come
    done_days_ago: int = 0  # 0: not done
    points: int = 0
    cost_minor: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """A shop's desk: its rule books, skills, macros (name, steps), how many of its best members have an advisor, stories."""

    stories: Sequence[Story]
    lessons: Sequence[Lesson] = ()
    macros: Sequence[tuple[str, Mapping[str, Any]]] = ()
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    skills: Sequence[str] = ()
    advised: int = 3


def reply(after: int, text: str, *, by: str = "") -> Step:
    return Step(after, "reply", text, by=by)


def says(after: int, text: str) -> Step:
    return Step(after, "says", text)


def note(after: int, text: str) -> Step:
    return Step(after, "note", text)


def resolve(after: int) -> Step:
    return Step(after, "resolve")


def score(after: int, number: int, text: str = "") -> Step:
    return Step(after, "score", text, number)


def goodwill(after: int, points: int, reason: str, text: str = "", *, then: str = "", note: str = "") -> Step:
    return Step(after, "goodwill", text, points, reason, then, note)


def old(key: str, days: int, at: str, subject: str, body: str, category: str, *steps: Step, **more: Any) -> Story:
    """A story that began `days` ago at `at` ("10:20")."""
    return Story(key, subject, body, category, days, time.fromisoformat(at), steps=steps, **more)


def new(key: str, minutes_ago: int, subject: str, body: str, category: str, *steps: Step, **more: Any) -> Story:
    """A story of today, whatever the hour."""
    return Story(key, subject, body, category, minutes_ago=minutes_ago, steps=steps, **more)
