"""/api/v1: why an order earned what it did, and where a ledger entry came from."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.utils import extend_schema
from pydantic import Field

from loyalty.api.account_shapes import EntryShape, HoldShape, WalletName, present_entry, present_hold
from loyalty.api.fields import Shape, tidy
from loyalty.api.orders import order_of
from loyalty.queries.balances import get_entry
from loyalty.queries.explanations import (
    AwardExplanation,
    EntryExplanation,
    OrderExplanation,
    explain_entry,
    explain_order,
)
from loyalty.queries.wording import entry_sentences, entry_title, order_sentences, rule_sentence, wallet_name
from loyalty.rules.earning import RuleTrace
from loyalty.rules.terms import Terms
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.public_ids import public_id, read_public_id
from merchants.roles import Scope

_TAGS = ["Explanations"]


class RuleShape(Shape):
    """One rule's part: `base_minor` × `rate` × `multiplier` = `points` before rounding, or the reason it did not match."""

    code: str
    name: str
    matched: bool
    reason: Literal["", "no_line_counts", "below_minimum"]
    base_minor: int = Field(description="The sum of the lines that count.")
    minimum_minor: int
    short_by_minor: int
    rate: str = Field(description="Points per whole unit of the currency.", examples=["1"])
    multiplier: str
    points: str = Field(description="Exact, before the one rounding.", examples=["153.6"])
    positions: list[int] = Field(description="Of the lines that count.")
    sentence: str = Field(description="The same in words, in the language of the request.")


class AwardShape(Shape):
    """One wallet's award. `points` = `exact` rounded down once; refunds took `taken_back` of it."""

    wallet: WalletName
    version: int = Field(description="Of the programme's terms that were in force then.")
    tier: str
    tier_name: str
    multiplier: str
    exact: str
    points: int
    taken_back: int
    lapsed: int = Field(description="Of those taken back, had expired before and were not taken twice.")
    contributions: list[str] = Field(description="Each line's exact share, by position.")
    rules: list[RuleShape]


class OrderExplanationShape(Shape):
    order_id: str
    number: str
    nothing_because: Literal["", "no_customer", "not_paid", "no_programme"]
    awards: list[AwardShape]
    entries: list[EntryShape] = Field(description="The postings that this order made, the earliest first.")
    sentences: list[str]


class LotUseShape(Shape):
    """A part in one credit's points: taken (positive) or given back (negative)."""

    earned_by: str = Field(description="The credit's entry.")
    points: int


class EntryExplanationShape(Shape):
    entry: EntryShape
    title: str
    sentences: list[str]
    order: OrderExplanationShape | None
    hold: HoldShape | None
    reverses: EntryShape | None
    reversals: list[EntryShape]
    lots: list[LotUseShape]
    owed: int = Field(description="Of this debit, not yet paid by later points.")


class OrderExplain(Endpoint):
    scopes = {"GET": Scope.POINTS_READ}

    @extend_schema(
        operation_id="orders_explain",
        summary="Why an order earned what it did",
        description="Every rule of the terms in force then: the matched with their arithmetic, the others with the reason.",
        tags=_TAGS,
        responses={200: OrderExplanationShape},
    )
    def get(self, request: ApiRequest, order_id: str) -> Answer:
        return Answer(_order(explain_order(order_of(request, order_id))))


class EntryExplain(Endpoint):
    scopes = {"GET": Scope.POINTS_READ}

    @extend_schema(
        operation_id="entries_explain",
        summary="Where a ledger entry came from",
        description="Its order, spend or the entry it takes back, and the credits whose points it used.",
        tags=_TAGS,
        responses={200: EntryExplanationShape},
    )
    def get(self, request: ApiRequest, entry_id: str) -> Answer:
        entry = get_entry(request.merchant, read_public_id("ent", entry_id))
        entry.merchant = request.merchant
        return Answer(_entry(explain_entry(entry), entry.account.customer_id, request))


def _order(explained: OrderExplanation) -> dict[str, Any]:
    order, terms = explained.order, explained.terms
    return {
        "order_id": public_id("ord", order.pk),
        "number": order.number,
        "nothing_because": explained.nothing_because,
        "awards": [_award(award, terms, order.currency) for award in explained.awards] if terms is not None else [],
        "entries": [present_entry(entry) for entry in explained.entries],
        "sentences": order_sentences(explained),
    }


def _award(award: AwardExplanation, terms: Terms, currency: str) -> dict[str, Any]:
    name = wallet_name(award.wallet, terms)
    return {
        "wallet": award.wallet.value,
        "version": award.version_number,
        "tier": award.tier_code,
        "tier_name": award.tier_name,
        "multiplier": tidy(award.multiplier),
        "exact": tidy(award.exact),
        "points": award.points,
        "taken_back": award.taken_back,
        "lapsed": award.lapsed,
        "contributions": [tidy(part) for part in award.contributions],
        "rules": [_rule(trace, currency, name) for trace in award.rules],
    }


def _rule(trace: RuleTrace, currency: str, name: str) -> dict[str, Any]:
    return {
        "code": trace.rule.code,
        "name": trace.rule.name,
        "matched": trace.matched,
        "reason": trace.reason,
        "base_minor": trace.base_minor,
        "minimum_minor": trace.rule.minimum_minor,
        "short_by_minor": trace.short_by_minor,
        "rate": tidy(trace.rule.points_per_unit),
        "multiplier": tidy(trace.multiplier),
        "points": tidy(trace.points),
        "positions": list(trace.lines),
        "sentence": rule_sentence(trace, currency=currency, wallet_name=name),
    }


def _entry(explained: EntryExplanation, customer_id: int, request: ApiRequest) -> dict[str, Any]:
    hold = explained.hold
    return {
        "entry": present_entry(explained.entry),
        "title": entry_title(explained.entry, explained),
        "sentences": entry_sentences(explained, zone=request.merchant.zone),
        "order": explained.order and _order(explained.order),
        "hold": hold and present_hold(hold, customer_id),
        "reverses": explained.reverses and present_entry(explained.reverses),
        "reversals": [present_entry(entry) for entry in explained.reversals],
        "lots": [{"earned_by": public_id("ent", use.earned_by.pk), "points": use.points} for use in explained.uses],
        "owed": explained.owed,
    }
