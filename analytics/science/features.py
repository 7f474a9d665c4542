"""What was known of each customer at a cut-off, and what they did in the window after it.

Features use rows strictly before the cut-off's midnight; outcomes come from the days [cut-off, cut-off + horizon). Cut-offs
are calendar days of the shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.science.bgnbd import Floats
from analytics.science.columns import read_columns
from analytics.science.families import FAMILIES, Family
from analytics.science.purchases import Source

_EPOCH = date(2000, 1, 1)
_ID_BITS = 44  # of a key: cut-off and customer in one 64-bit integer
DERIVED = ("lateness", "trend_30", "trend_90", "spend_trend_90", "regularity")


@dataclass(frozen=True, slots=True)
class Features:
    """One row per cut-off and customer with a purchase before it, sorted by both.

    `cut` days since 2000-01-01, `customer` ids, `matrix` float64 (rows × names), NaN where a number does not exist.
    """

    cut: NDArray[np.int64]
    customer: NDArray[np.int64]
    matrix: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.customer)

    def of(self, name: str) -> Floats:
        return np.asarray(self.matrix[:, self.names.index(name)])

    def at(self, *cuts: date) -> Features:
        """The rows of these cut-offs."""
        chosen = np.isin(self.cut, [_number(each) for each in cuts])
        return Features(self.cut[chosen], self.customer[chosen], self.matrix[chosen], self.names)

    def with_column(self, name: str, values: Floats) -> Features:
        return Features(self.cut, self.customer, np.column_stack([self.matrix, values]), (*self.names, name))


def read_features(source: Source, cuts: Sequence[date], families: Sequence[Family] = FAMILIES) -> Features:
    """Every family of `families` that the source has, at each of `cuts`; each family is one statement."""
    base: NDArray[np.int64] | None = None
    parts: list[Floats] = []
    names: list[str] = []
    for family in families:
        if family.needs_shop and not source.has_shop:
            continue
        found = read_columns(*source.question(cuts, family.select), ("cut", "customer_id", *family.features))
        keys = (found["cut"].astype(np.int64) << _ID_BITS) + found["customer_id"].astype(np.int64)
        order = np.argsort(keys)
        keys = keys[order]
        block = np.column_stack([found[name][order] for name in family.features])
        if base is None:
            base = keys
        else:
            block = _aligned(base, keys, block, family.absent)
        parts.append(block)
        names += family.features
    if base is None:
        raise ValueError("The first family must be one that the source has.")
    matrix = np.concatenate(parts, axis=1)
    cut = base >> _ID_BITS
    return derived(Features(cut, base - (cut << _ID_BITS), matrix, tuple(names)))


def _aligned(base: NDArray[np.int64], keys: NDArray[np.int64], block: Floats, absent: float) -> Floats:
    """`block` by the rows of `base`; rows that the family does not have are `absent`, rows that only it has are left out."""
    aligned = np.full((len(base), block.shape[1]), absent)
    if len(keys):
        places = np.minimum(np.searchsorted(keys, base), len(keys) - 1)
        known = keys[places] == base
        aligned[known] = block[places[known]]
    return aligned


def derived(features: Features) -> Features:
    """Ratios that a tree would need many cuts to find; NaN-free where the customer bought but once."""
    raw = [number for number, name in enumerate(features.names) if name not in DERIVED and name != "bgnbd"]
    features = Features(
        features.cut, features.customer, features.matrix[:, raw], tuple(features.names[number] for number in raw)
    )
    since, age = features.of("days_since_last"), features.of("age")
    usual = np.where(np.isnan(features.of("gap_mean")), age, features.of("gap_mean"))
    columns = (
        since / np.maximum(usual, 1),
        _trend(features.of("days_30"), features.of("days_60") - features.of("days_30")),
        _trend(features.of("days_90"), features.of("days_180") - features.of("days_90")),
        _trend(features.of("spend_90"), features.of("spend_180") - features.of("spend_90")),
        features.of("gap_deviation") / np.maximum(usual, 1),
    )
    for name, column in zip(DERIVED, columns, strict=True):
        features = features.with_column(name, column)
    return features


def _trend(recent: Floats, before: Floats) -> Floats:
    """From −1 (all of it before) to 1 (all of it recently); 0 where there is neither."""
    return np.asarray((recent - before) / np.maximum(recent + before, 1))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in the window after each row's cut-off: purchase days, and spend net of refunds in minor units."""

    days: Floats
    spend: Floats

    @property
    def is_gone(self) -> NDArray[np.bool_]:
        """The churn label: no purchase in the window."""
        return np.asarray(self.days == 0)


def read_outcome(source: Source, features: Features, horizon_days: int) -> Outcome:
    """The outcome of every row. Each cut-off's whole window must lie before now: ask no younger one."""
    days, spend = np.zeros(len(features)), np.zeros(len(features))
    for number in np.unique(features.cut):
        cut = _EPOCH + timedelta(days=int(number))
        until = cut + timedelta(days=horizon_days)
        select, values = source.question(
            [until],
            """
            SELECT customer_id, count(DISTINCT day) AS days, sum(amount) AS spend FROM purchases
            WHERE day >= %(since)s::date GROUP BY customer_id
            """,
        )
        found = read_columns(select, values | {"since": cut}, ("customer_id", "days", "spend"))
        ids = found["customer_id"].astype(np.int64)
        order = np.argsort(ids)
        rows = features.cut == number
        block = np.column_stack([found["days"][order], found["spend"][order]])
        mine = _aligned(features.customer[rows], ids[order], block, 0.0)
        days[rows], spend[rows] = mine[:, 0], mine[:, 1]
    return Outcome(days, spend)


def _number(day: date) -> int:
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """The calendar day of a `cut`."""
    return _EPOCH + timedelta(days=int(number))


def read_gaps(source: Source, today: date) -> tuple[int, float | None]:
    """How many gaps between two purchase days ended in the year before `today`, and the length that 90 % do not exceed.

    Each customer's gaps weigh one together. None where nobody came back.
    """
    select, values = source.question(
        [today],
        """
        , days AS (SELECT DISTINCT customer_id, day FROM purchases),
        gaps AS (
            SELECT customer_id, day, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days
        ),
        weighed AS (
            SELECT gap, 1.0 / count(*) OVER (PARTITION BY customer_id) AS weight
            FROM gaps WHERE gap IS NOT NULL AND day >= %(since)s::date
        )
        SELECT gap, sum(weight)::float8 AS weight, count(*) AS gaps FROM weighed GROUP BY gap ORDER BY gap
        """,
    )
    found = read_columns(select, values | {"since": today - timedelta(days=365)}, ("gap", "weight", "gaps"))
    if not len(found["gap"]):
        return 0, None
    order = np.argsort(found["gap"])
    reached = np.cumsum(found["weight"][order])
    place = int(np.searchsorted(reached, 0.9 * reached[-1]))
    return int(found["gaps"].sum()), float(found["gap"][order][place])
