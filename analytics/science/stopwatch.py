"""How long the parts of a run took, and how much memory it needed at most."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stopwatch:
    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._parts: dict[str, float] = {}

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self._parts[f"{part}_seconds"] = round(time.perf_counter() - began, 3)

    def runtime(self, rows: int) -> dict[str, Any]:
        """The card's "runtime": seconds in all and by part, rows per second, and the process's peak memory in MB."""
        seconds = time.perf_counter() - self._began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "seconds": round(seconds, 3),
            **self._parts,
            "rows_per_second": round(rows / seconds) if seconds else 0,
            "peak_mb": round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024)),
        }
