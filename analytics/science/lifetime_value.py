"""What customers will spend: BG/NBD × Gamma-Gamma always, boosting beside it, and an interval that is measured.

Purchases are purchase days. The parametric forecast is E[purchase days in h] × E[amount of one]. Boosting learns the spend
itself on stacked past cut-offs: 70 % of a Poisson mean and 30 % of a median, because a mean alone follows the few who spend
most. It decides who spends more than whom; the sum of all stays the parametric one, which a shop that grew since those
cut-offs does not mislead. It serves when it was better on the shop's last known window: by normalised Gini, with a sum within
a tenth of the truth. Intervals come from how far predictions of the same size were off there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from analytics.science.bgnbd import BgNbd, Floats, expected_purchases, fit_bgnbd
from analytics.science.features import Features, Outcome, day_of, read_features, read_outcome
from analytics.science.figures import Truth, spend_deciles, spend_figures
from analytics.science.gamma_gamma import GammaGamma, expected_amount, fit_gamma_gamma
from analytics.science.purchases import Source

PARAMETRIC, BOOSTING = "bgnbd", "boosting"
STEP_DAYS, MOST_CUTOFFS = 14, 7
_LEAST_HISTORY_DAYS, _LEAST_ROWS, _LEAST_SPENDERS = 60, 800, 300
_MEDIAN_SHARE = 0.3
_SEEDS = (0, 1, 2)
_BINS = 10
_LOW, _HIGH = 0.1, 0.9
_FARTHEST = 4.0  # the year's forecast follows the quarter's model at most so many times up or down
_WIDEST = 6.0
_TOLERATED = 0.1


@dataclass(frozen=True, slots=True)
class Parametric:
    """The pair of fitted models, in minor units and days."""

    purchases: BgNbd
    amounts: GammaGamma

    def orders(self, features: Features, days: float) -> Floats:
        x, t_x, age = (features.of(name) for name in ("x", "t_x", "age"))
        return expected_purchases(self.purchases, x, t_x, age, days)

    def spend(self, features: Features, days: float) -> Floats:
        x, mean = features.of("x"), _repeat_means(features)
        return np.asarray(self.orders(features, days) * expected_amount(self.amounts, x, mean))


def _repeat_means(features: Features) -> Floats:
    """Mean amount of a repeat purchase day; 0 where there is none, or where everything was given back."""
    return np.nan_to_num(features.of("amount_repeat_mean"), nan=0.0)


def fit_parametric(features: Features) -> Parametric:
    """Both models on the customers of one cut-off. One-time buyers count for the rhythm, not for the amounts."""
    x, t_x, age = (features.of(name) for name in ("x", "t_x", "age"))
    return Parametric(fit_bgnbd(x, t_x, age), fit_gamma_gamma(x, _repeat_means(features)))


@dataclass(slots=True)
class SpendModel:
    """Boosting on features and the parametric forecast; predictions are minor units, never negative."""

    names: tuple[str, ...]
    means: list[HistGradientBoostingRegressor]
    medians: list[HistGradientBoostingRegressor]

    def predict(self, features: Features) -> Floats:
        """For all customers of a cut-off at once, with the column `parametric`: its sum is kept."""
        rows = np.column_stack([features.of(name) for name in self.names])
        with threadpool_limits(1):
            mean = np.maximum(np.mean([each.predict(rows) for each in self.means], axis=0), 0.0)
            median = np.maximum(np.mean([each.predict(rows) for each in self.medians], axis=0), 0.0)
        level = float(features.of("parametric").sum())
        blend = (1 - _MEDIAN_SHARE) * mean + _MEDIAN_SHARE * median * _ratio(mean.sum(), median.sum())
        return np.asarray(blend * _ratio(level, blend.sum()))

    @classmethod
    def train(cls, features: Features, spend: Floats) -> SpendModel:
        rows = features.matrix
        with threadpool_limits(1):
            return cls(
                features.names,
                [_boosting(seed, "poisson").fit(rows, spend) for seed in _SEEDS],
                [_boosting(seed, "absolute_error").fit(rows, spend) for seed in _SEEDS],
            )


def _ratio(wanted: float, found: float) -> float:
    return float(wanted / found) if wanted > 0 and found > 0 else 1.0


def _boosting(seed: int, loss: str) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        loss=loss, max_iter=150, learning_rate=0.04, max_leaf_nodes=8, min_samples_leaf=40, l2_regularization=5.0,
        max_features=0.4, early_stopping=False, random_state=seed,
    )  # fmt: skip


@dataclass(slots=True)
class Spread:
    """Tenth and ninetieth percentile of actual / predicted, by size of prediction (`edges` between the classes)."""

    edges: Floats
    low: Floats
    high: Floats

    @classmethod
    def measured(cls, predicted: Floats, actual: Floats) -> Spread:
        order = np.argsort(predicted, kind="stable")
        groups = [rows for rows in np.array_split(order, min(_BINS, max(1, len(order) // 30))) if len(rows)]
        edges = np.array([predicted[rows[-1]] for rows in groups[:-1]])
        ratios = [actual[rows] / np.maximum(predicted[rows], 1.0) for rows in groups]
        return cls(
            edges,
            np.array([np.quantile(each, _LOW) for each in ratios]),
            np.array([min(np.quantile(each, _HIGH), _WIDEST) for each in ratios]),
        )

    @classmethod
    def assumed(cls) -> Spread:
        """Before any window has passed: from nothing to three times as much."""
        return cls(np.array([]), np.array([0.0]), np.array([3.0]))

    def interval(self, predicted: Floats) -> tuple[Floats, Floats]:
        places = np.searchsorted(self.edges, predicted, side="left")
        base = np.maximum(predicted, 1.0)
        return np.minimum(base * self.low[places], predicted), np.maximum(base * self.high[places], predicted)


@dataclass(slots=True)
class ValueLearnt:
    """What a run keeps: the model (None: parametric serves), the measured spread, and its parts of the card."""

    trained_on: date
    window_days: int
    model: SpendModel | None
    why: str
    spread: Spread
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def served_by(self) -> str:
        return BOOSTING if self.model else PARAMETRIC


@dataclass(frozen=True, slots=True)
class Forecast:
    """One row per customer; amounts in minor units. `year` scales the parametric year by what the model says of the window."""

    features: Features
    fit: Parametric
    orders: Floats
    spend: Floats
    low: Floats
    high: Floats
    year: Floats
    year_low: Floats
    year_high: Floats
    baseline: Floats


def learn_value(source: Source, today: date, window_days: int, first_day: date) -> ValueLearnt:
    """Train on what was known before `today`, judge on the last whole window before it."""
    held_cut = today - timedelta(days=window_days)
    earliest = first_day + timedelta(days=_LEAST_HISTORY_DAYS)
    if held_cut < earliest:
        return ValueLearnt(today, window_days, None, "too_little_history", Spread.assumed())
    older = _cutoffs(held_cut - timedelta(days=window_days), earliest)
    # The served model may learn from the window that judged the other one.
    younger = _cutoffs(held_cut, earliest)
    features = read_features(source, sorted({held_cut, *older, *younger}))
    outcome = read_outcome(source, features, window_days)
    features, _fits = with_parametric(features, window_days)
    held = _rows(features, [held_cut])
    actual, baseline = outcome.spend[held], features.of("parametric")[held]
    judged = _trained(features, outcome, older)
    predicted = judged.predict(features.at(held_cut)) if judged else baseline
    wins = judged is not None and boosting_wins(actual, predicted, baseline)
    served = predicted if wins else baseline
    model = _trained(features, outcome, younger) if wins else None
    why = "better_than_baseline" if wins else ("baseline_is_better" if judged else "too_few_outcomes")
    card = {
        "holdout": {
            "cutoff_on": held_cut.isoformat(),
            "model": _figures(actual, predicted, features.customer[held]),
            "baseline": _figures(actual, baseline, features.customer[held]),
        },
        "deciles": spend_deciles(actual, served),
        "training_cutoffs": [cut.isoformat() for cut in older],
        "rows": {"training": int(_rows(features, older).sum()), "holdout": int(held.sum())},
    }
    return ValueLearnt(today, window_days, model, why, Spread.measured(served, actual), card)


def _cutoffs(youngest: date, earliest: date) -> list[date]:
    days = [youngest - timedelta(days=STEP_DAYS * number) for number in range(MOST_CUTOFFS)]
    return [day for day in days if day >= earliest]


def _rows(features: Features, cuts: list[date]) -> Truth:
    return np.isin(features.cut, [each for each in np.unique(features.cut) if day_of(each) in cuts])


def with_parametric(features: Features, window_days: int) -> tuple[Features, dict[int, Parametric]]:
    """The features and, as column `parametric`, the forecast of the pair fitted at each row's own cut-off."""
    column, fits = np.zeros(len(features)), {}
    for number in np.unique(features.cut):
        mine = features.at(day_of(number))
        fits[int(number)] = fit_parametric(mine)
        column[features.cut == number] = fits[int(number)].spend(mine, window_days)
    return features.with_column("parametric", column), fits


def _trained(features: Features, outcome: Outcome, cuts: list[date]) -> SpendModel | None:
    rows = _rows(features, cuts)
    spend = outcome.spend[rows]
    if rows.sum() < _LEAST_ROWS or (spend > 0).sum() < _LEAST_SPENDERS:
        return None
    return SpendModel.train(features.at(*cuts), np.maximum(spend, 0.0))


def boosting_wins(actual: Floats, predicted: Floats, baseline: Floats) -> bool:
    """Better order of customers by normalised Gini, and a sum within a tenth of the truth or closer to it."""
    mine, theirs = (spend_figures(actual, each, each, each) for each in (predicted, baseline))
    if mine["ngini"] is None or theirs["ngini"] is None:
        return False
    off, theirs_off = abs(mine["calibration"] - 1), abs(theirs["calibration"] - 1)
    return bool(mine["ngini"] > theirs["ngini"] and (off <= _TOLERATED or off < theirs_off))


def _figures(actual: Floats, predicted: Floats, customers: Any) -> dict[str, Any]:
    """With the coverage of intervals that were measured on the other half of the customers."""
    even = customers % 2 == 0
    low, high = np.zeros(len(actual)), np.zeros(len(actual))
    for half in (even, ~even):
        if half.any() and (~half).any():
            low[half], high[half] = Spread.measured(predicted[~half], actual[~half]).interval(predicted[half])
    return spend_figures(actual, predicted, low, high)


def forecast_value(source: Source, today: date, learnt: ValueLearnt) -> Forecast:
    """Every customer with a purchase before `today`, for the window and for a year."""
    features, fits = with_parametric(read_features(source, [today]), learnt.window_days)
    fit = next(iter(fits.values())) if fits else fit_parametric(features)
    baseline = features.of("parametric")
    spend = learnt.model.predict(features) if learnt.model else baseline
    share = np.clip(spend / np.maximum(baseline, 1.0), 1 / _FARTHEST, _FARTHEST)
    year = np.maximum(fit.spend(features, 365) * np.where(baseline > 1.0, share, 1.0), spend)
    low, high = learnt.spread.interval(spend)
    year_low, year_high = learnt.spread.interval(year)
    return Forecast(
        features, fit, fit.orders(features, learnt.window_days), spend, low, high, year, year_low, year_high, baseline
    )
