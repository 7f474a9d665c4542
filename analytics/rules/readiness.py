"""Is there enough history to predict from? If not: what is missing, instead of a guess."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

BUYERS, HISTORY_DAYS, SILENT_DAYS, REPEATERS, REPEATER_ORDERS = 500, 180, 30, 50, 3


@dataclass(frozen=True, slots=True)
class Gap:
    """What falls short: `have` where `need` is wanted. For "recent", days since the last order and the most allowed."""

    code: str
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """`buyers` with a counted order, `days` since the first one, `silent_days` since the last one (None: never any),
    `repeaters` with three orders or more.
    """

    buyers: int
    days: int
    silent_days: int | None
    repeaters: int

    @property
    def gaps(self) -> list[Gap]:
        found = []
        if self.buyers < BUYERS:
            found.append(Gap("buyers", self.buyers, BUYERS))
        if self.days < HISTORY_DAYS:
            found.append(Gap("days", self.days, HISTORY_DAYS))
        if self.silent_days is None or self.silent_days > SILENT_DAYS:
            found.append(Gap("recent", self.silent_days or 0, SILENT_DAYS))
        if self.repeaters < REPEATERS:
            found.append(Gap("repeaters", self.repeaters, REPEATERS))
        return found

    @property
    def is_ready(self) -> bool:
        return not self.gaps


def knowledge_ends(today: date, silent_days: int | None) -> date:
    """The cut-off: today, or the day after the last order when the shop's orders arrive late.

    A shop that imports on Mondays has no silent customers on Saturday; it has no orders yet.
    """
    return today if not silent_days else today - timedelta(days=silent_days - 1)
