"""Figures with their witnesses and targets, printed as a table and kept as JSON."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


@dataclass(slots=True)
class Figure:
    """`value` beside what it is judged by. `holds` None: printed, not judged."""

    what: str
    value: str
    witness: str = ""
    ratio: float | None = None
    least: str = ""
    aim: str = ""
    holds: bool | None = None


@dataclass(slots=True)
class Report:
    figures: list[Figure] = field(default_factory=list)

    def rate(
        self, what: str, values: Sequence[float], witness: str, witnesses: Sequence[float], *, least: float, aim: float
    ) -> None:
        """A rate per second judged by the median of its ratios to the witness of the same round."""
        ratio = statistics.median(value / other for value, other in zip(values, witnesses, strict=True))
        figure = Figure(
            what, f"{statistics.median(values):,.0f}/s", f"{witness} {statistics.median(witnesses):,.0f}/s", ratio,
            f"{least:.2f}", f"{aim:.2f}", ratio >= least,
        )  # fmt: skip
        self.add(figure)

    def below(self, what: str, value: float, unit: str, *, least: float, aim: float | None = None) -> None:
        """A figure that should be small."""
        self.add(
            Figure(
                what, f"{value:,.1f} {unit}", least=f"≤ {least:g}", aim=f"≤ {aim:g}" if aim else "",
                holds=value <= least,
            )
        )  # fmt: skip

    def above(self, what: str, value: float, unit: str, *, least: float, aim: float | None = None) -> None:
        self.add(
            Figure(
                what, f"{value:,.0f} {unit}", least=f"≥ {least:,.0f}", aim=f"≥ {aim:,.0f}" if aim else "",
                holds=value >= least,
            )
        )  # fmt: skip

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)
        say(f"    {line_of(figure)}")

    def print(self) -> None:
        say()
        say(f"{'what':<46}{'seen':>16}  {'witness':<22}{'ratio':>6}  {'least':>9}{'aim':>9}")
        for figure in self.figures:
            say(line_of(figure))
        missed = [figure.what for figure in self.figures if figure.holds is False]
        say(
            f"\n{len(missed)} of {len(self.figures)} below their least: {', '.join(missed)}"
            if missed
            else "\nAll hold."
        )

    def keep(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([asdict(figure) for figure in self.figures], indent=1, ensure_ascii=False))


def line_of(figure: Figure) -> str:
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    mark = {True: "", False: "  MISSED", None: ""}[figure.holds]
    return (
        f"{figure.what:<46}{figure.value:>16}  {figure.witness:<22}{ratio:>6}  {figure.least:>9}{figure.aim:>9}{mark}"
    )
