"""Doing things at once, with real threads and a database connection each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def in_parallel(work: Callable[[int], T], *, times: int, threads: int = 16) -> list[T]:
    """`work(0)` … `work(times - 1)`, the first `threads` of them started at the same moment; results in order."""
    start = Barrier(min(threads, times))

    def one(number: int) -> T:
        if number < min(threads, times):
            start.wait(timeout=30)
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(one, range(times)))
