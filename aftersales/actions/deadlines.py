"""The minute's bell: calls for deadlines that passed, and wakes tickets that slept long enough.

Both look only at what is due: the moments are stored and indexed. Any number of bells may ring at once; rows that another one
holds are left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from aftersales.actions.history import NewEvent, lock_tickets, write_history
from aftersales.models import OPEN_CATEGORIES, Ticket
from aftersales.queries.history import state_of
from aftersales.rules.history import Kind, deadlines_due
from merchants.clock import now, world_now
from merchants.models import SYSTEM, Merchant

CHUNK = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Clock:
    """One kind of moment: its column, and what is appended when it has come."""

    column: str
    events: Callable[[Ticket, datetime], list[NewEvent]]


def ring_deadlines(at: datetime | None = None) -> int:
    """Call for every deadline that has come by `at` (None: now): each once, ever. How many."""
    return _ring(_Clock("next_due_at", _escalations), at)


def wake_snoozed(at: datetime | None = None) -> int:
    """Bring back every ticket whose sleep has ended by `at`; how many."""
    return _ring(_Clock("snoozed_until", _waking), at)


def _escalations(ticket: Ticket, at: datetime) -> list[NewEvent]:
    return [
        NewEvent(Kind.ESCALATED, {"deadline": deadline, "due_at": due_at.isoformat()})
        for deadline, due_at in deadlines_due(state_of(ticket), at)
    ]


def _waking(ticket: Ticket, at: datetime) -> list[NewEvent]:
    return [NewEvent(Kind.WOKE)] if ticket.snoozed_until is not None and ticket.snoozed_until <= at else []


def _ring(clock: _Clock, at: datetime | None) -> int:
    at = at or world_now()
    # No shop's clock runs behind the world's. Those ahead of it (test shops that were moved) have more due.
    rung = _ring_for(clock, at, None)
    for merchant in Merchant.objects.filter(clock_offset__gt=timedelta(0)).order_by("pk"):
        rung += _ring_for(clock, at, merchant)
    return rung


def _ring_for(clock: _Clock, at: datetime, merchant: Merchant | None) -> int:
    rung, stuck = 0, set[int]()
    while True:
        with transaction.atomic():
            due = _claim(clock.column, at, merchant, stuck)
            for shop, ids in due.items():
                rung += _ring_tickets(clock, shop, ids, at, stuck)
        if not due:
            return rung


def _claim(column: str, at: datetime, merchant: Merchant | None, stuck: Collection[int]) -> dict[Merchant, list[int]]:
    """The next due tickets that nobody else holds, locked, by shop."""
    until = at if merchant is None else at + merchant.clock_offset
    within = "" if merchant is None else "AND merchant_id = %(merchant)s AND status_category = ANY (%(open)s)"
    # Across all shops the index of what is due is read; in one shop that of its open tickets by their due moments.
    query = f"""
        SELECT id, merchant_id FROM aftersales_ticket
        WHERE {column} <= %(until)s {within} AND NOT id = ANY (%(stuck)s)
        ORDER BY {column} LIMIT %(chunk)s FOR NO KEY UPDATE SKIP LOCKED
    """  # noqa: S608  # both parts are words of this file
    known: dict[str, Any] = {
        "merchant": merchant.pk if merchant else None,
        "open": list(OPEN_CATEGORIES),
        "stuck": sorted(stuck),
    }
    with connection.cursor() as cursor:
        cursor.execute(query, {**known, "until": until, "chunk": CHUNK})
        rows = cursor.fetchall()
    shops = Merchant.objects.defer("logo").in_bulk({shop for _id, shop in rows})
    due: dict[Merchant, list[int]] = {}
    for number, shop in rows:
        due.setdefault(shops[shop], []).append(number)
    return due


def _ring_tickets(clock: _Clock, merchant: Merchant, ids: list[int], at: datetime, stuck: set[int]) -> int:
    present = at + merchant.clock_offset
    rung = 0
    for ticket in lock_tickets(merchant, ids).values():
        events = clock.events(ticket, present)
        try:
            with transaction.atomic():
                write_history(ticket, events, by=SYSTEM, at=min(present, now(merchant)))
        except Exception:  # one ticket that cannot be told must not silence all the others
            log.exception("ticket_clock_stuck", ticket=ticket.pk, merchant=merchant.slug, clock=clock.column)
            stuck.add(ticket.pk)
            continue
        rung += len(events)
        if not events:
            stuck.add(ticket.pk)  # asked for, and nothing to tell: not again in this round
    return rung
