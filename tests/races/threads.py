"""Real threads on real connections, let go at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection


def all_at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run each piece of work in its own thread and connection; results, or what was raised, in order."""
    barrier = threading.Barrier(len(work))

    def run(piece: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return piece()
        except Exception as failure:
            return failure
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))
