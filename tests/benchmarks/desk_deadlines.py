"""The minute's bell of a desk with a million open tickets, of which a thousand are due."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from aftersales.actions.deadlines import ring_deadlines
from merchants.models import Merchant
from tests.benchmarks.desk_tickets import tickets_shop
from tests.benchmarks.report import Report, say

_MAKE_DUE = """
UPDATE aftersales_ticket SET next_due_at = now() - interval '5 minutes', first_response_due_at = now() - interval '5 minutes',
       called_for = 0
WHERE merchant_id = %s AND number %% (SELECT count(*) / %s FROM aftersales_ticket WHERE merchant_id = %s) = 0
"""
_MAKE_FUTURE = """
UPDATE aftersales_ticket SET next_due_at = now() + interval '9 days', first_response_due_at = now() + interval '9 days'
WHERE merchant_id = %s AND next_due_at <= now()
"""


def run(report: Report, *, tickets: int, due: int = 1_000, rounds: int = 3) -> None:
    """`tickets` open, `due` of them past their deadline: how long looking takes, and calling for all of them."""
    merchant = tickets_shop("bench-desk", tickets)
    looked: list[float] = []
    rung: list[float] = []
    for _round in range(rounds):
        _make_due(merchant, due)
        looking = _Looking()
        started = time.perf_counter()
        with connection.execute_wrapper(looking):
            many = ring_deadlines()
        rung.append(time.perf_counter() - started)
        looked.append(looking.seconds * 1000)
        say(f"    {many:,} called for in {rung[-1]:.1f} s, of which looking took {looked[-1]:.1f} ms")
        assert many == due, many
    report.below(
        f"deadlines: finding {due:,} due of {tickets:,} open", statistics.median(looked), "ms", least=100, aim=50
    )
    report.below("deadlines: calling for all of them", statistics.median(rung), "s", least=60, aim=20)


class _Looking:
    """The seconds of the statements that claim what is due."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if "SKIP LOCKED" in sql and "next_due_at <=" in sql:
                self.seconds += time.perf_counter() - started


def _make_due(merchant: Merchant, due: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_FUTURE, [merchant.pk])
        cursor.execute(_MAKE_DUE, [merchant.pk, due, merchant.pk])
