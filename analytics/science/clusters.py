"""Looking for groups: k-means on log RFM and behaviour; a number of groups is offered only where it is stable.

Raw RFM degenerates (one group per big spender), so money, orders and days are taken as logarithms and everything is brought
to unit variance. A number of groups k is *stable* when customers drawn again (with replacement) fall into the same groups: the
mean adjusted Rand index (Hubert and Arabie 1985) between the groups of all and those of DRAWS bootstrap samples is at least
STABLE. Of the stable ones the best mean silhouette (Rousseeuw 1987) is taken, unless another offered one is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from analytics.science.columns import Columns

FEWEST_CUSTOMERS = 200
TRIED = range(2, 9)
STABLE = 0.8
DRAWS = 10
_SAMPLE, _SILHOUETTE_SAMPLE = 20_000, 2_000
_STRONG, _MOST_DIFFERENCES = 0.4, 3
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    k: int
    stability: float
    silhouette: float

    @property
    def offered(self) -> bool:
        return self.stability >= STABLE

    def as_json(self) -> dict[str, float | int | bool]:
        return {
            "k": self.k,
            "stability": round(self.stability, 3),
            "silhouette": round(self.silhouette, 3),
            "offered": self.offered,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """`number` counts from 1, largest mean spend first. Values are medians; effects are in standard deviations."""

    number: int
    customers: int
    spend_minor: int
    differences: list[dict[str, float | str]]


@dataclass(frozen=True, slots=True)
class Found:
    """`numbers[i]` is the group of the customer `ids[i]`; both empty when no k was stable (`k` 0)."""

    k: int
    candidates: list[Candidate]
    groups: list[Group]
    ids: NDArray[np.int64]
    numbers: NDArray[np.int64]


def find_groups(
    columns: Columns,
    scales: Mapping[str, str],
    *,
    wanted_k: int | None = None,
    tried: Sequence[int] = TRIED,
    seed: int = 7,
) -> Found | None:
    """Groups of the customers in `columns` ("id" and the keys of `scales`: "log" or "share"); None when they are too few.

    The order of rows means nothing: they are put in the order of their ids first.
    """
    order = np.argsort(columns["id"], kind="stable")
    ids = columns["id"][order].astype(np.int64)
    if len(ids) < FEWEST_CUSTOMERS:
        return None
    raw = {name: np.nan_to_num(columns[name][order]) for name in scales}
    points, names = _points(raw, scales)
    draw = np.random.default_rng(seed)
    sample = points[draw.choice(len(points), _SAMPLE, replace=False)] if len(points) > _SAMPLE else points
    # k-means of this size gains nothing from more threads, and loses a hundredfold where others want the processors too.
    with threadpool_limits(1):
        candidates = [_candidate(sample, k, draw, seed) for k in tried]
    offered = [each for each in candidates if each.offered]
    if not offered or (wanted_k is not None and wanted_k not in {each.k for each in offered}):
        nobody = np.empty(0, np.int64)
        return Found(0, candidates, [], nobody, nobody)
    best = max(offered, key=lambda each: (each.k == wanted_k, each.silhouette, -each.k))
    with threadpool_limits(1):
        labels = _fitted(sample, best.k, seed, starts=5).predict(points)
    labels = _by_spend(labels, raw["spend_minor"])
    groups = [_group(number, labels == number, raw, points, names) for number in range(1, best.k + 1)]
    return Found(best.k, candidates, groups, ids, labels)


def _points(raw: Mapping[str, Floats], scales: Mapping[str, str]) -> tuple[Floats, list[str]]:
    """Customers as rows, features that differ at all as columns of zero mean and unit variance."""
    columns, names = [], []
    for name, scale in scales.items():
        values = np.log1p(np.maximum(raw[name], 0)) if scale == "log" else raw[name]
        spread = float(values.std())
        if spread > 1e-9:
            columns.append((values - values.mean()) / spread)
            names.append(name)
    return (np.column_stack(columns) if columns else np.zeros((len(next(iter(raw.values()))), 1))), names


def _fitted(points: Floats, k: int, seed: int, *, starts: int) -> KMeans:
    return KMeans(n_clusters=k, n_init=starts, random_state=seed).fit(points)


def _candidate(sample: Floats, k: int, draw: np.random.Generator, seed: int) -> Candidate:
    if len(np.unique(sample, axis=0)) <= k:  # fewer different customers than groups
        return Candidate(k, 0.0, 0.0)
    whole = _fitted(sample, k, seed, starts=5).labels_
    agreements = []
    for n in range(DRAWS):
        again = sample[draw.integers(0, len(sample), len(sample))]
        if len(np.unique(again, axis=0)) <= k:
            agreements.append(0.0)
            continue
        agreements.append(float(adjusted_rand_score(whole, _fitted(again, k, seed + n, starts=3).predict(sample))))
    few = draw.choice(len(sample), min(len(sample), _SILHOUETTE_SAMPLE), replace=False)
    silhouette = float(silhouette_score(sample[few], whole[few])) if len(np.unique(whole[few])) > 1 else 0.0
    return Candidate(k, float(np.mean(agreements)), silhouette)


def _by_spend(labels: NDArray[np.int32], spend: Floats) -> NDArray[np.int64]:
    """Groups numbered from 1 by falling mean spend."""
    means = [
        float(spend[labels == label].mean()) if (labels == label).any() else -1.0 for label in range(labels.max() + 1)
    ]
    rank = np.empty(len(means), np.int64)
    rank[np.argsort([-mean for mean in means], kind="stable")] = np.arange(1, len(means) + 1)
    return rank[labels]


def _group(number: int, mine: NDArray[np.bool_], raw: Mapping[str, Floats], points: Floats, names: list[str]) -> Group:
    differences: list[dict[str, float | str]] = []
    for place, name in enumerate(names):
        effect = float(points[mine, place].mean()) if mine.any() else 0.0
        if abs(effect) >= _STRONG:
            differences.append(
                {
                    "feature": name,
                    "direction": "higher" if effect > 0 else "lower",
                    "value": round(float(_middle(raw[name][mine], name)), 4),
                    "usual": round(float(_middle(raw[name], name)), 4),
                    "effect": round(effect, 3),
                }
            )
    differences.sort(key=lambda each: -abs(float(each["effect"])))
    return Group(number, int(mine.sum()), int(raw["spend_minor"][mine].sum()), differences[:_MOST_DIFFERENCES])


def _middle(values: Floats, name: str) -> float:
    """Medians of counts and money; means of shares, whose median is mostly 0 or 1."""
    return float(values.mean() if name.endswith("_share") else np.median(values))
