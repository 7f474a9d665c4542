"""A year of purchases, day by day: each day's orders by several processes at once, then the night, as it would have been.

Every process has its own households, so the orders of one customer stay in the order of time.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing.connection import Connection
from typing import Any

from django.db import connections

from commerce.models import Order
from loyalty.actions.nights import expire_lots, review_tiers
from loyalty.actions.purchases import record_orders
from loyalty.rules.expiry import add_months, start_of
from loyalty_platform.demo_data.grocer import LAST_DAY, baskets_by_day, read_items, read_lines
from loyalty_platform.demo_data.progress import Progress
from merchants.errors import DomainError
from merchants.models import SYSTEM, Merchant

ORDERS_A_BATCH = 250
FIRST_DAY = date(2017, 1, 1)


@dataclass(slots=True)
class Outcome:
    """What a replay came to. `refused`: how many orders per reason."""

    orders: int = 0
    lines: int = 0
    repeats: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    lots_expired: int = 0
    tiers_changed: int = 0

    def add(self, orders: int, lines: int, repeats: int, refused: dict[str, int]) -> None:
        self.orders, self.lines, self.repeats = self.orders + orders, self.lines + lines, self.repeats + repeats
        for reason, count in refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + count


def replay(
    merchant: Merchant, customer_ids: dict[int, int], shift: timedelta, progress: Progress, *, processes: int
) -> Outcome:
    """Record every basket of the households in `customer_ids`; days that a run before has finished are passed over."""
    outcome = Outcome()
    first, last = FIRST_DAY + shift, LAST_DAY + shift
    # Before this day nothing can expire and no tier can be lost: its nights would find nothing.
    first_night = add_months(first, 6)
    start = _unfinished_since(merchant) or first
    with _crew(merchant, customer_ids, shift, start, processes) as crew:
        day = start
        while day <= last:
            for pipe in crew:
                pipe.send(day)
            for pipe in crew:
                report = pipe.recv()
                outcome.add(*report)
                progress.add(report[0] + report[2])
            if day >= first_night:
                midnight = start_of(day + timedelta(days=1), merchant.zone)
                outcome.lots_expired += expire_lots(merchant, at=midnight, deliver=False).lots
                outcome.tiers_changed += review_tiers(merchant, at=midnight, deliver=False)
            day += timedelta(days=1)
    return outcome


def _unfinished_since(merchant: Merchant) -> date | None:
    """The last day that has orders: it may be unfinished, and saying its orders again changes nothing."""
    latest = Order.objects.filter(merchant=merchant, source="till").order_by("-placed_at", "-id").first()
    return latest.placed_at.astimezone(merchant.zone).date() if latest else None


@contextmanager
def _crew(
    merchant: Merchant, customer_ids: dict[int, int], shift: timedelta, start: date, processes: int
) -> Iterator[list[Connection]]:
    connections.close_all()  # a connection must not be shared by a parent and its children
    context = multiprocessing.get_context("fork")
    members: list[Any] = []
    pipes: list[Connection] = []
    try:
        for part in range(processes):
            ours, theirs = context.Pipe()
            member = context.Process(
                target=_work, args=(theirs, merchant, customer_ids, shift, start, part, processes), daemon=True
            )
            member.start()
            theirs.close()
            members.append(member)
            pipes.append(ours)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for member in members:
            member.join(5)
            if member.is_alive():
                member.terminate()


def _work(
    pipe: Connection, merchant: Merchant, customer_ids: dict[int, int], shift: timedelta, start: date, part: int, parts: int
) -> None:
    """One process: its households' orders of each day that it is told, until the pipe ends."""
    gc.disable()  # millions of plain rows and no cycles: looking for them would take a fifth of the time
    lines = read_lines(part=part, parts=parts, households=len(customer_ids))
    days = baskets_by_day(lines, items=read_items(), customer_ids=customer_ids, shift=shift)
    waiting = next(days, None)
    try:
        while True:
            day = pipe.recv()
            while waiting is not None and waiting[0] < day:
                waiting = next(days, None)
            report: tuple[int, int, int, dict[str, int]] = (0, 0, 0, {})
            if waiting is not None and waiting[0] == day:
                report = _record(merchant, waiting[1])
                waiting = next(days, None)
            pipe.send(report)
    except EOFError:
        return


def _record(merchant: Merchant, purchases: list[Any]) -> tuple[int, int, int, dict[str, int]]:
    orders = lines = repeats = 0
    refused: dict[str, int] = {}
    for first in range(0, len(purchases), ORDERS_A_BATCH):
        batch = purchases[first : first + ORDERS_A_BATCH]
        for purchase, answer in zip(batch, record_orders(merchant, batch, by=SYSTEM, deliver=False), strict=True):
            if isinstance(answer, DomainError):
                refused[answer.code] = refused.get(answer.code, 0) + 1
            elif answer.is_new:
                orders += 1
                lines += len(purchase.lines)
            else:
                repeats += 1
    return orders, lines, repeats, refused
