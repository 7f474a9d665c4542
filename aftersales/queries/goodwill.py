"""Goodwill: who may give how much, what is left of the budgets, and what should make one think twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet, Sum

from aftersales.models import DocumentKind, GoodwillUse, Grant, GrantState, Ticket
from aftersales.queries.desk import find_document
from aftersales.rules.limits import API_KEY, LimitsDocument, RoleLimits, most_now
from commerce.models import Refund
from customers.models import Customer
from merchants.clock import now
from merchants.errors import NotFound
from merchants.models import Actor, Membership, Merchant
from merchants.queries import live_shop_of

FOR_LIFE = date(1, 1, 1)  # the month of budgets that never begin anew
Scope = GoodwillUse.Scope


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives: the role that limits them, the id that their budget and the two-person rule go by, and their membership."""

    role: str
    kept_id: int
    membership: Membership | None


def find_giver(merchant: Merchant, by: Actor) -> Giver | None:
    """None for whoever may never give: members, the platform, people who left the team."""
    if by.id is None:
        return None
    if by.kind == "api_key":
        return Giver(API_KEY, -by.id, None)
    if by.kind != "staff":
        return None
    membership = Membership.objects.filter(merchant=live_shop_of(merchant), staff_id=by.id).first()
    if membership is None:
        return None
    return Giver(membership.role, by.id, membership)


def limits_of(merchant: Merchant) -> LimitsDocument:
    """The limits in force; those every shop begins with until it publishes its own."""
    found = find_document(merchant, DocumentKind.LIMITS)
    parsed = found[1] if found is not None else LimitsDocument()
    assert isinstance(parsed, LimitsDocument)
    return parsed


def month_of(merchant: Merchant, at: datetime) -> date:
    """The first day of the shop's month that `at` lies in."""
    return at.astimezone(merchant.zone).date().replace(day=1)


def budgets_of(ticket: Ticket, giver: Giver, month: date) -> list[tuple[str, int, date]]:
    """(scope, scope id, month) of the budgets that a grant comes out of, narrowest first: always locked in this order."""
    if ticket.customer_id is None:
        raise ValueError("Goodwill is for members.")
    return [
        (Scope.TICKET, ticket.pk, FOR_LIFE),
        (Scope.CUSTOMER, ticket.customer_id, month),
        (Scope.STAFF, giver.kept_id, month),
        (Scope.SHOP, ticket.merchant_id, month),
    ]


@dataclass(frozen=True, slots=True)
class Room:
    """What one person may still give on one ticket: points at once, of which up to `alone` without a second person."""

    most: int
    alone: int
    used: Mapping[str, int]
    limits: LimitsDocument
    role: RoleLimits


def room_for(ticket: Ticket, *, by: Actor) -> Room | None:
    """None when the person may give nothing, or the ticket has no member."""
    merchant = ticket.merchant
    giver = find_giver(merchant, by)
    limits = limits_of(merchant)
    role = limits.of_role(giver.role) if giver else None
    if giver is None or role is None or ticket.customer_id is None:
        return None
    used = {
        scope: _used(merchant, scope, scope_id, month)
        for scope, scope_id, month in budgets_of(ticket, giver, month_of(merchant, now(merchant)))
    }
    most = most_now(limits, role, used)
    return Room(most, min(most, role.second_above), used, limits, role)


def _used(merchant: Merchant, scope: str, scope_id: int, month: date) -> int:
    found = GoodwillUse.objects.filter(merchant=merchant, scope=scope, scope_id=scope_id, month=month)
    return found.values_list("points", flat=True).first() or 0


def shop_month_used(merchant: Merchant) -> int:
    """Points promised this month out of the shop's own budget."""
    return _used(merchant, Scope.SHOP, merchant.pk, month_of(merchant, now(merchant)))


class SignalKind(StrEnum):
    GRANTS = "grants"
    TICKETS = "tickets"
    REFUNDS = "refunds"


@dataclass(frozen=True, slots=True)
class Signal:
    """A count that is at or above the shop's own threshold, over the last `days`."""

    kind: SignalKind
    count: int
    days: int


def signals_for(merchant: Merchant, customer_ids: Collection[int]) -> dict[int, list[Signal]]:
    """{customer id: what stands out}, three statements for all of them. Customers without a signal have an empty list."""
    if not customer_ids:
        return {}
    rules = limits_of(merchant).signals
    since = now(merchant) - timedelta(days=rules.window_days)
    grants = (
        Grant.objects.filter(merchant=merchant, ticket__customer_id__in=customer_ids, asked_at__gte=since)
        .exclude(state=GrantState.DECLINED)
        .values_list("ticket__customer_id")
    )
    tickets = Ticket.objects.filter(
        merchant=merchant,
        customer_id__in=customer_ids,
        opened_at__gte=since,
        merged_into__isnull=True,
        is_recovery=False,
    ).values_list("customer_id")
    refunds = Refund.objects.filter(
        merchant=merchant, order__customer_id__in=customer_ids, refunded_at__gte=since
    ).values_list("order__customer_id")
    counted = (
        (SignalKind.GRANTS, rules.grants, dict(grants.annotate(n=Count("id")).order_by())),
        (SignalKind.TICKETS, rules.tickets, dict(tickets.annotate(n=Count("id")).order_by())),
        (SignalKind.REFUNDS, rules.refunds, dict(refunds.annotate(n=Count("id")).order_by())),
    )
    return {
        customer: [
            Signal(kind, counts[customer], rules.window_days)
            for kind, threshold, counts in counted
            if counts.get(customer, 0) >= threshold
        ]
        for customer in customer_ids
    }


def signals_of(customer: Customer) -> list[Signal]:
    return signals_for(customer.merchant, [customer.pk])[customer.pk]


def grants_in(merchant: Merchant) -> QuerySet[Grant]:
    """All grants of the shop with their tickets and members, newest first."""
    return Grant.objects.filter(merchant=merchant).select_related("ticket", "ticket__customer").order_by("-id")


def grants_on(ticket: Ticket) -> QuerySet[Grant]:
    """The ticket's grants in the order they were asked for."""
    return Grant.objects.filter(merchant=ticket.merchant_id, ticket=ticket).order_by("n")


def get_grant(merchant: Merchant, number: int) -> Grant:
    """NotFound also for another shop's."""
    found = grants_in(merchant).filter(pk=number).first()
    if found is None:
        raise NotFound()
    found.merchant = found.ticket.merchant = merchant
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """Goodwill of one member: points posted and points that wait, over all their tickets."""

    posted: int
    waiting: int


def goodwill_given(customer: Customer) -> Given:
    found = Grant.objects.filter(merchant=customer.merchant_id, ticket__customer=customer).aggregate(
        posted=Sum("points", filter=Q(state=GrantState.POSTED)),
        waiting=Sum("points", filter=Q(state=GrantState.WAITING)),
    )
    return Given(found["posted"] or 0, found["waiting"] or 0)
