"""A ticket's history in words: for staff every move, for the customer what concerns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.models import GrantState, Priority, StatusCategory, TicketEvent
from aftersales.rules.history import Kind
from merchants.rules.figures import format_moment

DEADLINES = {
    "first_response": gettext_lazy("First reply"),
    "next_response": gettext_lazy("Next reply"),
    "resolution": gettext_lazy("Solution"),
}
_ICONS = {
    Kind.OPENED: "ticket",
    Kind.REPLIED: "reply",
    Kind.NOTED: "lock",
    Kind.STATUS_SET: "circle-check",
    Kind.FIELDS_SET: "pencil",
    Kind.ASSIGNED: "user-check",
    Kind.TARGETED: "timer",
    Kind.SNOOZED: "alarm-clock",
    Kind.WOKE: "bell",
    Kind.MERGED: "merge",
    Kind.UNMERGED: "undo-2",
    Kind.MERGED_IN: "merge",
    Kind.SPLIT: "split",
    Kind.LINKED: "link",
    Kind.ESCALATED: "circle-alert",
    Kind.GRANTED: "gift",
    Kind.RATED: "star",
    Kind.POST_MORTEM_WRITTEN: "notebook-pen",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event as people read it. `alarm`: something was missed."""

    icon: str
    text: str
    who: str
    when: datetime
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What the shop calls its rows, by id."""

    statuses: Mapping[int, str]
    categories: Mapping[int, str]


def is_told(event: TicketEvent, *, to_staff: bool) -> bool:
    """Whether the event stands between the messages. Customers read how it ended; that it is their turn stands on top."""
    return to_staff or event.payload.get("meaning") in (StatusCategory.RESOLVED, StatusCategory.CLOSED)


def line_of(event: TicketEvent, names: Names, *, to_staff: bool = True) -> Line:
    """The event in one line. A customer reads what a status means, never the shop's own word for it."""
    text = _sentence(Kind(event.kind), event.payload, names, to_staff)
    alarm = event.kind == Kind.ESCALATED
    # What follows by itself from a customer's message or from the rules is nobody's deed.
    who = event.actor_name if to_staff and event.actor_kind in ("staff", "api_key") else ""
    return Line(_ICONS[Kind(event.kind)], text, who, event.occurred_at, alarm)


def _sentence(kind: Kind, told: Mapping[str, Any], names: Names, to_staff: bool) -> str:
    number = {"number": told.get("number", "")}
    match kind:
        case Kind.STATUS_SET:
            return _status(told, names, to_staff)
        case Kind.FIELDS_SET:
            return _fields(told, names)
        case Kind.ASSIGNED:
            return _assigned(told)
        case Kind.SNOOZED:
            until = format_moment(datetime.fromisoformat(told["until"]), tz=timezone.get_current_timezone())
            return _("Set aside until %(until)s") % {"until": until}
        case Kind.MERGED:
            return _("Merged into #%(number)s") % number
        case Kind.UNMERGED:
            return _("Separated from #%(number)s again") % number
        case Kind.MERGED_IN:
            return _("#%(number)s was merged into this ticket") % number
        case Kind.SPLIT:
            return _("#%(number)s was split off") % number
        case Kind.LINKED:
            return _link(told) % number
        case Kind.ESCALATED:
            return _("Deadline missed: %(deadline)s") % {"deadline": DEADLINES.get(told["deadline"], told["deadline"])}
        case Kind.GRANTED:
            return _grant(told)
        case Kind.RATED:
            return _("Rated %(score)s of 5") % {"score": told.get("score", "–")}
        case _:
            return str(_PLAIN[kind])


_PLAIN = {
    Kind.OPENED: gettext_lazy("Opened"),
    Kind.REPLIED: gettext_lazy("Answered"),
    Kind.NOTED: gettext_lazy("Note added"),
    Kind.TARGETED: gettext_lazy("Service levels chosen"),
    Kind.WOKE: gettext_lazy("Back from being set aside"),
    Kind.POST_MORTEM_WRITTEN: gettext_lazy("Post-mortem written"),
}


def _assigned(told: Mapping[str, Any]) -> str:
    if not told.get("name"):
        return _("Nobody's now")
    if told.get("reason") == "advisor":
        return _("Assigned to %(name)s, the customer's advisor") % {"name": told["name"]}
    return _("Assigned to %(name)s") % {"name": told["name"]}


def _link(told: Mapping[str, Any]) -> str:
    if not told.get("gone"):
        return _("Linked to #%(number)s")
    if told.get("kind") == "merged":
        return _("#%(number)s stands by itself again")
    return _("No longer linked to #%(number)s")


def _status(told: Mapping[str, Any], names: Names, to_staff: bool) -> str:
    meaning = str(StatusCategory(told["meaning"]).label)
    if not to_staff:
        return meaning
    return _("Status: %(name)s") % {"name": names.statuses.get(told["status"], meaning)}


def _fields(told: Mapping[str, Any], names: Names) -> str:
    parts = []
    if "subject" in told:
        parts.append(_("Subject: %(subject)s") % {"subject": told["subject"]})
    if "category" in told:
        parts.append(_("Category: %(name)s") % {"name": names.categories.get(told["category"], "–")})
    if "priority" in told:
        parts.append(_("Priority: %(name)s") % {"name": Priority(told["priority"]).label})
    if "order" in told:
        parts.append(_("Order changed"))
    return get_text_list(parts, _("and")) if parts else _("Changed")


def _grant(told: Mapping[str, Any]) -> str:
    points = {"points": told.get("points", 0)}
    state = told.get("state")
    if state == GrantState.POSTED:
        return _("%(points)s points as goodwill") % points
    if state == GrantState.DECLINED:
        return _("%(points)s points of goodwill declined") % points
    return _("%(points)s points of goodwill wait for a second person") % points
