"""What a member has, what they can spend, what leaves when, and where they stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from customers.models import Customer
from loyalty.models import Account, Adjustment, Entry, Hold
from loyalty.queries.programme import terms_of_version
from loyalty.rules.kinds import Wallet
from loyalty.rules.terms import Terms, Tier
from loyalty.rules.tiers import Progress, missing_for, qualifies, tier_for
from merchants.clock import now
from merchants.errors import NotFound
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Expiration:
    """`points` leave at `expires_at` unless they are spent before."""

    expires_at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class TierView:
    """A member's tier under the terms in force.

    `next`: what is missing for the tier above (None at the top). `to_stay`: what is missing to keep the present one (None
    while they qualify, or on the first). `reached`: the tier that the window's figures alone would give.
    """

    current: Tier
    rank: int
    since: datetime
    grace_until: datetime | None
    reached: Tier
    next: Progress | None
    to_stay: Progress | None


@dataclass(frozen=True, slots=True)
class Balance:
    """Points: what can be spent (`active`), what cannot yet (`pending`), what is set aside (`held`), what is owed.

    `growth` and `orders` are those inside the tier window. `lifetime_*` count since the account was opened.
    """

    active: int = 0
    pending: int = 0
    held: int = 0
    arrears: int = 0
    lifetime_earned: int = 0
    lifetime_spent: int = 0
    lifetime_expired: int = 0
    next_expirations: Sequence[Expiration] = ()
    growth: int = 0
    orders: int = 0
    growth_leaving: Sequence[Expiration] = ()
    tier: TierView | None = None
    terms: Terms | None = field(default=None, repr=False)
    account_id: int | None = None


def balance_of(customer: Customer, *, expirations: int = 5) -> Balance:
    """A member's balance and tier, in one statement; all zero for somebody without an account.

    Of `customer` only the id and the merchant are looked at; NotFound when the merchant has no such customer.
    """
    merchant = customer.merchant
    at = now(merchant)
    with connection.cursor() as cursor:
        cursor.execute("SELECT loyalty_balance(%s, %s, %s, %s)", [merchant.pk, customer.pk, at, expirations])
        row = cursor.fetchone()
    answer = json.loads(row[0]) if row and isinstance(row[0], str) else row[0]
    if not answer["exists"]:
        raise NotFound()
    wallets = answer["wallets"] or {}
    points, growth = wallets.get(Wallet.POINTS), wallets.get(Wallet.GROWTH)
    terms = terms_of_version(merchant, answer["version"]) if answer["version"] else None
    growth_now = growth["balance"] - growth["lapsed"] if growth else 0
    orders_now = growth["orders"] - growth["lapsed_orders"] if growth else 0
    return Balance(
        active=points["balance"] + points["arrears"] - points["held"] - points["pending"] - points["lapsed"]
        if points
        else 0,
        pending=points["pending"] if points else 0,
        held=points["held"] if points else 0,
        arrears=points["arrears"] if points else 0,
        lifetime_earned=points["earned"] if points else 0,
        lifetime_spent=points["spent"] if points else 0,
        lifetime_expired=points["expired"] if points else 0,
        next_expirations=_expirations(points),
        growth=growth_now,
        orders=orders_now,
        growth_leaving=_expirations(growth),
        tier=_tier(terms, answer["standing"], growth_now, orders_now),
        terms=terms,
        account_id=points["account"] if points else None,
    )


def _expirations(wallet: dict[str, Any] | None) -> list[Expiration]:
    rows = (wallet or {}).get("next") or ()
    return [Expiration(datetime.fromisoformat(expires_at), points) for expires_at, points in rows]


def _tier(terms: Terms | None, standing: Sequence[Any] | None, growth: int, orders: int) -> TierView | None:
    if terms is None or standing is None:
        return None
    code, since, grace_until = standing
    ladder = terms.ladder
    rank = ladder.rank(code)
    current = ladder.tiers[rank]
    keeps = qualifies(current, match=ladder.match, growth=growth, orders=orders)
    return TierView(
        current=current,
        rank=rank,
        since=datetime.fromisoformat(since),
        grace_until=datetime.fromisoformat(grace_until) if grace_until else None,
        reached=tier_for(ladder, growth=growth, orders=orders),
        next=missing_for(ladder.tiers[rank + 1], growth=growth, orders=orders)
        if rank + 1 < len(ladder.tiers)
        else None,
        to_stay=None if keeps else missing_for(current, growth=growth, orders=orders),
    )


def entries_of(customer: Customer, *, wallet: Wallet = Wallet.POINTS) -> QuerySet[Entry]:
    """A member's ledger of one wallet, newest first."""
    return Entry.objects.filter(
        merchant=customer.merchant_id, account__customer=customer, account__wallet=wallet
    ).order_by("-id")


def entries_of_merchant(merchant: Merchant) -> QuerySet[Entry]:
    """The shop's whole ledger, newest first, members at hand."""
    return Entry.objects.filter(merchant=merchant).select_related("account__customer").order_by("-id")


def get_account(customer: Customer, *, wallet: Wallet = Wallet.POINTS) -> Account:
    try:
        return Account.objects.get(merchant=customer.merchant_id, customer=customer, wallet=wallet)
    except Account.DoesNotExist:
        raise NotFound() from None


def get_entry(merchant: Merchant, id: int) -> Entry:
    try:
        return Entry.objects.select_related("account__customer", "merchant").get(merchant=merchant, pk=id)
    except Entry.DoesNotExist:
        raise NotFound() from None


def get_hold(merchant: Merchant, id: int) -> Hold:
    try:
        return Hold.objects.select_related("account__customer", "merchant").get(merchant=merchant, pk=id)
    except Hold.DoesNotExist:
        raise NotFound() from None


def get_adjustment(merchant: Merchant, id: int) -> Adjustment:
    try:
        return Adjustment.objects.select_related("customer", "merchant", "customer__merchant").get(
            merchant=merchant, pk=id
        )
    except Adjustment.DoesNotExist:
        raise NotFound() from None


def adjustments_of(merchant: Merchant) -> QuerySet[Adjustment]:
    return Adjustment.objects.filter(merchant=merchant).select_related("customer", "entry").order_by("-id")
