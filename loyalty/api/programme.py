"""/api/v1/programme: the terms in force, for a shop's pages and tills."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.utils import extend_schema
from pydantic import AwareDatetime, Field

from loyalty.api.account_shapes import WalletName
from loyalty.api.fields import Shape, tidy
from loyalty.models import ProgrammeVersion
from loyalty.queries.programme import get_version_in_force
from loyalty.rules.terms import EarningRule, Tier
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.roles import Scope


class EarningRuleShape(Shape):
    """A line counts when its category lies in `only_categories` (empty: any) and in none of `excluded_categories`."""

    code: str
    name: str
    wallet: WalletName
    points_per_unit: str = Field(description="Per whole unit of the currency.", examples=["1"])
    with_tier_multiplier: bool
    only_categories: list[str]
    excluded_categories: list[str]
    minimum_minor: int


class TierShape(Shape):
    """A step of the ladder, from low to high. null: it has no such condition."""

    code: str
    name: str
    min_growth: int | None
    min_orders: int | None
    multiplier: str
    benefits: list[str]


class LadderShape(Shape):
    tiers: list[TierShape]
    match: Literal["either", "both"] = Field(description="Whether one of a tier's two conditions is enough.")
    window_months: int
    grace_days: int


class ExpiryShape(Shape):
    kind: Literal["none", "months", "year_end"]
    months: int


class ProgrammeShape(Shape):
    version: int
    effective_from: AwareDatetime
    currency: str
    name: str
    points_name: str
    growth_name: str
    earning_rules: list[EarningRuleShape]
    ladder: LadderShape
    expiry: ExpiryShape
    pending_days: int = Field(description="Days until earned points can be spent.")
    hold_minutes: int
    welcome_points: int


class Programme(Endpoint):
    scopes = {"GET": Scope.POINTS_READ}

    @extend_schema(
        operation_id="programme_get",
        summary="The programme in force",
        description="How points are earned, the tiers and when points expire. `no_programme` before the first is published.",
        tags=["Programme"],
        responses={200: ProgrammeShape},
    )
    def get(self, request: ApiRequest) -> Answer:
        version = get_version_in_force(request.merchant)
        return Answer(_present(version, request.merchant.currency))


def _present(version: ProgrammeVersion, currency: str) -> dict[str, Any]:
    terms = version.parsed()
    ladder = terms.ladder
    return {
        "version": version.number,
        "effective_from": version.effective_from,
        "currency": currency,
        "name": terms.name,
        "points_name": terms.points_name,
        "growth_name": terms.growth_name,
        "earning_rules": [_rule(rule) for rule in terms.earning_rules],
        "ladder": {
            "tiers": [_tier(tier) for tier in ladder.tiers],
            "match": ladder.match,
            "window_months": ladder.window_months,
            "grace_days": ladder.grace_days,
        },
        "expiry": {"kind": terms.expiry.kind, "months": terms.expiry.months},
        "pending_days": terms.pending_days,
        "hold_minutes": terms.hold_minutes,
        "welcome_points": terms.welcome_points,
    }


def _rule(rule: EarningRule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "wallet": rule.wallet.value,
        "points_per_unit": tidy(rule.points_per_unit),
        "with_tier_multiplier": rule.with_tier_multiplier,
        "only_categories": list(rule.only_categories),
        "excluded_categories": list(rule.excluded_categories),
        "minimum_minor": rule.minimum_minor,
    }


def _tier(tier: Tier) -> dict[str, Any]:
    return {
        "code": tier.code,
        "name": tier.name,
        "min_growth": tier.min_growth,
        "min_orders": tier.min_orders,
        "multiplier": tidy(tier.multiplier),
        "benefits": list(tier.benefits),
    }
