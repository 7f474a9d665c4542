"""Routing: where a new ticket goes, by ordered rules. The first that matches decides; what it leaves empty stays as it was.

The document is stored as JSON with each version. Amounts are minor units of the shop's currency.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from aftersales.rules.sla import Code, Frozen, Name, PriorityCode

Word = Annotated[str, Field(min_length=1, max_length=60)]


class When(Frozen):
    """All parts that are given must hold. Words are looked for in subject and first message, whatever their case or width."""

    categories: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    tiers: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    channels: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    words: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    words_match: Literal["any", "all"] = "any"
    order_total_at_least_minor: Annotated[int, Field(ge=0)] | None = None


class Then(Frozen):
    """`assignee` is a membership's id; `skill` narrows the round robin to those who have it."""

    priority: PriorityCode | None = None
    category: Code | None = None
    assignee: Annotated[int, Field(ge=1)] | None = None
    skill: Code | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.priority is None and self.category is None and self.assignee is None and self.skill is None:
            raise PydanticCustomError(
                "rule_does_nothing", "A rule changes something: priority, category or who gets it."
            )
        return self


class RoutingRule(Frozen):
    name: Name
    when: When = When()
    then: Then


class RoutingDocument(Frozen):
    rules: Annotated[tuple[RoutingRule, ...], Field(max_length=50)] = ()


@dataclass(frozen=True, slots=True)
class RoutingInput:
    """What is known when a ticket is opened. `order_total_minor` None: it is about no order."""

    category: str
    tier: str = ""
    channel: str = ""
    text: str = ""
    order_total_minor: int | None = None


@dataclass(frozen=True, slots=True)
class RoutingOutcome:
    """What the matching rule says; `rule` is its place from 0, None when no rule matched."""

    rule: int | None = None
    rule_name: str = ""
    priority: str | None = None
    category: str | None = None
    assignee: int | None = None
    skill: str | None = None


def route(document: RoutingDocument, ticket: RoutingInput) -> RoutingOutcome:
    text = plain(ticket.text)
    for place, rule in enumerate(document.rules):
        if _matches(rule.when, ticket, text):
            then = rule.then
            return RoutingOutcome(place, rule.name, then.priority, then.category, then.assignee, then.skill)
    return RoutingOutcome()


def plain(text: str) -> str:
    """Full-width letters and letter case make no difference: ＶＩＰ is vip."""
    return unicodedata.normalize("NFKC", text).casefold()


def _matches(when: When, ticket: RoutingInput, text: str) -> bool:
    if when.categories and ticket.category not in when.categories:
        return False
    if when.tiers and ticket.tier not in when.tiers:
        return False
    if when.channels and ticket.channel not in when.channels:
        return False
    least = when.order_total_at_least_minor
    if least is not None and (ticket.order_total_minor is None or ticket.order_total_minor < least):
        return False
    if not when.words:
        return True
    found = (plain(word) in text for word in when.words)
    return all(found) if when.words_match == "all" else any(found)
