"""The small line in a stat card, as SVG path data: no script, no chart library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 96.0
HEIGHT = 28.0
PADDING = 2.0  # the end dot and the stroke stay inside the picture


@dataclass(frozen=True)
class Sparkline:
    """Path data in a box of WIDTH × HEIGHT; `end` is where the latest value stands."""

    line: str
    area: str
    end_x: float
    end_y: float


def sparkline(values: Sequence[float]) -> Sparkline | None:
    """The path through `values`, oldest first; None for fewer than two values. A flat series lies in the middle."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    spread = high - low
    inner = HEIGHT - 2 * PADDING
    step = (WIDTH - 2 * PADDING) / (len(values) - 1)

    points: list[tuple[float, float]] = []
    for index, value in enumerate(values):
        share = (value - low) / spread if spread else 0.5
        points.append((round(PADDING + index * step, 2), round(PADDING + inner * (1 - share), 2)))

    line = "M" + "L".join(f"{x:g},{y:g}" for x, y in points)
    area = f"{line}L{points[-1][0]:g},{HEIGHT:g}L{points[0][0]:g},{HEIGHT:g}Z"
    return Sparkline(line=line, area=area, end_x=points[-1][0], end_y=points[-1][1])
