"""How the desk works: its words, its rule books in force, its hours, its people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import F, Q, QuerySet

from aftersales.models import (
    CalendarVersion,
    DeskVersion,
    DocumentKind,
    InboxView,
    Macro,
    RootCause,
    TicketCategory,
    TicketStatus,
)
from aftersales.rules.calendars import BusinessCalendar
from aftersales.rules.documents import Document, read_document
from aftersales.rules.routing import RoutingDocument
from aftersales.rules.sla import SlaDocument, Targets, targets_for
from customers.models import Customer
from loyalty.models import TierStanding
from merchants.errors import NotFound
from merchants.models import Membership, Merchant

DEFAULT_CALENDAR = "default"


def desk_is_open(merchant: Merchant) -> bool:
    """Whether the shop has a desk: `open_desk` makes all of it at once."""
    return TicketStatus.objects.filter(merchant=merchant).exists()


def statuses_of(merchant: Merchant, *, archived: bool = False) -> QuerySet[TicketStatus]:
    """The shop's statuses in its own order; those in use, or with `archived` all."""
    statuses = TicketStatus.objects.filter(merchant=merchant).order_by("position", "id")
    return statuses if archived else statuses.filter(archived_at=None)


def default_status(merchant: Merchant, category: str) -> TicketStatus:
    """The status that actions use for a meaning (StatusCategory). NotFound while the shop has no desk."""
    found = TicketStatus.objects.filter(merchant=merchant, category=category, is_default=True).first()
    if found is None:
        raise NotFound()
    return found


def categories_of(
    merchant: Merchant, *, archived: bool = False, member_visible: bool | None = None
) -> QuerySet[TicketCategory]:
    """What tickets are about, in the shop's own order."""
    categories = TicketCategory.objects.filter(merchant=merchant).order_by("position", "id")
    if member_visible is not None:
        categories = categories.filter(member_visible=member_visible)
    return categories if archived else categories.filter(archived_at=None)


def causes_of(merchant: Merchant, *, archived: bool = False) -> QuerySet[RootCause]:
    """The shop's tree of root causes, parents in hand; parents before their children within a level."""
    causes = RootCause.objects.filter(merchant=merchant).select_related("parent").order_by("position", "id")
    return causes if archived else causes.filter(archived_at=None)


@dataclass(frozen=True, slots=True)
class CauseNode:
    """A cause at its depth in the tree (0: the top)."""

    cause: RootCause
    depth: int


def cause_tree(merchant: Merchant, *, archived: bool = False) -> list[CauseNode]:
    """The causes as one reads a tree: each followed by what hangs on it. Below an archived one nothing is shown."""
    below: dict[int | None, list[RootCause]] = {}
    for cause in causes_of(merchant, archived=archived):
        below.setdefault(cause.parent_id, []).append(cause)
    tree: list[CauseNode] = []

    def walk(parent: int | None, depth: int) -> None:
        for cause in below.get(parent, ()):
            tree.append(CauseNode(cause, depth))
            walk(cause.pk, depth + 1)

    walk(None, 0)
    return tree


def macros_for(membership: Membership, *, merchant: Merchant | None = None) -> QuerySet[Macro]:
    """The team's macros and one's own; `merchant`: the sandbox twin that a member of the live shop's team works in."""
    shop = merchant or membership.merchant
    return (
        Macro.objects.filter(merchant=shop, archived_at=None)
        .filter(Q(owner=None) | Q(owner=membership))
        .order_by("position", "name", "id")
    )


def inbox_views_for(membership: Membership, *, merchant: Merchant | None = None) -> QuerySet[InboxView]:
    """The team's saved views and one's own."""
    shop = merchant or membership.merchant
    return (
        InboxView.objects.filter(merchant=shop)
        .filter(Q(owner=None) | Q(owner=membership))
        .order_by(F("owner").asc(nulls_first=True), "position", "id")
    )


def versions_of_document(merchant: Merchant, kind: str) -> QuerySet[DeskVersion]:
    """Published versions of a rule book, newest first."""
    return DeskVersion.objects.filter(merchant=merchant, kind=kind).order_by("-number")


def find_document(merchant: Merchant, kind: str) -> tuple[DeskVersion, Document] | None:
    """The rule book in force: its newest version, and its document as typed rules. None before the first one."""
    version = versions_of_document(merchant, kind).first()
    return None if version is None else (version, parsed_document(version))


def parsed_document(version: DeskVersion) -> Document:
    """A version's document, read once per process: it never changes."""
    known = _documents.get(version.pk)
    if known is None:
        if len(_documents) >= _MOST_DOCUMENTS:
            _documents.clear()
        known = _documents[version.pk] = read_document(version.kind, version.document)
    return known


_MOST_DOCUMENTS = 4096
_documents: dict[int, Document] = {}


def calendars_in_force(merchant: Merchant) -> list[CalendarVersion]:
    """The newest version of each of the shop's calendars, the default one first."""
    versions = CalendarVersion.objects.filter(merchant=merchant).order_by("code", "-number").distinct("code")
    return sorted(versions, key=lambda each: (not each.is_default, each.name))


def versions_of_calendar(merchant: Merchant, code: str) -> QuerySet[CalendarVersion]:
    """A calendar's versions, newest first."""
    return CalendarVersion.objects.filter(merchant=merchant, code=code).order_by("-number")


def calendar_version(merchant: Merchant, code: str) -> CalendarVersion:
    """The calendar of that code as it is now; the shop's default when it has none of that name. NotFound without a desk."""
    found = versions_of_calendar(merchant, code).first()
    if found is None:
        found = next(iter(calendars_in_force(merchant)), None)
    if found is None:
        raise NotFound()
    return found


def calendar_of(merchant: Merchant, version_id: int) -> BusinessCalendar:
    """The hours of a calendar's version, read once per process: it never changes."""
    return _calendar(merchant.pk, version_id)


@lru_cache(maxsize=1024)
def _calendar(merchant_id: int, version_id: int) -> BusinessCalendar:
    version = CalendarVersion.objects.get(merchant_id=merchant_id, pk=version_id)
    return BusinessCalendar.read(version.zone, version.weekly, version.days)


def tier_code_of(customer: Customer | None) -> str:
    """The code of a member's tier, as service levels and routing ask for it; "" for guests and people without one."""
    if customer is None:
        return ""
    standing = TierStanding.objects.filter(merchant=customer.merchant_id, customer=customer)
    return standing.values_list("tier", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class Promised:
    """Targets with the versions that they come from: what a `targeted` event says. All None: nothing was published."""

    sla_version: int | None
    calendar: int | None
    first: int | None
    next: int | None
    resolution: int | None
    tier: str

    def payload(self) -> dict[str, int | str | None]:
        """As rules/history.py takes it."""
        return {
            "sla_version": self.sla_version, "calendar": self.calendar, "first": self.first, "next": self.next,
            "resolution": self.resolution, "tier": self.tier,
        }  # fmt: skip


def promised(merchant: Merchant, *, tier: str, priority: str, category: str) -> Promised:
    """What the service levels in force promise a ticket; `category` is the category's code."""
    found = find_document(merchant, DocumentKind.SLA)
    if found is None:
        return Promised(None, None, None, None, None, tier)
    version, document = found
    assert isinstance(document, SlaDocument)
    targets = targets_for(document, tier=tier, priority=priority, category=category)
    return promise_of(version, targets, calendar_version(merchant, targets.calendar_code), tier)


def promise_of(version: DeskVersion, targets: Targets, calendar: CalendarVersion, tier: str) -> Promised:
    return Promised(
        version.pk, calendar.pk, targets.first_response_minutes, targets.next_response_minutes,
        targets.resolution_minutes, tier,
    )  # fmt: skip


def routing_in_force(merchant: Merchant) -> RoutingDocument:
    """The routing rules; none when the shop published none."""
    found = find_document(merchant, DocumentKind.ROUTING)
    document = found[1] if found is not None else RoutingDocument()
    assert isinstance(document, RoutingDocument)
    return document
