"""A desk to begin with: every shop gets words, hours and rules in its own language, and changes them as it likes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext, pgettext

from aftersales.models import (
    CalendarVersion,
    DeskVersion,
    DocumentKind,
    Priority,
    RootCause,
    StatusCategory,
    TicketCategory,
    TicketCounter,
    TicketStatus,
)
from aftersales.queries.desk import DEFAULT_CALENDAR, desk_is_open
from aftersales.rules.care import CareDocument
from aftersales.rules.limits import LimitsDocument
from merchants.clock import now
from merchants.models import Actor, Merchant

WORKDAY, WEEKEND = [["09:00", "18:00"]], [["10:00", "17:00"]]
_HOUR, _DAY = 60, 9 * 60  # business minutes


@transaction.atomic
def open_desk(merchant: Merchant, *, by: Actor) -> bool:
    """Give the shop statuses, categories, causes, hours and rule books, unless it has a desk; whether it was made now."""
    if desk_is_open(merchant):
        return False
    # Whoever comes second waits for the first one's counter, and then finds the desk.
    TicketCounter.objects.bulk_create([TicketCounter(merchant=merchant)], ignore_conflicts=True)
    TicketCounter.objects.select_for_update(no_key=True).get(merchant=merchant)
    if desk_is_open(merchant):
        return False
    with translation.override(merchant.language):
        TicketStatus.objects.bulk_create(_statuses(merchant))
        TicketCategory.objects.bulk_create(_categories(merchant))
        _make_causes(merchant)
        CalendarVersion.objects.bulk_create([_calendar(merchant, by)])
        DeskVersion.objects.bulk_create(_documents(merchant, by))
    return True


def _statuses(merchant: Merchant) -> list[TicketStatus]:
    meaning = StatusCategory
    rows = [
        ("open", pgettext("ticket status", "To do"), meaning.WAITING_US, True),
        ("working", pgettext("ticket status", "In progress"), meaning.WAITING_US, False),
        ("asked", pgettext("ticket status", "Waiting for the customer"), meaning.WAITING_CUSTOMER, True),
        ("supplier", pgettext("ticket status", "Waiting for a supplier or carrier"), meaning.PAUSED, True),
        ("resolved", pgettext("ticket status", "Resolved"), meaning.RESOLVED, True),
        ("closed", pgettext("ticket status", "Closed"), meaning.CLOSED, True),
    ]
    return [
        TicketStatus(merchant=merchant, code=code, name=name, category=category, is_default=default, position=place)
        for place, (code, name, category, default) in enumerate(rows)
    ]


def _categories(merchant: Merchant) -> list[TicketCategory]:
    high, normal, low = Priority.HIGH, Priority.NORMAL, Priority.LOW
    rows = [
        ("delivery", pgettext("ticket category", "Delivery"), True, normal),
        ("damaged", pgettext("ticket category", "Damaged on arrival"), True, high),
        ("wrong_item", pgettext("ticket category", "Wrong or missing item"), True, high),
        ("quality", pgettext("ticket category", "Quality"), True, normal),
        ("refund", pgettext("ticket category", "Refund"), True, high),
        ("points", pgettext("ticket category", "Points and membership"), True, normal),
        ("service", pgettext("ticket category", "Our service"), True, high),
        ("question", pgettext("ticket category", "Question"), False, low),
        ("other", pgettext("ticket category", "Something else"), True, normal),
    ]
    return [
        TicketCategory(
            merchant=merchant, code=code, name=name, is_complaint=complaint, default_priority=priority, position=place
        )
        for place, (code, name, complaint, priority) in enumerate(rows)
    ]


def _make_causes(merchant: Merchant) -> None:
    tree: list[tuple[str, list[str]]] = [
        (pgettext("root cause", "Goods"), [
            pgettext("root cause", "Faulty batch"), pgettext("root cause", "Not as described"),
        ]),
        (pgettext("root cause", "Warehouse"), [
            pgettext("root cause", "Packed wrongly"), pgettext("root cause", "Packaging too weak"),
            pgettext("root cause", "Stock count wrong"),
        ]),
        (pgettext("root cause", "Carrier"), [
            pgettext("root cause", "Late"), pgettext("root cause", "Lost or damaged on the way"),
        ]),
        (pgettext("root cause", "Shop and systems"), [
            pgettext("root cause", "Product page"), pgettext("root cause", "Payment or points"),
        ]),
        (pgettext("root cause", "Service"), [
            pgettext("root cause", "Wrong answer"), pgettext("root cause", "Answered too late"),
        ]),
        (pgettext("root cause", "Customer's own mistake"), []),
    ]  # fmt: skip
    tops = RootCause.objects.bulk_create(
        RootCause(merchant=merchant, name=name, position=place) for place, (name, _below) in enumerate(tree)
    )
    RootCause.objects.bulk_create(
        RootCause(merchant=merchant, parent=top, name=name, position=place)
        for top, (_name, below) in zip(tops, tree, strict=True)
        for place, name in enumerate(below)
    )


def _calendar(merchant: Merchant, by: Actor) -> CalendarVersion:
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), WORKDAY) | dict.fromkeys(("sat", "sun"), WEEKEND)
    return CalendarVersion(
        merchant=merchant, code=DEFAULT_CALENDAR, number=1, name=gettext("Business hours"), zone=merchant.timezone,
        weekly=week, days={}, is_default=True, created_at=now(merchant), created_by=by.name,
    )  # fmt: skip


def _documents(merchant: Merchant, by: Actor) -> list[DeskVersion]:
    documents: dict[str, dict[str, Any]] = {
        DocumentKind.SLA: {
            "rules": [
                _rule(gettext("Urgent"), ["urgent"], _HOUR // 2, _HOUR, 4 * _HOUR),
                _rule(gettext("High priority"), ["high"], _HOUR, 2 * _HOUR, _DAY),
            ],
            "otherwise": _promise(4 * _HOUR, _DAY, 3 * _DAY),
        },
        DocumentKind.ROUTING: {"rules": []},
        DocumentKind.LIMITS: LimitsDocument().model_dump(mode="json"),
        DocumentKind.CARE: CareDocument().model_dump(mode="json"),
    }
    return [
        DeskVersion(
            merchant=merchant, kind=kind, number=1, document=document, published_at=now(merchant),
            published_by=by.name, note=gettext("A first proposal"),
        )
        for kind, document in documents.items()
    ]  # fmt: skip


def _rule(name: str, priorities: list[str], first: int, then: int, resolution: int) -> dict[str, Any]:
    return {
        "name": name,
        "tiers": [],
        "priorities": priorities,
        "categories": [],
        **_promise(first, then, resolution),
    }


def _promise(first: int, then: int, resolution: int) -> dict[str, Any]:
    return {
        "first_response_minutes": first,
        "next_response_minutes": then,
        "resolution_minutes": resolution,
        "calendar": DEFAULT_CALENDAR,
    }
