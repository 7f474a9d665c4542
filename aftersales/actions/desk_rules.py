"""Publishing the desk's rule books and hours. What was published never changes; what follows from it for open tickets comes
a moment later, by itself (subscribers.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ValidationError

from aftersales.actions.desk_opening import open_desk
from aftersales.errors import DraftOutdated
from aftersales.facts import CalendarPublished, DeskPublished
from aftersales.models import CalendarVersion, DeskVersion
from aftersales.queries.desk import (
    calendars_in_force,
    categories_of,
    versions_of_calendar,
    versions_of_document,
)
from aftersales.queries.people import workers_of
from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.documents import Document, read_document
from aftersales.rules.faults import Fault
from aftersales.rules.routing import RoutingDocument
from aftersales.rules.sla import SlaDocument
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValue, InvalidValues
from merchants.models import Actor, Merchant

# What calendars refuse, worded by the code of the fault.
CALENDAR_FAULTS: Mapping[str, str | Promise] = {
    "calendar_zone": _("There is no time zone “%(zone)s”."),
    "calendar_weekday": _("This is no day of the week."),
    "calendar_date": _("This is no date: write it like 2026-10-01."),
    "calendar_period": _("Write hours like 09:00–12:00, 13:30–18:00; 24:00 is midnight."),
    "calendar_overlap": _("Two of these periods overlap."),
    "calendar_crowded": _("At most %(limit)s."),
    "calendar_empty": _("A calendar is open at least once a week or on one day."),
}
# What the rule books refuse themselves, by the code of the fault: theirs are English and for developers.
RULE_FAULTS: Mapping[str, str | Promise] = {
    "rule_unreachable": _("A rule for every ticket comes last."),
    "rule_does_nothing": _("A rule changes something: priority, category or who gets it."),
    "string_too_short": _("This field is required."),
    "too_long": _("There are too many."),
}
_ANY: str | Promise = _("This value is not valid.")


@transaction.atomic
def publish_document(
    merchant: Merchant,
    kind: str,
    document: Mapping[str, Any] | BaseModel,
    *,
    note: str = "",
    by: Actor,
    after: int | None = None,
) -> DeskVersion:
    """Put a new version of a rule book (DocumentKind) into force. What is in force already is not published again.

    `after`: the number of the version that the change was made on; DraftOutdated when it is not in force any more. Raises
    InvalidValues, each with its pointer into the document. Open tickets are moved to new service levels afterwards.
    """
    open_desk(merchant, by=by)
    checked = check_document(merchant, kind, document)
    latest = versions_of_document(merchant, kind).select_for_update(no_key=True).first()
    if latest is not None:
        # Whoever waited for the lock looks again: there may be a newer one.
        latest = versions_of_document(merchant, kind).first()
    number = latest.number if latest is not None else 0
    if after is not None and after != number:
        raise DraftOutdated()
    written = checked.model_dump(mode="json")
    if latest is not None and read_document(kind, latest.document) == checked:
        return latest
    version = DeskVersion.objects.create(
        merchant=merchant, kind=kind, number=number + 1, document=written, published_at=now(merchant),
        published_by=by.name[:120], note=note.strip()[:200],
    )  # fmt: skip
    record(merchant, DeskPublished(kind, version.number, version.note), about=version, by=by)
    return version


def check_document(merchant: Merchant, kind: str, document: Mapping[str, Any] | BaseModel) -> Document:
    """A document as typed rules that name only what the shop has. Raises InvalidValues."""
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    try:
        checked = read_document(kind, plain)
    except ValidationError as error:
        faults = [
            InvalidValue(
                ".".join(str(part) for part in fault["loc"]), RULE_FAULTS.get(fault["type"], _ANY), code=fault["type"]
            )
            for fault in error.errors(include_url=False, include_context=False)
        ]
        raise InvalidValues(faults) from error
    found = list(_strangers(merchant, checked))
    if found:
        raise InvalidValues(found)
    return checked


def _strangers(merchant: Merchant, document: Document) -> Iterable[InvalidValue]:
    """Faults for names that the shop does not have."""
    if isinstance(document, SlaDocument):
        calendars = {each.code for each in calendars_in_force(merchant)}
        for place, promise in enumerate(document.promises()):
            if promise.calendar not in calendars:
                part = f"rules.{place}" if place < len(document.rules) else "otherwise"
                yield InvalidValue(f"{part}.calendar", _("There is no such calendar."), code="unknown")
        for place, rule in enumerate(document.rules):
            yield from _categories(merchant, f"rules.{place}.categories", rule.categories)
    elif isinstance(document, RoutingDocument):
        workers = set(workers_of(merchant).values_list("pk", flat=True))
        for place, routing in enumerate(document.rules):
            yield from _categories(merchant, f"rules.{place}.when.categories", routing.when.categories)
            then = routing.then
            if then.category is not None:
                yield from _categories(merchant, f"rules.{place}.then.category", [then.category])
            if then.assignee is not None and then.assignee not in workers:
                problem = _("This person's role does not let them work on tickets.")
                yield InvalidValue(f"rules.{place}.then.assignee", problem, code="not_an_agent")


def _categories(merchant: Merchant, place: str, codes: Iterable[str]) -> Iterable[InvalidValue]:
    codes = set(codes)
    if codes and codes - set(categories_of(merchant, archived=True).values_list("code", flat=True)):
        yield InvalidValue(place, _("There is no such category."), code="unknown")


@transaction.atomic
def publish_calendar(
    merchant: Merchant,
    *,
    code: str = "",
    name: str,
    zone: str,
    weekly: Mapping[str, list[list[str]]],
    days: Mapping[str, Mapping[str, Any]],
    by: Actor,
    after: int | None = None,
) -> CalendarVersion:
    """A new version of the hours called `code` ("": a new calendar, named after `name`). The shapes are CalendarVersion's.

    Raises InvalidValue with the place of a fault (`weekly.mon`, `days.2026-10-01`, `zone`), DraftOutdated when `after` is
    not the newest version's number. Open tickets that these hours count for are moved afterwards.
    """
    open_desk(merchant, by=by)
    check_hours(zone, weekly, days)
    code = code or _free_code(merchant, name)
    latest = versions_of_calendar(merchant, code).select_for_update(no_key=True).first()
    if latest is not None:
        latest = versions_of_calendar(merchant, code).first()
    number = latest.number if latest is not None else 0
    if after is not None and after != number:
        raise DraftOutdated()
    written = {
        "name": name.strip()[:60] or code,
        "zone": zone,
        "weekly": dict(weekly),
        "days": {day: dict(days[day]) for day in sorted(days)},
    }
    if latest is not None and all(getattr(latest, field) == value for field, value in written.items()):
        return latest
    version = CalendarVersion.objects.create(
        merchant=merchant, code=code, number=number + 1, is_default=latest.is_default if latest else False,
        created_at=now(merchant), created_by=by.name[:120], **written,
    )  # fmt: skip
    record(merchant, CalendarPublished(code, version.name, version.number), about=version, by=by)
    return version


def check_hours(
    zone: str, weekly: Mapping[str, list[list[str]]], days: Mapping[str, Mapping[str, Any]]
) -> BusinessCalendar:
    """Hours as rules. Raises InvalidValue at the place of the fault."""
    try:
        return BusinessCalendar.read(zone, weekly, days)
    except Fault as fault:
        part = fault.place if fault.place in ("zone", "days", "") else _part(fault.place)
        message = CALENDAR_FAULTS[fault.code]
        raise InvalidValue(part or "weekly", message, code=fault.code, **fault.details) from fault


def _part(place: str) -> str:
    return f"days.{place}" if place[:1].isdigit() else f"weekly.{place}"


def _free_code(merchant: Merchant, name: str) -> str:
    taken = set(CalendarVersion.objects.filter(merchant=merchant).values_list("code", flat=True))
    wished = slugify(name)[:30] or "hours"
    return next(each for each in (wished, *(f"{wished}-{n}" for n in range(2, 1000))) if each not in taken)
