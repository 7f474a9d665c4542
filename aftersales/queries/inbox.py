"""The inbox: which tickets a person looks at, in what order, and how many there are. Made for a million of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from aftersales.models import OPEN_CATEGORIES, StatusCategory, Ticket
from aftersales.queries.tickets import tickets_of
from aftersales.rules.ticket_state import RANKS
from customers.queries import customer_ids_found
from merchants.clock import now
from merchants.models import Membership, Merchant

MOST_COUNTED = 999
"""A count stops after this many: whoever has more reads "999+"."""
_MOST_FOUND = 500
_OPEN = tuple(str(each) for each in OPEN_CATEGORIES)
_SETTLED = (str(StatusCategory.RESOLVED), str(StatusCategory.CLOSED))
RECENTLY = timedelta(days=7)

ORDERS: Mapping[str, tuple[str, ...]] = {
    "due": ("due_at", "id"),  # the earliest deadline first, those without one last
    "priority": ("priority_rank", "due_at", "id"),
    "latest": ("-last_message_at", "-id"),
    "newest": ("-opened_at", "-id"),
    "resolved": ("-resolved_at", "-id"),
}
"""Orders for keyset pages, each behind an index."""


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """All that are given must hold; what is empty does not narrow. `states` are StatusCategory values; ids are rows' ids.

    `snoozed`: False leaves out what sleeps, True shows nothing else, None both. `opened_until` is not included.
    """

    states: Sequence[str] = ()
    statuses: Sequence[int] = ()
    categories: Sequence[int] = ()
    priorities: Sequence[str] = ()
    channels: Sequence[str] = ()
    tiers: Sequence[str] = ()
    assignee: int | None = None
    unassigned: bool = False
    advisor: int | None = None
    customer: int | None = None
    order: int | None = None
    overdue: bool = False
    recovery: bool = False
    complaints: bool = False
    snoozed: bool | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    resolved_from: datetime | None = None
    text: str = ""

    def narrowed(self, **more: Any) -> InboxFilter:
        return replace(self, **more)


@dataclass(frozen=True, slots=True)
class View:
    """A view that every desk has: its name, what it shows and in which of ORDERS."""

    name: str
    wanted: InboxFilter
    order: str = "due"


def views_for(merchant: Merchant, membership: Membership | None) -> dict[str, View]:
    """The built-in views as this person sees them: mine, unassigned, overdue, open, waiting_customer, snoozed, recovery,
    resolved (within a week)."""
    awake = InboxFilter(states=_OPEN, snoozed=False)
    mine = membership.pk if membership is not None else 0
    views = [
        View("mine", awake.narrowed(assignee=mine)),
        View("unassigned", awake.narrowed(unassigned=True)),
        View("overdue", awake.narrowed(overdue=True)),
        View("open", awake),
        View("waiting_customer", InboxFilter(states=(str(StatusCategory.WAITING_CUSTOMER),), snoozed=False), "latest"),
        View("snoozed", InboxFilter(states=_OPEN, snoozed=True)),
        View("recovery", InboxFilter(states=_OPEN, recovery=True)),
        View("resolved", InboxFilter(states=_SETTLED, resolved_from=now(merchant) - RECENTLY), "resolved"),
    ]
    return {view.name: view for view in views}


def inbox(merchant: Merchant, wanted: InboxFilter) -> QuerySet[Ticket]:
    """The tickets that match, what lists show at hand, merged ones left out. Order it by one of ORDERS."""
    rows = _narrow(tickets_of(merchant).filter(merged_into__isnull=True), wanted)
    if wanted.overdue:
        rows = rows.filter(due_at__lte=now(merchant))
    if wanted.text.strip():
        rows = rows.filter(pk__in=ticket_ids_found(merchant, wanted.text))
    return rows


def view_counts(merchant: Merchant, membership: Membership | None) -> dict[str, int]:
    """{view: how many}, MOST_COUNTED + 1 for more than that; all of them in one statement."""
    counted: dict[str, QuerySet[Ticket]] = {}
    for name, view in views_for(merchant, membership).items():
        rows = _narrow(Ticket.objects.filter(merchant=merchant, merged_into__isnull=True), view.wanted)
        if view.wanted.overdue:
            rows = rows.filter(due_at__lte=now(merchant))
        counted[name] = rows
    return counts_of(counted)


def counts_of(counted: Mapping[str, QuerySet[Ticket]]) -> dict[str, int]:
    """{name: how many of its rows}, each capped, in one statement: for saved views too."""
    if not counted:
        return {}
    parts: list[str] = []
    params: list[Any] = []
    for rows in counted.values():
        sql, given = rows.order_by().values("pk")[: MOST_COUNTED + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) capped)")  # noqa: S608  # Django's own SQL, its values apart
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)  # Django's own SQL, its values apart
        row = cursor.fetchone()
    return dict(zip(counted, row or (), strict=True))


def ticket_ids_found(merchant: Merchant, text: str, *, limit: int = _MOST_FOUND) -> list[int]:
    """Tickets by number, by words of the subject, or by their customer or guest; the newest `limit` of them."""
    text = " ".join(text.replace("\x00", "").split())[:100]
    plain = text.lstrip("#")
    ways: list[tuple[str, list[Any]]] = []
    if plain.isascii() and plain.isdigit() and len(plain) < 19:
        ways.append(("number = %s", [int(plain)]))
    if len(text) >= 2:
        # Each word by its pairs of characters, then truly.
        for_words = " AND ".join(
            "aftersales_grams(merchant_id, subject) @> aftersales_grams(%s, %s) AND subject ILIKE %s"
            for _word in text.split()
        )
        ways.append(
            (for_words, [each for word in text.split() for each in (merchant.pk, word, f"%{_plain_like(word)}%")])
        )
        ways.append(("guest_contact <> '' AND guest_contact = %s", [text.lower()]))
    customers = customer_ids_found(merchant, text, limit=50)
    if customers:
        ways.append(("customer_id = ANY(%s)", [customers]))
    if not ways:
        return []
    parts = " UNION ".join(
        f"(SELECT id FROM aftersales_ticket WHERE merchant_id = %s AND {way} ORDER BY id DESC LIMIT %s)"  # noqa: S608  # ours
        for way, _given in ways
    )
    params = [value for _way, given in ways for value in (merchant.pk, *given, limit)]
    with connection.cursor() as cursor:
        cursor.execute(f"{parts} ORDER BY id DESC LIMIT %s", [*params, limit])
        return [pk for (pk,) in cursor.fetchall()]


def _narrow(rows: QuerySet[Ticket], wanted: InboxFilter) -> QuerySet[Ticket]:
    if wanted.states:
        rows = rows.filter(status_category__in=list(wanted.states))
    if wanted.unassigned:
        rows = rows.filter(assignee__isnull=True)
    if wanted.snoozed is not None:
        rows = rows.filter(snoozed_until__isnull=not wanted.snoozed)
    if wanted.recovery:
        rows = rows.filter(is_recovery=True)
    if wanted.complaints:
        rows = rows.filter(is_complaint=True)
    ranks = [RANKS[each] for each in wanted.priorities if each in RANKS]
    given = {
        "status__in": wanted.statuses, "category__in": wanted.categories,
        "priority_rank__in": ranks if wanted.priorities else None,
        "channel__in": wanted.channels, "tier__in": wanted.tiers, "assignee": wanted.assignee,
        "advisor": wanted.advisor, "customer": wanted.customer, "order": wanted.order,
        "opened_at__gte": wanted.opened_from, "opened_at__lt": wanted.opened_until,
        "resolved_at__gte": wanted.resolved_from,
    }  # fmt: skip
    return rows.filter(
        **{name: value for name, value in given.items() if value is not None and value != () and value != []}
    )


def _plain_like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
