"""Which open tickets new service levels, new hours or a new tier would move, and to when. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from aftersales.models import DocumentKind, Ticket
from aftersales.queries.desk import calendar_of, calendar_version, calendars_in_force, find_document
from aftersales.queries.history import state_of
from aftersales.queries.people import open_tickets_of
from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.history import Happened, Kind, State, fold
from aftersales.rules.sla import SlaDocument, targets_for
from merchants.clock import now
from merchants.models import Merchant

MOST_SHOWN = 200
DRAFT = 0  # the id of a version that is not published yet


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When a ticket's promises fall due; None: nothing stands."""

    first_response: datetime | None
    next_response: datetime | None
    resolution: datetime | None

    @property
    def next(self) -> datetime | None:
        """The earliest of them."""
        return min((due for due in (self.first_response, self.next_response, self.resolution) if due), default=None)


@dataclass(frozen=True, slots=True)
class MovedTicket:
    """An open ticket whose deadlines change."""

    ticket: Ticket
    before: Deadlines
    after: Deadlines
    becomes_late: bool  # what lay ahead lies behind


@dataclass(frozen=True, slots=True)
class DeskRules:
    """Service levels with the calendars that they name: those in force, or with a draft in place of one of them."""

    sla_version: int
    document: SlaDocument
    calendar_ids: Mapping[str, int]
    fallback_calendar: int
    merchant: Merchant
    draft_calendar: BusinessCalendar | None = None

    def payload(self, ticket: Ticket, *, tier: str | None = None) -> dict[str, int | str | None]:
        """What the ticket is promised, as a `targeted` event says it; for another tier than the one it was chosen by."""
        tier = ticket.tier if tier is None else tier
        targets = targets_for(self.document, tier=tier, priority=ticket.priority, category=ticket.category.code)
        calendar = self.calendar_ids.get(targets.calendar_code, self.fallback_calendar)
        return {
            "sla_version": self.sla_version, "calendar": calendar, "first": targets.first_response_minutes,
            "next": targets.next_response_minutes, "resolution": targets.resolution_minutes, "tier": tier,
        }  # fmt: skip

    def calendar(self, version_id: int) -> BusinessCalendar:
        if version_id == DRAFT and self.draft_calendar is not None:
            return self.draft_calendar
        return calendar_of(self.merchant, version_id)


def rules_in_force(merchant: Merchant) -> DeskRules | None:
    """None while nothing is published."""
    found = find_document(merchant, DocumentKind.SLA)
    if found is None:
        return None
    version, document = found
    assert isinstance(document, SlaDocument)
    calendars = {each.code: each.pk for each in calendars_in_force(merchant)}
    return DeskRules(version.pk, document, calendars, calendar_version(merchant, "").pk, merchant)


def differs(ticket: Ticket, promise: Mapping[str, int | str | None]) -> bool:
    """Whether the ticket was promised something else than this."""
    return (
        ticket.calendar_id != promise["calendar"]
        or ticket.first_response_target != promise["first"]
        or ticket.next_response_target != promise["next"]
        or ticket.resolution_target != promise["resolution"]
        or ticket.tier != promise["tier"]
    )


def differing(rules: DeskRules) -> QuerySet[Ticket]:
    """Open tickets that were promised something else than the rules promise: one condition for each combination in use."""
    everything = open_tickets_of(rules.merchant)
    wrong = Q(pk__in=[])
    for ticket in _combinations(everything):
        promise = rules.payload(ticket)
        same = Q(
            calendar=promise["calendar"], first_response_target=promise["first"],
            next_response_target=promise["next"], resolution_target=promise["resolution"],
        )  # fmt: skip
        wrong |= Q(tier=ticket.tier, priority=ticket.priority, category=ticket.category_id) & ~same
    return everything.filter(wrong).select_related("category", "customer").order_by("pk")


def _combinations(tickets: QuerySet[Ticket]) -> Iterator[Ticket]:
    """One ticket, in memory only, for each tier, priority and category among `tickets`."""
    names = ("tier", "priority", "category")
    categories = {each.category_id: each.category for each in tickets.select_related("category").distinct("category")}
    for tier, priority, category_id in tickets.order_by().values_list(*names).distinct():
        yield Ticket(tier=tier, priority=priority, category=categories[category_id])


def preview_sla(merchant: Merchant, document: SlaDocument, *, most: int = MOST_SHOWN) -> list[MovedTicket]:
    """Open tickets that publishing `document` now would move, oldest first, up to `most`."""
    rules = rules_in_force(merchant)
    return [] if rules is None else moved_by(replace(rules, sla_version=DRAFT, document=document), most=most)


def preview_calendar(
    merchant: Merchant, code: str, calendar: BusinessCalendar, *, most: int = MOST_SHOWN
) -> list[MovedTicket]:
    """Open tickets that publishing these hours for the calendar `code` now would move."""
    rules = rules_in_force(merchant)
    if rules is None:
        return []
    fallback = DRAFT if rules.calendar_ids.get(code) == rules.fallback_calendar else rules.fallback_calendar
    ids = {**rules.calendar_ids, code: DRAFT}
    draft = replace(rules, calendar_ids=ids, fallback_calendar=fallback, draft_calendar=calendar)
    return moved_by(draft, most=most)


def moved_by(rules: DeskRules, *, most: int) -> list[MovedTicket]:
    at = now(rules.merchant)
    moved: list[MovedTicket] = []
    for ticket in differing(rules).iterator(chunk_size=500):
        before = state_of(ticket)
        told = Happened(Kind.TARGETED, rules.payload(ticket), max(at, before.updated_at), before.last_event + 1)
        after = fold(before, told, calendars=rules.calendar)
        was, will_be = deadlines_of(before), deadlines_of(after)
        if was == will_be:
            continue
        late = will_be.next is not None and will_be.next <= at and (was.next is None or was.next > at)
        moved.append(MovedTicket(ticket, was, will_be, late))
        if len(moved) >= most:
            break
    return moved


def deadlines_of(state: State | Ticket) -> Deadlines:
    return Deadlines(state.first_response_due_at, state.next_response_due_at, state.resolution_due_at)
