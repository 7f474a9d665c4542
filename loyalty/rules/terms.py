"""A programme's terms: everything that decides points and tiers, as one immutable document.

Stored as JSON with each programme version; parsed once per version. Amounts are minor units of the merchant's currency,
rates are points per whole unit of it (per yuan, per euro).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from loyalty.rules.kinds import Shortfall, Wallet

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Rate = Annotated[Decimal, Field(gt=0, le=100_000, max_digits=10, decimal_places=4)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EarningRule(_Frozen):
    """Points per amount. A line counts when its category lies in `only_categories` (empty: any) and in no excluded one.

    A category lies in "食品" when it is "食品" or begins with "食品/". The minimum is on the sum of the lines that count.
    """

    code: Code
    name: Annotated[str, Field(min_length=1, max_length=80)]
    wallet: Wallet = Wallet.POINTS
    points_per_unit: Rate
    with_tier_multiplier: bool = True
    only_categories: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    minimum_minor: Annotated[int, Field(ge=0)] = 0


class Tier(_Frozen):
    """A step of the ladder. The first has no conditions: everyone starts there."""

    code: Code
    name: Annotated[str, Field(min_length=1, max_length=40)]
    min_growth: Annotated[int, Field(ge=1)] | None = None
    min_orders: Annotated[int, Field(ge=1)] | None = None
    multiplier: Annotated[Decimal, Field(ge=1, le=100, max_digits=6, decimal_places=2)] = Decimal(1)
    benefits: tuple[Annotated[str, Field(max_length=200)], ...] = ()


class Ladder(_Frozen):
    """Tiers from low to high. `match` says whether one of a tier's two conditions is enough or both are needed."""

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=10)]
    match: Literal["either", "both"] = "either"
    window_months: Annotated[int, Field(ge=1, le=60)] = 12
    grace_days: Annotated[int, Field(ge=0, le=365)] = 30

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        first, *rest = self.tiers
        if first.min_growth is not None or first.min_orders is not None:
            raise PydanticCustomError("first_tier_open", "The first tier has no conditions: everyone starts there.")
        if len({tier.code for tier in self.tiers}) < len(self.tiers):
            raise PydanticCustomError("tier_code_twice", "Two tiers have the same code.")
        before = first
        for tier in rest:
            if tier.min_growth is None and tier.min_orders is None:
                raise PydanticCustomError("tier_without_condition", "Each tier above the first needs a condition.")
            for of in ("min_growth", "min_orders"):
                now, then = getattr(tier, of), getattr(before, of)
                if now is not None and then is not None and now <= then:
                    raise PydanticCustomError("tiers_must_climb", "Each tier asks for more than the one before it.")
            before = tier
        return self

    def rank(self, code: str) -> int:
        """Position of a tier; 0 for a code that is no longer in the ladder."""
        return next((rank for rank, tier in enumerate(self.tiers) if tier.code == code), 0)

    def tier(self, code: str) -> Tier:
        return self.tiers[self.rank(code)]


class Expiry(_Frozen):
    kind: Literal["none", "months", "year_end"] = "months"
    months: Annotated[int, Field(ge=0, le=120)] = 12

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.kind == "months" and self.months < 1:
            raise PydanticCustomError("expiry_too_short", "Points live at least one month.")
        return self


class Terms(_Frozen):
    """The whole programme. `shortfall` is what a refund does when the points are already spent."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    points_name: Annotated[str, Field(min_length=1, max_length=20)] = "积分"
    growth_name: Annotated[str, Field(min_length=1, max_length=20)] = "成长值"
    earning_rules: Annotated[tuple[EarningRule, ...], Field(max_length=20)] = ()
    ladder: Ladder
    expiry: Expiry = Expiry()
    pending_days: Annotated[int, Field(ge=0, le=365)] = 0
    shortfall: Literal[Shortfall.ARREARS, Shortfall.WRITE_OFF] = Shortfall.ARREARS
    hold_minutes: Annotated[int, Field(ge=1, le=43_200)] = 30
    welcome_points: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    @model_validator(mode="after")
    def _names_rules_once(self) -> Self:
        if len({rule.code for rule in self.earning_rules}) < len(self.earning_rules):
            raise PydanticCustomError("rule_code_twice", "Two earning rules have the same code.")
        return self
