"""A year of purchases as it would have happened: each day's orders, then the night.

Several processes share the customers among them. Each walks through the whole year with its own, so the orders of one
customer stay in the order of time and nobody waits for anybody.
"""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing.connection import Connection, wait
from typing import Any

from django.db import connection, connections

from commerce.actions.catalogue import NewProduct, add_products
from commerce.actions.purchases import Purchase
from commerce.models import Order
from loyalty.actions.nights import expire_lots, review_tiers
from loyalty.actions.purchases import record_orders
from loyalty.rules.expiry import add_months, start_of
from loyalty.rules.shares import Share
from loyalty_platform.demo_data.aftermath import happens_after
from loyalty_platform.demo_data.grocer import FIRST_DAY, Item, baskets_by_day, read_items, read_lines, sold_items
from loyalty_platform.demo_data.progress import Progress
from merchants.errors import DomainError
from merchants.models import SYSTEM, Merchant

ORDERS_A_BATCH = 250
_REPORT_EVERY_S = 0.2
_ANALYZE_AT = (0.02, 0.1, 0.4)  # a fast load outruns the server's own statistics, and bad plans with it
_ANALYZED = (
    "commerce_product, commerce_order, commerce_orderline, commerce_purchasesummary, loyalty_account, loyalty_award, "
    "loyalty_entry, loyalty_lot, loyalty_allocation, loyalty_tierstanding, events_event"
)


@dataclass(slots=True)
class Outcome:
    """What a replay came to. `refused`: how many orders per reason; `known`: recorded by an earlier run."""

    orders: int = 0
    lines: int = 0
    known: int = 0
    lots_expired: int = 0
    tiers_changed: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def add(self, more: Outcome) -> None:
        for name in ("orders", "lines", "known", "lots_expired", "tiers_changed"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        for reason, count in more.refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + count


@dataclass(frozen=True, slots=True)
class Replay:
    """What every process is told. `first_night`: before it nothing can expire, and no tier can be lost."""

    merchant: Merchant
    customer_ids: dict[int, int]
    shift: timedelta
    first_night: date

    @classmethod
    def of(cls, merchant: Merchant, customer_ids: dict[int, int], shift: timedelta, *, months: int) -> Replay:
        return cls(merchant, customer_ids, shift, add_months(FIRST_DAY + shift, months))


def replay(plan: Replay, progress: Progress, *, processes: int) -> Outcome:
    """Record every basket of the plan's households; what an earlier run has recorded is passed over."""
    items = read_items()
    add_catalogue(plan.merchant, items)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, customers_externalid, commerce_product")
    connections.close_all()  # a connection must not be shared by a parent and its children
    context = multiprocessing.get_context("fork")
    members: list[Any] = []
    pipes: list[Connection] = []
    outcome = Outcome()
    try:
        for part in range(processes):
            ours, theirs = context.Pipe(duplex=False)
            member = context.Process(target=_work, args=(theirs, plan, items, Share(part, processes)), daemon=True)
            member.start()
            theirs.close()
            members.append(member)
            pipes.append(ours)
        _follow(pipes, outcome, progress)
    finally:
        for member in members:
            member.join(5)
            if member.is_alive():
                member.terminate()
    if any(member.exitcode for member in members):
        raise RuntimeError("A process of the load failed; start it again, and it goes on where it was.")
    return outcome


def add_catalogue(merchant: Merchant, items: dict[int, Item]) -> None:
    """All that was ever sold, so that no batch has to wait for another one's new products."""
    sold = [item for number in sold_items() if (item := items.get(number))]
    add_products(merchant, [NewProduct(item.sku, item.name, item.category_path, item.brand) for item in sold])


def _follow(pipes: Sequence[Connection], outcome: Outcome, progress: Progress) -> None:
    """Add up what the processes report until the last has ended."""
    marks = list(_ANALYZE_AT)
    open_pipes = list(pipes)
    while open_pipes:
        for pipe in wait(open_pipes):
            assert isinstance(pipe, Connection)
            try:
                report: Outcome = pipe.recv()
            except EOFError:
                open_pipes.remove(pipe)
                continue
            outcome.add(report)
            progress.add(report.orders + report.known + sum(report.refused.values()))
        if marks and progress.done >= marks[0] * progress.total:
            marks.pop(0)
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {_ANALYZED}")


def _work(pipe: Connection, plan: Replay, items: dict[int, Item], share: Share) -> None:
    """One process: its customers' whole year."""
    gc.disable()  # millions of plain rows and no cycles: looking for them would take a fifth of the time
    with connection.cursor() as cursor:
        # A history load that is cut off goes on where it was, so its commits need not wait for the disk one by one.
        cursor.execute("SET synchronous_commit = off")
    mine = {number: pk for number, pk in plan.customer_ids.items() if pk % share.parts == share.part}
    known = set(
        Order.objects.filter(merchant=plan.merchant, source="till", customer__in=mine.values())
        .order_by()
        .values_list("number", flat=True)
    )
    report, reported = Outcome(), time.monotonic()
    days = baskets_by_day(read_lines(mine), items=items, customer_ids=mine, shift=plan.shift)
    for day, purchases in _every_day(days):
        fresh = [purchase for purchase in purchases if purchase.number not in known]
        report.known += len(purchases) - len(fresh)
        for first in range(0, len(fresh), ORDERS_A_BATCH):
            _record(plan.merchant, fresh[first : first + ORDERS_A_BATCH], report)
        if day >= plan.first_night and (fresh or not purchases):
            midnight = start_of(day + timedelta(days=1), plan.merchant.zone)
            report.lots_expired += expire_lots(plan.merchant, at=midnight, deliver=False, share=share).lots
            report.tiers_changed += review_tiers(plan.merchant, at=midnight, deliver=False, share=share)
        if time.monotonic() - reported > _REPORT_EVERY_S:
            pipe.send(report)
            report, reported = Outcome(), time.monotonic()
    pipe.send(report)


def _every_day(days: Iterator[tuple[date, list[Purchase]]]) -> Iterator[tuple[date, list[Purchase]]]:
    """The days without a basket as well: their nights come all the same."""
    last: date | None = None
    for day, purchases in days:
        while last is not None and last + timedelta(days=1) < day:
            last += timedelta(days=1)
            yield last, []
        last = day
        yield day, purchases


def _record(merchant: Merchant, batch: Sequence[Purchase], report: Outcome) -> None:
    for purchase, answer in zip(batch, record_orders(merchant, batch, by=SYSTEM, deliver=False), strict=True):
        if isinstance(answer, DomainError):
            report.refused[answer.code] = report.refused.get(answer.code, 0) + 1
        else:
            report.orders += 1
            report.lines += len(purchase.lines)
            happens_after(merchant, purchase, answer)
