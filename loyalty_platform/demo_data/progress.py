"""How far a long load is: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_BAR = 30
_LINE_EVERY_S = 5.0
_DRAW_EVERY_S = 0.1


class Progress:
    """Counts towards `total` things of one kind and tells rate and remaining time. `silent` says nothing at all."""

    def __init__(self, what: str, total: int, *, silent: bool = False, to: TextIO | None = None) -> None:
        self.what, self.total, self.done = what, total, 0
        self.to = to or sys.stderr
        self.silent = silent
        self.is_terminal = self.to.isatty()
        self.started = self.shown = time.monotonic()

    def add(self, more: int) -> None:
        self.done += more
        since = time.monotonic() - self.shown
        if since > (_DRAW_EVERY_S if self.is_terminal else _LINE_EVERY_S):
            self._show()

    def finish(self) -> None:
        self._show()
        if self.is_terminal and not self.silent:
            self.to.write("\n")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def _show(self) -> None:
        self.shown = time.monotonic()
        if self.silent:
            return
        seconds = max(self.shown - self.started, 1e-6)
        rate = self.done / seconds
        left = (self.total - self.done) / rate if rate and self.done < self.total else 0
        share = min(self.done / self.total, 1) if self.total else 1
        figures = f"{self.done:>9,} of {self.total:,} {self.what}  {rate:>7,.0f}/s"
        ending = f"{left:4.0f} s left" if left else f"{seconds:4.0f} s"
        if self.is_terminal:
            full = round(share * _BAR)
            self.to.write(f"\r  [{'#' * full}{'.' * (_BAR - full)}] {figures}  {ending}  ")
        else:
            self.to.write(f"  {share:4.0%} {figures}  {ending}\n")
        self.to.flush()
