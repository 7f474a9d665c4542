"""What conditions write themselves with: bound values, moments of the shop's days, and joins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from analytics.rules.segment_tree import Window
from analytics.rules.spans import start_of
from merchants.clock import now
from merchants.models import Merchant

# An order counts from payment until it is cancelled or refunded whole.
COUNTED = "o.paid_at IS NOT NULL AND o.cancelled_at IS NULL AND (o.refunded_minor < o.total_minor OR o.total_minor = 0)"


@dataclass(frozen=True, slots=True)
class Answer:
    """`test`: a boolean that is never NULL. `found`: what the person has there, as jsonb, for "why"."""

    test: str
    found: str


@dataclass(slots=True)
class Writer:
    """Collects a statement's joins and values for one shop at one moment.

    `only` limits every part of it to these customers, so that one person's question reads one person's rows.
    """

    merchant: Merchant
    at: datetime
    only: Sequence[int] | None = None
    values: dict[str, Any] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, merchant: Merchant, *, only: Sequence[int] | None = None) -> Writer:
        writer = cls(merchant, now(merchant), only)
        writer.values["merchant"] = merchant.pk
        if only is not None:
            writer.values["only"] = list(only)
        return writer

    @property
    def today(self) -> date:
        return self.at.astimezone(self.merchant.zone).date()

    def bind(self, value: Any) -> str:
        """A placeholder for `value`: nothing that a person typed is ever part of the text."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    def scope(self, column: str) -> str:
        """ "AND column is one of `only`", where the statement is about some customers."""
        return "" if self.only is None else f" AND {column} = ANY (%(only)s::bigint[])"

    def join(self, rows: str) -> str:
        """Join a SELECT of `customer_id` (at most one row each) and more; the name of its row."""
        name = f"m{len(self.joins)}"
        self.joins.append(f"LEFT JOIN ({rows}) {name} ON {name}.customer_id = c.id")
        return name

    def start_of_day(self, days_ago: int) -> datetime:
        return start_of(self.today - timedelta(days=min(days_ago, self.today.toordinal() - 366)), self.merchant.zone)

    def within(self, column: str, window: Window) -> str:
        """ "AND column lies in the window"; nothing for an open one."""
        parts = []
        if window.last_days is not None:
            parts.append(f" AND {column} >= {self.bind(self.start_of_day(window.last_days))}")
        if window.older_than_days is not None:
            parts.append(f" AND {column} < {self.bind(self.start_of_day(window.older_than_days))}")
        if window.since is not None:
            parts.append(f" AND {column} >= {self.bind(start_of(window.since, self.merchant.zone))}")
        if window.until is not None:
            following = window.until + timedelta(days=1) if window.until < date.max else window.until
            parts.append(f" AND {column} < {self.bind(start_of(following, self.merchant.zone))}")
        return "".join(parts)

    def between(self, value: str, at_least: Any, at_most: Any) -> str:
        """ "value lies within the bounds", both included; true without bounds."""
        parts = []
        if at_least is not None:
            parts.append(f"{value} >= {self.bind(at_least)}")
        if at_most is not None:
            parts.append(f"{value} <= {self.bind(at_most)}")
        return " AND ".join(parts) or "true"

    def measured(self, value: str, bounds: Any, *, fewest: int | None = 1) -> Answer:
        """A number that is 0 where there is no row, within `bounds`; without bounds, at least `fewest`."""
        at_least = bounds.at_least
        if at_least is None and bounds.at_most is None:
            at_least = fewest
        takes_nothing = (at_least is None or at_least <= 0) and (bounds.at_most is None or bounds.at_most >= 0)
        measure = f"coalesce({value}, 0)" if takes_nothing else value
        # IS TRUE, and no coalesce where 0 is outside: the planner then sees that only those with a row can hold.
        return Answer(
            f"(({self.between(measure, at_least, bounds.at_most)}) IS TRUE)", f"to_jsonb(coalesce({value}, 0))"
        )
