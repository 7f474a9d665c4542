"""RFM: recency, frequency, monetary value, each scored 1 to 5 (5 best) against the shop's other buyers.

The definitions, which the screens publish word for word:

- *Recency* is the days since the last counted purchase, *frequency* the counted orders and *monetary* the money spent, net
  of refunds. An order counts from payment until it is cancelled or refunded whole. Who never bought is not scored.
- The four thresholds of a measure are its 20th, 40th, 60th and 80th percentile: the smallest value that at least so many
  in a hundred buyers do not exceed. A score counts the thresholds that a value lies *above* (for recency: 5 less them).
  Equal values thus always get equal scores; NTILE would split ties at random.
- *FM* is the mean of frequency and monetary score, halves rounded up. Recency and FM together name the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.rules.percentile import percentile

SCORES = (1, 2, 3, 4, 5)
SHARES = (0.2, 0.4, 0.6, 0.8)

# Rows: recency 1 to 5. Columns: FM 1 to 5.
_GRID = (
    ("lost", "lost", "at_risk", "cannot_lose", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "potential_loyalist", "loyal", "loyal", "champions"),
    ("new", "potential_loyalist", "potential_loyalist", "champions", "champions"),
)
# From the best to the lost: the order of lists.
GROUPS = (
    "champions", "loyal", "potential_loyalist", "new", "promising", "need_attention", "about_to_sleep", "at_risk",
    "cannot_lose", "hibernating", "lost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Four ascending values of each measure: days, orders, minor units."""

    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[int, ...]

    def as_json(self) -> dict[str, list[int]]:
        return {"recency": [*self.recency], "frequency": [*self.frequency], "monetary": [*self.monetary]}

    @classmethod
    def of_json(cls, stored: dict[str, list[int]]) -> Thresholds:
        return cls(tuple(stored["recency"]), tuple(stored["frequency"]), tuple(stored["monetary"]))


def percentiles(values: Sequence[int]) -> tuple[int, ...]:
    """The 20th, 40th, 60th and 80th percentile as PostgreSQL's percentile_disc has them; of nobody, four zeros."""
    return tuple(percentile(values, share) for share in SHARES)


def score(value: int, thresholds: Sequence[int]) -> int:
    """1 and one more for each threshold that `value` lies above."""
    return 1 + sum(value > threshold for threshold in thresholds)


def recency_score(days: int, thresholds: Sequence[int]) -> int:
    """5 and one less for each threshold that the days since the last purchase lie above."""
    return 5 - sum(days > threshold for threshold in thresholds)


def fm_of(frequency: int, monetary: int) -> int:
    return (frequency + monetary + 1) // 2


def group_of(recency: int, frequency: int, monetary: int) -> str:
    """The group of a cell: every one of the 125 cells has exactly one."""
    return _GRID[recency - 1][fm_of(frequency, monetary) - 1]


def flat_grid() -> list[str]:
    """The groups by (recency − 1) × 5 + FM, counted from 1: what SQL looks up."""
    return [group for row in _GRID for group in row]


def cells_of(group: str) -> tuple[tuple[int, int], ...]:
    """(recency, FM) pairs of a group, best recency first: its published definition."""
    return tuple((recency, fm) for recency in reversed(SCORES) for fm in SCORES if _GRID[recency - 1][fm - 1] == group)
