"""Why a score is what it is: each group of features is set to what is usual in the shop, and the score asked again.

The reasons of a customer are the three groups that move their own score most towards their band: what makes a risky
customer riskier than usual, what keeps a safe one safe. Words are made by queries.reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.rules.bands import MEDIUM_FROM
from analytics.science.bgnbd import Floats
from analytics.science.churn_models import logit
from analytics.science.features import Features


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that say one thing; `shown` is the one that the sentence quotes, `against` what it is compared with."""

    code: str
    columns: tuple[str, ...]
    shown: str
    against: str | None = None  # a column of the same customer; None: the shop's usual value of `shown`
    more_keeps: bool = True  # a larger `shown` speaks for staying


GROUPS = (
    Group("recency", ("days_since_last", "gap_last", "days_7", "days_14"), "days_since_last", "gap_median", False),
    Group("frequency", ("x", "orders", "gap_mean", "gap_median", "gap_longest", "gap_deviation"), "gap_median", None, False),
    Group("trend", ("days_30", "days_60", "days_90", "days_180"), "days_90"),
    Group(
        "spend",
        ("spend", "amount_mean", "amount_deviation", "amount_last", "amount_repeat_mean", "spend_7", "spend_14", "spend_30",
         "spend_60", "spend_90", "spend_180"),
        "spend_90",
    ),
    Group("tenure", ("age",), "age"),
    Group(
        "basket", ("lines_mean", "lines_30", "lines_90", "categories_mean", "categories_30", "discount_share"), "lines_mean"
    ),
    Group("returns", ("refunds", "refunded", "refunds_90"), "refunds_90", None, False),
    Group("points", ("points_earned_90", "points_spent", "points_spent_90", "points_expired_90"), "points_earned_90"),
)  # fmt: skip
STRONGEST = 3
_ROWS_AT_ONCE = 50_000  # each group needs a copy of them
_LEAST = 0.002  # of log-odds: less is no reason


def strongest_reasons(
    features: Features, score: Callable[[Features], Floats], scores: Floats
) -> list[list[dict[str, Any]]]:
    """Up to three [{"code", "value", "usual"}] for each row, strongest first. `score` asks the served model, or a sketch
    of it; `scores` are what is served.
    """
    usual = {name: _usual(features.of(name)) for name in features.names}
    found: list[list[dict[str, Any]]] = []
    for start in range(0, len(features), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        block = Features(features.cut[rows], features.customer[rows], features.matrix[rows], features.names)
        found += _reasons_of(block, score, scores[rows], usual)
    return found


def _reasons_of(
    features: Features, score: Callable[[Features], Floats], scores: Floats, usual: dict[str, float]
) -> list[list[dict[str, Any]]]:
    groups = [group for group in GROUPS if group.shown in features.names]
    as_is = logit(score(features))
    pushes = np.column_stack([as_is - logit(score(_as_usual(features, group, usual))) for group in groups])
    risky = scores >= MEDIUM_FROM
    towards = np.where(risky[:, None], pushes, -pushes)
    shown = {group.code: _quoted(features, group, usual) for group in groups}
    for place, group in enumerate(groups):
        towards[~_speaks_so(group, risky, *shown[group.code]), place] = 0
    order = np.argsort(-towards, axis=1, kind="stable")[:, :STRONGEST]
    return [
        [
            _reason(groups[place], bool(risky[row]), *shown[groups[place].code], row)
            for place in order[row]
            if towards[row, place] > _LEAST
        ]
        for row in range(len(features))
    ]


def _usual(column: Floats) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def _as_usual(features: Features, group: Group, usual: dict[str, float]) -> Features:
    matrix = features.matrix.copy()
    for name in group.columns:
        if name in features.names:
            matrix[:, features.names.index(name)] = usual[name]
    changed = Features(features.cut, features.customer, matrix, features.names)
    # What BG/NBD looks at must stay possible: the last purchase lies within the age, and repeats within it.
    age = np.maximum(changed.of("age"), changed.of("days_since_last"))
    x = changed.of("x")
    t_x = np.where(x > 0, np.maximum(age - changed.of("days_since_last"), 0), 0)
    matrix[:, features.names.index("age")] = age
    matrix[:, features.names.index("t_x")] = t_x
    return changed


def _speaks_so(group: Group, risky: NDArray[np.bool_], value: Floats, usual: Floats) -> NDArray[np.bool_]:
    """Where the number that the sentence quotes points the same way: nobody is risky for spending more than usual."""
    more = np.where(np.isnan(usual), ~risky if group.more_keeps else risky, value > usual)
    return np.asarray(~np.isnan(value) & (value != usual) & (more == (risky != group.more_keeps)))


def _quoted(features: Features, group: Group, usual: dict[str, float]) -> tuple[Floats, Floats]:
    value = features.of(group.shown)
    return value, features.of(group.against) if group.against else np.full(len(features), usual[group.shown])


def _reason(group: Group, risky: bool, value: Floats, usual: Floats, row: int) -> dict[str, Any]:
    return {
        "code": f"{group.code}_{'risk' if risky else 'keeps'}",
        "value": _plain(value[row]),
        "usual": _plain(usual[row]),
    }


def _plain(number: float) -> float | None:
    if np.isnan(number):
        return None
    return round(float(number)) if abs(number) >= 10 else round(float(number), 1)
