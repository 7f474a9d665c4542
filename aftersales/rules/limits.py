"""How much goodwill may be given: the document a shop publishes, and what it says about one grant.

All amounts are points. A month is a calendar month of the shop. The document is stored as JSON with each version.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Points = Annotated[int, Field(ge=0, le=1_000_000_000)]
API_KEY = "api_key"  # what stands for a role when an integration gives points


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RoleLimits(_Frozen):
    """What one person of a role may give: at once, in a month, and at once without a second person."""

    per_grant: Points
    per_month: Points
    second_above: Points


class SignalRules(_Frozen):
    """From which counts on, within `window_days`, a customer's history is pointed out to whoever gives. It forbids nothing."""

    window_days: Annotated[int, Field(ge=1, le=730)] = 90
    grants: Annotated[int, Field(ge=1, le=1000)] = 3
    tickets: Annotated[int, Field(ge=1, le=1000)] = 5
    refunds: Annotated[int, Field(ge=1, le=1000)] = 3


class LimitsDocument(_Frozen):
    """Roles that are not listed may give nothing. `api_key` stands for integrations."""

    roles: dict[str, RoleLimits] = Field(
        default_factory=lambda: {
            "owner": RoleLimits(per_grant=5_000, per_month=100_000, second_above=2_000),
            "support": RoleLimits(per_grant=1_000, per_month=10_000, second_above=300),
            API_KEY: RoleLimits(per_grant=500, per_month=20_000, second_above=500),
        }
    )
    per_ticket: Points = 3_000
    per_customer_month: Points = 3_000
    shop_month: Points = 100_000
    waiting_days: Annotated[int, Field(ge=1, le=90)] = 7  # a grant that nobody decided by then is declined by itself
    signals: SignalRules = SignalRules()

    def of_role(self, role: str) -> RoleLimits | None:
        return self.roles.get(role)


def needs_second(limits: RoleLimits, points: int) -> bool:
    """Whether `points` are too many for one person alone."""
    return points > limits.second_above


def most_now(document: LimitsDocument, limits: RoleLimits, used: dict[str, int]) -> int:
    """How many points one grant may have now; `used` has what was promised so far from the four budgets: "shop", "staff",
    "customer", "ticket"."""
    left = (
        limits.per_grant,
        document.shop_month - used.get("shop", 0),
        limits.per_month - used.get("staff", 0),
        document.per_customer_month - used.get("customer", 0),
        document.per_ticket - used.get("ticket", 0),
    )
    return max(0, min(left))
