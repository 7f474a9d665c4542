"""What learns who leaves: boosting where data suffice, logistic regression when they are few; both told what BG/NBD thinks.

A model is trained on stacked past cut-offs and calibrated on a later one, so that its scores are probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from analytics.science.bgnbd import BgNbd, Floats, fit_bgnbd, p_no_purchase
from analytics.science.features import Features, derived
from analytics.science.figures import Truth

BASELINE = "bgnbd"
# Of each outcome among the stacked rows: under the first boosting splits noise, under the second nothing is learnt.
BOOSTING_NEEDS, LOGISTIC_NEEDS = 400, 60
_SEEDS = (0, 1, 2)
_SOBER = 0.5  # of a vote, for BG/NBD
_EDGE = 1e-6


class Classifier(Protocol):
    def predict_proba(self, rows: Floats) -> Floats: ...


@dataclass(slots=True)
class ChurnModel:
    """`engine` boosting | logistic; `panels` vote in log-odds, and BG/NBD with half a vote.

    The score is sigmoid(`shift` + `slope` · mean log-odds). Averaging with the label-free model keeps the score sober where
    the past was different: a shop's first months say little about its third year.
    """

    engine: str
    names: tuple[str, ...]
    panels: list[list[Classifier]]
    shift: float = 0.0
    slope: float = 1.0

    def uncalibrated(self, features: Features) -> Floats:
        """Log-odds before calibration. `features` carry the baseline column."""
        rows = np.column_stack([features.of(name) for name in self.names])
        votes = [logit(features.of(BASELINE))]
        with threadpool_limits(1):
            for panel in self.panels:
                votes.append(logit(np.mean([each.predict_proba(rows)[:, 1] for each in panel], axis=0)))
        return np.asarray(np.average(votes, axis=0, weights=[_SOBER, *[1.0] * len(self.panels)]))

    def score(self, features: Features) -> Floats:
        """P(no purchase within the horizon) of each row."""
        return sigmoid(self.shift + self.slope * self.uncalibrated(features))


def sketch_of(model: ChurnModel) -> ChurnModel:
    """One classifier of each panel: for questions that are asked many times over, such as reasons."""
    return ChurnModel(model.engine, model.names, [panel[:1] for panel in model.panels], model.shift, model.slope)


def engine_for(gone: Truth) -> str | None:
    """Which model so many outcomes allow; None when neither."""
    fewer = int(min(gone.sum(), (~gone).sum()))
    if fewer >= BOOSTING_NEEDS:
        return "boosting"
    return "logistic" if fewer >= LOGISTIC_NEEDS else None


def train(features: Features, gone: Truth, *, engine: str) -> ChurnModel:
    """Fit on stacked rows that carry the baseline column. Same rows in any order, same model.

    One thread: a worker is one of several processes, and OpenMP's threads wait for each other by spinning.
    """
    rows = features.matrix
    with threadpool_limits(1):
        panels: list[list[Classifier]] = [[_logistic().fit(rows, gone)]]
        if engine == "boosting":
            panels.append([_boosting(seed, len(rows)).fit(rows, gone) for seed in _SEEDS])
    return ChurnModel(engine, features.names, panels)


def _boosting(seed: int, rows: int) -> HistGradientBoostingClassifier:
    """Small trees and many of them: what leaving looks like is smooth, and most shops are small."""
    return HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.04 if rows < 50_000 else 0.08, max_leaf_nodes=8 if rows < 50_000 else 16,
        min_samples_leaf=40, l2_regularization=5.0, max_features=0.4, early_stopping=False, random_state=seed,
    )  # fmt: skip


def _logistic() -> Pipeline:
    return make_pipeline(FunctionTransformer(_squeezed), StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))


def _squeezed(rows: Floats) -> Floats:
    """Counts and amounts by their order of magnitude; what does not exist counts as none."""
    known = np.nan_to_num(rows, nan=0.0)
    return np.asarray(np.sign(known) * np.log1p(np.abs(known)))


def calibrate(model: ChurnModel, later: Features, gone: Truth) -> ChurnModel:
    """The same model with Platt's two numbers learnt on a later slice than it was trained on."""
    if min(gone.sum(), (~gone).sum()) < 10:
        return model
    fitted = LogisticRegression(C=1e6).fit(model.uncalibrated(later).reshape(-1, 1), gone)
    slope = float(fitted.coef_[0, 0])
    if slope <= 0:  # the later slice contradicts the model altogether: the hold-out will say so
        return model
    return calibrated_like(model, shift=float(fitted.intercept_[0]), slope=slope)


def calibrated_like(model: ChurnModel, *, shift: float, slope: float) -> ChurnModel:
    return ChurnModel(model.engine, model.names, model.panels, shift, slope)


def fit_baselines(features: Features) -> dict[int, BgNbd]:
    """A BG/NBD of the customers at each cut-off."""
    return {
        int(number): fit_bgnbd(*(features.of(name)[features.cut == number] for name in ("x", "t_x", "age")))
        for number in np.unique(features.cut)
    }


def with_baseline(features: Features, fits: dict[int, BgNbd], horizon_days: int) -> Features:
    """The features and, as column `bgnbd`, what the label-free model says of each row."""
    column = np.zeros(len(features))
    for number, fit in fits.items():
        rows = features.cut == number
        x, t_x, age = (features.of(name)[rows] for name in ("x", "t_x", "age"))
        column[rows] = p_no_purchase(fit, x, t_x, age, horizon_days)
    return features.with_column(BASELINE, column)


def again_with_baseline(features: Features, fits: dict[int, BgNbd], horizon_days: int) -> Features:
    """After raw columns were replaced: ratios and baseline reckoned anew."""
    return with_baseline(derived(features), fits, horizon_days)


def logit(share: Floats) -> Floats:
    clipped = np.clip(share, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)))


def sigmoid(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))))
