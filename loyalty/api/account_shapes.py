"""Balances, tiers, ledger entries, holds and quotes, as they come in and go out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from loyalty.api.fields import Input, Points, Reason, Reference, Shape, tidy
from loyalty.api.order_input import OrderContent
from loyalty.models import Entry, Hold
from loyalty.queries.balances import Balance, Expiration
from loyalty.queries.quotes import Quote
from loyalty.rules.kinds import Wallet
from loyalty.rules.terms import Tier
from loyalty.rules.tiers import Progress
from merchants.frames.public_ids import public_id

WalletName = Literal["points", "growth"]
KindName = Literal["earn", "bonus", "goodwill", "spend", "spend_return", "refund", "adjust", "reversal", "expire"]
MOST_HOLD_MINUTES = 43_200


class HoldInput(Input):
    """Points to set aside for `minutes`, or with `capture` to spend at once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"points": 500, "reference": "TM-20261102-0042", "capture": True}]}
    )

    points: Points
    reference: Reference
    capture: bool = Field(default=False, description="Spend at once: a till's one step instead of two.")
    minutes: Annotated[int, Field(ge=1, le=MOST_HOLD_MINUTES)] | None = Field(
        default=None, description="Until the hold lapses; without it, as the programme says."
    )
    description: Annotated[str, Field(max_length=200, description="The member reads it in their ledger.")] = ""


class CaptureInput(Input):
    points: Points | None = Field(default=None, description="Fewer than were held; the rest is released.")


class ReturnInput(Input):
    """A captured spend, or `points` of it, goes back to the lots it came from: at their original expiry."""

    reference: Reference
    points: Points | None = None
    reason: Reason = ""


class GrantInput(Input):
    """Points as a gift. They live as long as earned ones."""

    points: Annotated[int, Field(ge=1, le=10_000_000)]
    kind: Literal["bonus", "goodwill"] = "bonus"
    reference: Reference
    reason: Annotated[str, Field(max_length=300, description="The member reads it in their ledger.")] = ""


class EntryQuery(Shape):
    wallet: WalletName = "points"
    kind: KindName | None = None
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = None


class QuoteInput(OrderContent):
    """An order that is not one yet. Without a customer: what a new member would earn."""


class ExpirationShape(Shape):
    expires_at: AwareDatetime
    points: int


class LifetimeShape(Shape):
    earned: int
    spent: int
    expired: int


class TierStub(Shape):
    code: str
    name: str
    multiplier: str = Field(examples=["1.2"])


class ProgressShape(Shape):
    """What is missing; null where the tier has no such condition. `match` says whether one of the two is enough."""

    tier: TierStub
    growth_missing: int | None
    orders_missing: int | None
    match: Literal["either", "both"]


class TierViewShape(Shape):
    current: TierStub
    since: AwareDatetime
    grace_until: AwareDatetime | None = Field(
        description="Set while the member no longer qualifies and keeps the tier a little longer."
    )
    next: TierStub | None
    to_next: ProgressShape | None
    to_stay: ProgressShape | None = Field(description="null while the member qualifies.")


class AccountShape(Shape):
    """What a member can spend (`active`), cannot yet (`pending`), has set aside (`held`) and owes (`arrears`)."""

    customer_id: str
    points_name: str
    growth_name: str
    active: int
    pending: int
    held: int
    arrears: int
    lifetime: LifetimeShape
    next_expirations: list[ExpirationShape]
    growth: int = Field(description="Growth value inside the tier window.")
    orders: int = Field(description="Orders inside the tier window.")
    tier: TierViewShape | None = Field(description="null before the first order.")


class EntryShape(Shape):
    """One posting: never changed, never deleted. `points` are signed."""

    id: str = Field(examples=["ent_Zr7mB4kQ9p"])
    wallet: WalletName
    kind: KindName
    points: int
    balance_after: int
    reference: str
    reason: str
    order_id: str | None
    hold_id: str | None
    reverses_id: str | None
    expires_at: AwareDatetime | None = Field(description="Of a credit: when what is left of it expires.")
    actor_kind: Literal["staff", "api_key", "member", "system"]
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime


class EntryPage(Shape):
    data: list[EntryShape]
    has_more: bool
    next_cursor: str | None


class HoldShape(Shape):
    id: str = Field(examples=["hld_Kc2vN8xT5s"])
    customer_id: str
    reference: str
    state: Literal["held", "captured", "released", "expired"]
    points: int
    captured_points: int
    returned_points: int
    description: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    settled_at: AwareDatetime | None


class QuoteShape(Shape):
    """What the order would earn if it were paid now. The last three are null for a guest."""

    currency: str
    total_minor: int
    points: int
    growth: int
    multiplier: str
    balance_after: int | None
    tier_before: TierStub | None
    tier_after: TierStub | None


def present_account(customer_id: int, balance: Balance) -> dict[str, Any]:
    """An AccountShape."""
    terms = balance.terms
    return {
        "customer_id": public_id("cus", customer_id),
        "points_name": terms.points_name if terms else "",
        "growth_name": terms.growth_name if terms else "",
        "active": balance.active,
        "pending": balance.pending,
        "held": balance.held,
        "arrears": balance.arrears,
        "lifetime": {
            "earned": balance.lifetime_earned,
            "spent": balance.lifetime_spent,
            "expired": balance.lifetime_expired,
        },
        "next_expirations": [_expiration(each) for each in balance.next_expirations],
        "growth": balance.growth,
        "orders": balance.orders,
        "tier": _tier_view(balance),
    }


def _expiration(each: Expiration) -> dict[str, Any]:
    return {"expires_at": each.expires_at, "points": each.points}


def _tier_view(balance: Balance) -> dict[str, Any] | None:
    tier, terms = balance.tier, balance.terms
    if tier is None or terms is None:
        return None
    match = terms.ladder.match
    return {
        "current": present_tier_stub(tier.current),
        "since": tier.since,
        "grace_until": tier.grace_until,
        "next": tier.next and present_tier_stub(tier.next.tier),
        "to_next": tier.next and _progress(tier.next, match),
        "to_stay": tier.to_stay and _progress(tier.to_stay, match),
    }


def _progress(progress: Progress, match: str) -> dict[str, Any]:
    return {
        "tier": present_tier_stub(progress.tier),
        "growth_missing": progress.growth_missing,
        "orders_missing": progress.orders_missing,
        "match": match,
    }


def present_tier_stub(tier: Tier) -> dict[str, Any]:
    """A TierStub."""
    return {"code": tier.code, "name": tier.name, "multiplier": tidy(tier.multiplier)}


def present_entry(entry: Entry) -> dict[str, Any]:
    """An EntryShape. Reads account, award and lot: have them at hand for lists."""
    lot = getattr(entry, "lot", None)
    return {
        "id": public_id("ent", entry.pk),
        "wallet": entry.account.wallet,
        "kind": entry.kind,
        "points": entry.points,
        "balance_after": entry.balance_after,
        "reference": entry.reference,
        "reason": entry.reason,
        "order_id": public_id("ord", entry.award.order_id) if entry.award is not None else None,
        "hold_id": public_id("hld", entry.hold_id) if entry.hold_id is not None else None,
        "reverses_id": public_id("ent", entry.reverses_id) if entry.reverses_id is not None else None,
        "expires_at": lot.expires_at if lot is not None else None,
        "actor_kind": entry.actor_kind,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
    }


def present_hold(hold: Hold, customer_id: int) -> dict[str, Any]:
    """A HoldShape."""
    return {
        "id": public_id("hld", hold.pk),
        "customer_id": public_id("cus", customer_id),
        "reference": hold.reference,
        "state": str(hold.state),
        "points": hold.points,
        "captured_points": hold.captured_points,
        "returned_points": hold.returned_points,
        "description": hold.description,
        "created_at": hold.created_at,
        "expires_at": hold.expires_at,
        "settled_at": hold.settled_at,
    }


def present_quote(quote: Quote, currency: str) -> dict[str, Any]:
    """A QuoteShape."""
    return {
        "currency": currency,
        "total_minor": quote.total_minor,
        "points": quote.points,
        "growth": quote.growth,
        "multiplier": tidy(quote.multiplier),
        "balance_after": quote.balance_after,
        "tier_before": quote.tier_before and present_tier_stub(quote.tier_before),
        "tier_after": quote.tier_after and present_tier_stub(quote.tier_after),
    }


WALLETS: dict[str, Wallet] = {wallet.value: wallet for wallet in Wallet}
