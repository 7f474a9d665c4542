"""What a report is: a question with its definition, a headline against the time before, a table, a picture of it.

The page, the file and the API show the same rows. Cells are plain values in the unit of their column's format:
money in minor units, percentages as ratios of 1, days as numbers, days of the calendar as ISO text. None: not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from analytics.rules.spans import Span, start_of
from merchants.clock import now
from merchants.models import Merchant
from merchants.rules.charts import Chart
from merchants.rules.figures import money_amount

Format = Literal["text", "number", "percent", "money", "days", "decimal"]
Cell = str | int | float | None

# An order counts from its payment until it is cancelled or refunded whole; `o` is the order's alias.
COUNTED = "o.paid_at IS NOT NULL AND o.cancelled_at IS NULL AND (o.refunded_minor < o.total_minor OR o.total_minor = 0)"


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    label: str
    format: Format = "number"


@dataclass(frozen=True, slots=True)
class Headline:
    """The one figure. `good` says which direction is welcome; `before` None: nothing to compare with."""

    label: str
    value: float | int | None
    before: float | int | None
    format: Format
    good: Literal["up", "down"] = "up"

    @property
    def change(self) -> float | None:
        """Relative to the time before."""
        if self.value is None or not self.before:
            return None
        return round((self.value - self.before) / self.before, 3) + 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """`incomplete`: (row, column) of cells whose time is not over yet. `notes`: what the figures do not say."""

    key: str
    headline: Headline | None
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    chart: Chart | None = None
    incomplete: frozenset[tuple[int, int]] = frozenset()
    notes: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Moments:
    """A span and the one before as moments; both end as far into their last day as the present one has come."""

    since: datetime
    until: datetime
    before: datetime
    before_until: datetime
    edges: Sequence[datetime]
    edges_before: Sequence[datetime]
    labels: Sequence[str]


def moments_of(merchant: Merchant, span: Span) -> Moments:
    """The buckets of the span, and of the days before at the same distance from their first."""
    zone, present = merchant.zone, now(merchant) + timedelta(microseconds=1)
    since, end = span.since(zone), span.until(zone)
    until = max(min(end, present), since)
    earlier = span.before
    before, before_end = earlier.since(zone), earlier.until(zone)
    before_until = max(before_end - (end - until), before) if until < end else before_end
    shift = span.first - earlier.first
    starts = span.starts()
    return Moments(
        since, until, before, before_until,
        [start_of(day, zone) for day in starts],
        [start_of(day - shift, zone) for day in starts if day - shift <= earlier.last],
        [day.isoformat() for day in starts],
    )  # fmt: skip


def major(amount_minor: int | float | None, merchant: Merchant) -> float | None:
    """An amount as charts draw it."""
    return None if amount_minor is None else float(money_amount(round(amount_minor), merchant.currency))


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
