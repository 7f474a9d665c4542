"""A chart as plain values: what the picture draws and what the table under it says are the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["line", "area", "bar", "stack", "pie", "funnel", "heatmap"]
NumberFormat = Literal["number", "points", "money", "percent"]
Number = int | float | None


@dataclass(frozen=True)
class Series:
    """One line, colour or row. `compared` marks last year's line: dashed. None is a gap."""

    name: str
    values: Sequence[Number]
    compared: bool = False


@dataclass(frozen=True)
class Chart:
    """`labels` along the axis, one value of each series per label.

    Money is given in major units (the axis is for reading, not for adding up); percentages as ratios of 1.
    `option` is merged over the drawn ECharts option, one level deep, for what this description cannot say.
    """

    kind: Kind
    labels: Sequence[str]
    series: Sequence[Series]
    format: NumberFormat = "number"
    currency: str | None = None
    unit: str = ""
    horizontal: bool = False
    option: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.series:
            if len(one.values) != len(self.labels):
                raise ValueError(f"series {one.name!r} has {len(one.values)} values for {len(self.labels)} labels")

    def as_json(self) -> dict[str, Any]:
        """What charts.js reads."""
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "series": [{"name": s.name, "values": list(s.values), "compared": s.compared} for s in self.series],
            "format": self.format,
            "currency": self.currency,
            "unit": self.unit,
            "horizontal": self.horizontal,
            "option": self.option,
        }

    def rows(self) -> list[tuple[str, list[Number]]]:
        """The table: (label, one value per series) in the order of the labels."""
        return [(label, [one.values[i] for one in self.series]) for i, label in enumerate(self.labels)]
