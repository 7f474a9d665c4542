"""What an order earns, and why: the same function serves the live path, the quote, the preview and the explanation.

Every matching rule adds its contribution to each line that counts, as an exact decimal; the sum is rounded once, at the end,
downwards: the programme never owes a fraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from loyalty.rules.kinds import Wallet
from loyalty.rules.terms import EarningRule, Terms


class LineOfOrder(Protocol):
    """What a rule looks at. `net_minor`: after every discount, in minor units."""

    @property
    def net_minor(self) -> int: ...
    @property
    def category_path(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule's part in the answer. `reason` is "" where it matched, else why not: `no_line_counts`, `below_minimum`."""

    rule: EarningRule
    reason: str
    multiplier: Decimal
    base_minor: int  # the sum of the lines that count
    lines: tuple[int, ...]  # positions of the lines that count
    points: Decimal  # before rounding

    @property
    def matched(self) -> bool:
        return not self.reason

    @property
    def short_by_minor(self) -> int:
        return max(0, self.rule.minimum_minor - self.base_minor) if self.reason == "below_minimum" else 0


@dataclass(slots=True)
class Earned:
    """One wallet's award: `contributions[i]` is line i's exact share, `points` the rounded sum."""

    wallet: Wallet
    contributions: list[Decimal]
    exact: Decimal = Decimal(0)
    points: int = 0
    traces: list[RuleTrace] = field(default_factory=list)


def lies_in(category_path: str, category: str) -> bool:
    return category_path == category or category_path.startswith(f"{category}/")


def counts(rule: EarningRule, category_path: str) -> bool:
    """Whether a line of this category counts for the rule."""
    return _is_chosen(rule.only_categories, rule.excluded_categories, category_path)


@lru_cache(maxsize=65_536)
def _is_chosen(only: tuple[str, ...], excluded: tuple[str, ...], category_path: str) -> bool:
    """A shop has some thousands of categories, and an import asks for each of them a thousand times."""
    if only and not any(lies_in(category_path, category) for category in only):
        return False
    return not any(lies_in(category_path, category) for category in excluded)


def evaluate(terms: Terms, lines: Sequence[LineOfOrder], *, multiplier: Decimal, exponent: int) -> dict[Wallet, Earned]:
    """What `lines` earn under `terms` for a member with this tier multiplier; one answer per wallet that has a rule.

    `exponent`: decimals of the currency (2 for CNY, 0 for JPY). contribution = net × rate × multiplier ÷ 10^exponent.
    """
    answers: dict[Wallet, Earned] = {}
    for rule in terms.earning_rules:
        earned = answers.get(rule.wallet)
        if earned is None:
            earned = answers[rule.wallet] = Earned(rule.wallet, [Decimal(0)] * len(lines))
        factor = multiplier if rule.with_tier_multiplier else Decimal(1)
        if not rule.only_categories and not rule.excluded_categories:
            counted = range(len(lines))
        else:
            counted = [n for n, line in enumerate(lines) if counts(rule, line.category_path)]  # type: ignore[assignment]
        base = sum(lines[n].net_minor for n in counted)
        reason = "no_line_counts" if not counted else "below_minimum" if base < rule.minimum_minor else ""
        total = Decimal(0)
        if not reason:
            rate = (rule.points_per_unit * factor).scaleb(-exponent)
            for n in counted:
                part = lines[n].net_minor * rate
                earned.contributions[n] += part
                total += part
        earned.exact += total
        earned.traces.append(RuleTrace(rule, reason, factor, base, tuple(counted), total))
    for earned in answers.values():
        earned.points = int(earned.exact)
    return answers


def points_kept(contributions: Sequence[Decimal], lines: Sequence[tuple[int, int]]) -> int:
    """What an award is worth after refunds: each line keeps the share of its contribution that was not refunded.

    `lines[i]` is (net_minor, refunded_minor). Inverts the stored contributions and asks no rule, so refunds in any number of
    steps end at the same figure, and a whole refund ends at zero.
    """
    kept = Fraction(0)
    for contribution, (net, refunded) in zip(contributions, lines, strict=True):
        if net > 0:
            kept += Fraction(contribution) * (net - refunded) / net
    return int(kept)
