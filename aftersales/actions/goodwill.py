"""Goodwill: the decision to give points, kept apart from their posting. Budgets are taken before anybody is promised anything."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftersales.actions.history import NewEvent, lock_ticket, ticket_moment, write_history
from aftersales.errors import (
    CustomerBudgetSpent,
    GoodwillBudgetSpent,
    GoodwillDecided,
    GoodwillNeedsMember,
    GoodwillNotYours,
    GoodwillSecondPerson,
    GoodwillTooMuch,
    ShopBudgetSpent,
    StaffBudgetSpent,
    TicketBudgetSpent,
    TicketMergedAway,
)
from aftersales.facts import GoodwillAsked, GoodwillDeclined, GoodwillGranted
from aftersales.models import GoodwillUse, Grant, GrantReason, GrantState, Ticket
from aftersales.queries.goodwill import Giver, Scope, budgets_of, find_giver, limits_of, month_of
from aftersales.rules.history import Kind as Happening
from aftersales.rules.limits import LimitsDocument, RoleLimits, needs_second
from customers.models import Customer
from events.facts import Fact
from loyalty.actions.grants import grant_bonus
from loyalty.models import Entry, Kind
from merchants.clock import now
from merchants.errors import InvalidValue, ReferenceConflict
from merchants.models import SYSTEM, Actor, Merchant

_SPENT: dict[str, type[GoodwillBudgetSpent]] = {
    Scope.TICKET: TicketBudgetSpent,
    Scope.CUSTOMER: CustomerBudgetSpent,
    Scope.STAFF: StaffBudgetSpent,
    Scope.SHOP: ShopBudgetSpent,
}


@transaction.atomic
def grant_goodwill(
    ticket: Ticket,
    *,
    points: int,
    reason: str,
    note: str = "",
    by: Actor,
    reference: str,
    occurred_at: datetime | None = None,
) -> Grant:
    """Give `points` (> 0) to the ticket's member, out of the budgets of the ticket, the member, the giver and the shop.

    Up to the giver's own limit they are posted at once; above it the grant waits for a second person, and its points are
    already taken from the budgets. The same reference asks once. `occurred_at` is for history.

    Raises InvalidValue, ReferenceConflict, TicketMergedAway, GoodwillNeedsMember, GoodwillNotYours, GoodwillTooMuch,
    GoodwillBudgetSpent (one of its four kinds).
    """
    if points <= 0:
        raise InvalidValue("points", _("At least one point."), code="out_of_range")
    if reason not in GrantReason.values:
        raise InvalidValue("reason", _("Choose one of the reasons."), code="unknown")
    ticket = lock_ticket(ticket)
    merchant = ticket.merchant
    known = Grant.objects.filter(merchant=merchant, ticket=ticket, reference=reference).first()
    if known is not None:
        if known.points != points:
            raise ReferenceConflict()
        return known
    giver, limits, role = _may_give(ticket, points, by)
    at = ticket_moment(merchant, occurred_at)
    month = month_of(merchant, at)
    _take(ticket, giver, limits, role, month=month, points=points)
    grant = Grant.objects.create(
        merchant=merchant, ticket=ticket, n=Grant.objects.filter(merchant=merchant, ticket=ticket).count() + 1,
        reference=reference, points=points, reason=reason, note=note.strip()[:300], state=GrantState.WAITING,
        needs_second=needs_second(role, points), month=month, asked_by=giver.membership,
        asked_by_id_kept=giver.kept_id, asked_by_name=by.name, asked_at=at,
    )  # fmt: skip
    if not grant.needs_second:
        return _post(grant, by=by, at=at, is_history=occurred_at is not None)
    _remember(grant, GoodwillAsked(ticket.pk, ticket.number, grant.pk, points, reason), by=by, at=at)
    return grant


@transaction.atomic
def approve_grant(grant: Grant, *, by: Actor, note: str = "", occurred_at: datetime | None = None) -> Grant:
    """Post a waiting grant. Raises GoodwillSecondPerson for the one who asked, GoodwillDecided."""
    grant = _lock_waiting(grant, by)
    grant.decision_note = note.strip()[:300]
    return _post(grant, by=by, at=ticket_moment(grant.merchant, occurred_at), is_history=occurred_at is not None)


@transaction.atomic
def decline_grant(grant: Grant, *, by: Actor, note: str = "", occurred_at: datetime | None = None) -> Grant:
    """Decline a waiting grant: no points move, and the budgets have them back. Raises GoodwillSecondPerson, GoodwillDecided."""
    grant = _lock_waiting(grant, by)
    return _decline(grant, by=by, note=note, at=ticket_moment(grant.merchant, occurred_at))


def decline_lapsed_grants(merchant: Merchant) -> int:
    """Decline what nobody decided within the shop's `waiting_days`; how many."""
    until = now(merchant) - timedelta(days=limits_of(merchant).waiting_days)
    waiting = Grant.objects.filter(merchant=merchant, state=GrantState.WAITING, asked_at__lte=until)
    return sum(_decline_lapsed(grant) for grant in waiting.order_by("id"))


@transaction.atomic
def _decline_lapsed(grant: Grant) -> bool:
    try:
        grant = _lock_waiting(grant, SYSTEM)
    except GoodwillDecided:
        return False
    with translation.override(grant.merchant.language):
        note = gettext("Nobody decided in time.")
    _decline(grant, by=SYSTEM, note=note, at=now(grant.merchant))
    return True


def _may_give(ticket: Ticket, points: int, by: Actor) -> tuple[Giver, LimitsDocument, RoleLimits]:
    if ticket.merged_into is not None:
        raise TicketMergedAway(number=ticket.merged_into.number)
    if ticket.customer is None:
        raise GoodwillNeedsMember()
    limits = limits_of(ticket.merchant)
    giver = find_giver(ticket.merchant, by)
    role = limits.of_role(giver.role) if giver else None
    if giver is None or role is None:
        raise GoodwillNotYours()
    if points > role.per_grant:
        raise GoodwillTooMuch(most=role.per_grant)
    return giver, limits, role


def _take(ticket: Ticket, giver: Giver, limits: LimitsDocument, role: RoleLimits, *, month: date, points: int) -> None:
    most = {
        Scope.TICKET: limits.per_ticket,
        Scope.CUSTOMER: limits.per_customer_month,
        Scope.STAFF: role.per_month,
        Scope.SHOP: limits.shop_month,
    }
    for scope, scope_id, of_month in budgets_of(ticket, giver, month):
        limit = most[GoodwillUse.Scope(scope)]
        with connection.cursor() as cursor:
            # The row is locked by this until the end: whoever comes second adds to what the first one took.
            cursor.execute(
                """
                INSERT INTO aftersales_goodwilluse AS used (merchant_id, scope, scope_id, month, points)
                SELECT %(merchant)s, %(scope)s, %(scope_id)s, %(month)s, %(points)s WHERE %(points)s <= %(limit)s
                ON CONFLICT (merchant_id, scope, scope_id, month)
                DO UPDATE SET points = used.points + excluded.points WHERE used.points + excluded.points <= %(limit)s
                RETURNING points
                """,
                {
                    "merchant": ticket.merchant_id, "scope": scope, "scope_id": scope_id, "month": of_month,
                    "points": points, "limit": limit,
                },
            )  # fmt: skip
            taken = cursor.fetchone() is not None
        if not taken:
            used = GoodwillUse.objects.filter(
                merchant=ticket.merchant, scope=scope, scope_id=scope_id, month=of_month
            ).values_list("points", flat=True)
            raise _SPENT[scope](left=max(0, limit - (used.first() or 0)))


def _give_back(grant: Grant) -> None:
    giver = Giver("", grant.asked_by_id_kept, None)
    for scope, scope_id, month in budgets_of(grant.ticket, giver, grant.month):
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE aftersales_goodwilluse SET points = points - %s
                WHERE merchant_id = %s AND scope = %s AND scope_id = %s AND month = %s
                """,
                [grant.points, grant.merchant_id, scope, scope_id, month],
            )


def _lock_waiting(grant: Grant, by: Actor) -> Grant:
    ticket = lock_ticket(grant.ticket)
    grant = Grant.objects.select_for_update(no_key=True).get(merchant=grant.merchant_id, pk=grant.pk)
    grant.ticket, grant.merchant = ticket, ticket.merchant
    if grant.state != GrantState.WAITING:
        raise GoodwillDecided()
    if by.kind == "staff" and by.id == grant.asked_by_id_kept:
        raise GoodwillSecondPerson()
    return grant


def _post(grant: Grant, *, by: Actor, at: datetime, is_history: bool) -> Grant:
    ticket = grant.ticket
    assert ticket.customer is not None
    # A member's ledger is told in the order of time: points of the past arrive no earlier than the latest entry.
    posted_at = max(at, _latest_entry_at(ticket.customer) or at) if is_history else at
    grant.entry = grant_bonus(
        ticket.customer, points=grant.points, kind=Kind.GOODWILL, reference=f"ticket:{ticket.number}:{grant.n}", by=by,
        reason=_words(grant), occurred_at=posted_at,
    )  # fmt: skip
    grant.state = GrantState.POSTED
    return _decide(grant, GoodwillGranted(ticket.pk, ticket.number, grant.pk, grant.points, grant.reason), by=by, at=at)


def _latest_entry_at(member: Customer) -> datetime | None:
    entries = Entry.objects.filter(merchant=member.merchant_id, account__customer=member)
    return entries.order_by("-occurred_at").values_list("occurred_at", flat=True).first()


def _decline(grant: Grant, *, by: Actor, note: str, at: datetime) -> Grant:
    _give_back(grant)
    grant.state, grant.decision_note = GrantState.DECLINED, note.strip()[:300]
    fact = GoodwillDeclined(grant.ticket_id, grant.ticket.number, grant.pk, grant.points, grant.decision_note)
    return _decide(grant, fact, by=by, at=at)


def _decide(grant: Grant, fact: Fact, *, by: Actor, at: datetime) -> Grant:
    grant.decided_by_id_kept = by.id if by.kind == "staff" else None
    grant.decided_by_name, grant.decided_at = by.name, at
    grant.save()
    _remember(grant, fact, by=by, at=at)
    return grant


def _remember(grant: Grant, fact: Fact, *, by: Actor, at: datetime) -> None:
    """In the ticket's own history."""
    payload = {
        "grant_id": grant.pk, "n": grant.n, "points": grant.points, "reason": grant.reason, "state": str(grant.state),
    }  # fmt: skip
    write_history(grant.ticket, [NewEvent(Happening.GRANTED, payload, facts=[fact])], by=by, at=at)


def _words(grant: Grant) -> str:
    """What the member reads in the ledger: the reason and the ticket, never the note."""
    with translation.override(grant.merchant.language):
        reason = str(GrantReason(grant.reason).label)
        return gettext("%(reason)s, ticket #%(number)s") % {"reason": reason, "number": grant.ticket.number}
