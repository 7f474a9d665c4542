"""Service levels: how soon a customer is answered and helped, by tier, priority and category.

The document is stored as JSON with each version. Targets are business minutes of the named calendar; None promises nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

YEAR_MINUTES = 366 * 1440
Code = Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Minutes = Annotated[int, Field(ge=1, le=YEAR_MINUTES)]
PriorityCode = Literal["low", "normal", "high", "urgent"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Targets:
    """What one ticket is promised, in business minutes of the calendar."""

    first_response_minutes: int | None
    next_response_minutes: int | None
    resolution_minutes: int | None
    calendar_code: str


class Promise(Frozen):
    """Three targets and the calendar that counts them."""

    first_response_minutes: Minutes | None = None
    next_response_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None
    calendar: Code = "default"

    def targets(self) -> Targets:
        return Targets(self.first_response_minutes, self.next_response_minutes, self.resolution_minutes, self.calendar)


class SlaRule(Promise):
    """A promise for some tickets. An empty list of tiers, priorities or categories means any."""

    name: Name
    tiers: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    priorities: Annotated[tuple[PriorityCode, ...], Field(max_length=4)] = ()
    categories: Annotated[tuple[Code, ...], Field(max_length=50)] = ()

    def applies(self, *, tier: str, priority: str, category: str) -> bool:
        return (
            (not self.tiers or tier in self.tiers)
            and (not self.priorities or priority in self.priorities)
            and (not self.categories or category in self.categories)
        )


class SlaDocument(Frozen):
    """Rules in order: the first that applies decides. `otherwise` is for tickets that none applies to."""

    rules: Annotated[tuple[SlaRule, ...], Field(max_length=50)] = ()
    otherwise: Promise = Promise()

    @model_validator(mode="after")
    def _each_rule_can_be_reached(self) -> Self:
        for rule in self.rules[:-1]:
            if not rule.tiers and not rule.priorities and not rule.categories:
                raise PydanticCustomError("rule_unreachable", "A rule for every ticket comes last.")
        return self

    def promises(self) -> Iterator[Promise]:
        yield from self.rules
        yield self.otherwise


def rule_for(document: SlaDocument, *, tier: str, priority: str, category: str) -> SlaRule | None:
    """The first rule that applies; None: what is promised otherwise."""
    return next(
        (rule for rule in document.rules if rule.applies(tier=tier, priority=priority, category=category)), None
    )


def targets_for(document: SlaDocument, *, tier: str, priority: str, category: str) -> Targets:
    """`tier` is the code of the customer's tier, "" for a guest; `category` the ticket category's code."""
    return (rule_for(document, tier=tier, priority=priority, category=category) or document.otherwise).targets()
