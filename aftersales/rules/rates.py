"""Shares and rates with the interval that so few cases allow. All intervals are 95 %.

Wilson's score interval: E. B. Wilson, JASA 22 (1927), 209-212. Comparing two Poisson rates by the binomial share of
their sum: J. Przyborowski and H. Wilenski, Biometrika 31 (1940), 313-323.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt

Z = 1.959963984540054  # the normal's 97.5 % quantile
PER_ORDERS = 1_000


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, as a ratio of 1 with its interval. An empty whole says nothing: from 0 to 1."""

    count: int
    of: int
    low: float
    high: float

    @property
    def ratio(self) -> float | None:
        return self.count / self.of if self.of else None


def share(count: int, of: int) -> Share:
    """`count` of `of` (0 <= count <= of) with Wilson's interval."""
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    if not of:
        return Share(0, 0, 0.0, 1.0)
    p, z2 = count / of, Z * Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z / (1 + z2 / of) * sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == of else min(1.0, middle + half)
    return Share(count, of, low, high)


class Verdict(StrEnum):
    FEWER = "fewer"  # the whole interval lies below "as many as before"
    MORE = "more"
    UNSURE = "unsure"  # it reaches to both sides: as many as before cannot be ruled out
    UNKNOWN = "unknown"  # no orders or no tickets: nothing to compare


@dataclass(frozen=True, slots=True)
class Comparison:
    """Tickets and orders before and after; rates are tickets per 1,000 orders, `ratio` is after / before with its interval."""

    tickets_before: int
    orders_before: int
    tickets_after: int
    orders_after: int
    rate_before: Decimal | None
    rate_after: Decimal | None
    ratio: float | None
    low: float | None
    high: float | None  # None: without an upper end

    @property
    def verdict(self) -> Verdict:
        if self.low is None or not (self.tickets_before or self.tickets_after):
            return Verdict.UNKNOWN
        if self.high is not None and self.high < 1:
            return Verdict.FEWER
        return Verdict.MORE if self.low > 1 else Verdict.UNSURE

    def as_json(self) -> dict[str, object]:
        return {
            "tickets_before": self.tickets_before, "orders_before": self.orders_before,
            "tickets_after": self.tickets_after, "orders_after": self.orders_after,
            "ratio": self.ratio, "low": self.low, "high": self.high, "verdict": str(self.verdict),
        }  # fmt: skip


def rate_of(tickets: int, orders: int) -> Decimal | None:
    """Tickets per 1,000 orders, to four places; None without orders."""
    return round(Decimal(tickets) * PER_ORDERS / orders, 4) if orders else None


def compare(*, tickets_before: int, orders_before: int, tickets_after: int, orders_after: int) -> Comparison:
    """Whether there are fewer tickets per order than before.

    Given their sum, the tickets after are binomial; Wilson's interval of their share becomes that of the rates' ratio.
    """
    before, after = rate_of(tickets_before, orders_before), rate_of(tickets_after, orders_after)
    ratio = low = high = None
    total = tickets_before + tickets_after
    if orders_before and orders_after and total:
        found, scale = share(tickets_after, total), orders_before / orders_after
        low = found.low / (1 - found.low) * scale if found.low < 1 else None
        high = found.high / (1 - found.high) * scale if found.high < 1 else None
        ratio = tickets_after / tickets_before * scale if tickets_before else None
    return Comparison(tickets_before, orders_before, tickets_after, orders_after, before, after, ratio, low, high)
