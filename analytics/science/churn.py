"""Churn: who will buy nothing within the horizon. Learnt from the shop's own past, judged on its own later past.

With h the horizon and t the day whose midnight ends all knowledge, cut-offs stand at t−h, t−2h, … A recipe trains on the
two cut-offs before its own. Its calibration is learnt on the younger one, a later slice, from what the same recipe one step
earlier says there. The recipe of t−h is judged, as its outcomes are known at t; whether to calibrate is judged with it. The
recipe of t is served if the judged one beat BG/NBD.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from analytics.science.bgnbd import BgNbd, Floats
from analytics.science.churn_models import (
    BASELINE,
    ChurnModel,
    again_with_baseline,
    calibrate,
    calibrated_like,
    engine_for,
    fit_baselines,
    sketch_of,
    train,
    with_baseline,
)
from analytics.science.churn_reasons import GROUPS, strongest_reasons
from analytics.science.features import Features, Outcome, day_of, read_features, read_outcome
from analytics.science.figures import (
    Truth,
    calibration_bins,
    churn_deciles,
    churn_figures,
    log_loss,
    reference_shares,
    stability_index,
)
from analytics.science.purchases import WHOLE, Source

STACKED = 2
MOST_TRAINING_CUSTOMERS = 50_000
RETRAIN_ABOVE = 0.25  # PSI
_LEAST_HISTORY_DAYS = 30
# A shop that grows older moves these by itself, and BG/NBD is fitted anew each day: no drift.
_GROWING = {"bgnbd", "age", "t_x", "x", "orders", "spend", "gap_longest", "points_spent", "refunds", "refunded"}


@dataclass(slots=True)
class Learnt:
    """What a run keeps: the model (None: BG/NBD serves), and the parts of the card that came from learning.

    `reference`: decile shares of each column at the cut-off it was trained up to, to measure drift from.
    """

    trained_on: date
    horizon_days: int
    model: ChurnModel | None
    why: str
    card: dict[str, Any]
    reference: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    @property
    def served_by(self) -> str:
        return self.model.engine if self.model else BASELINE


@dataclass(frozen=True, slots=True)
class Scored:
    """One row per customer: ids, P(no purchase in the horizon), BG/NBD's own, and reasons when they were asked for."""

    features: Features
    probability: Floats
    baseline: Floats
    reasons: list[list[dict[str, Any]]]
    fit: BgNbd


def cutoffs_for(today: date, horizon_days: int, first_day: date) -> list[date]:
    """Cut-offs with known outcomes, the youngest first: up to four, each with enough history before it."""
    step = timedelta(days=horizon_days)
    earliest = first_day + timedelta(days=max(horizon_days, _LEAST_HISTORY_DAYS))
    return [cut for number in range(1, STACKED + 3) if (cut := today - number * step) >= earliest]


def sampled_for_training(source: Source, customers: int) -> Source:
    """A fixed part of the customers, when there are more than learning needs."""
    if customers <= MOST_TRAINING_CUSTOMERS:
        return source
    return source.sampled(max(1, WHOLE * MOST_TRAINING_CUSTOMERS // customers))


def learn_churn(source: Source, today: date, horizon_days: int, first_day: date) -> Learnt:
    """Train, calibrate and judge with what was known before `today`."""
    cuts = cutoffs_for(today, horizon_days, first_day)
    card: dict[str, Any] = {"training_cutoffs": [cut.isoformat() for cut in cuts], "rows": {}}
    if not cuts:
        return Learnt(today, horizon_days, None, "too_little_history", card)
    features = read_features(source, cuts)
    outcome = read_outcome(source, features, horizon_days)
    features = with_baseline(features, fit_baselines(features), horizon_days)
    stack = _Stack(features, outcome, cuts)
    reference = {
        name: reference_shares(features.of(name)[stack.rows(cuts[:1])])
        for name in features.names
        if name not in _GROWING
    }
    judged = stack.recipe(1)
    plain = stack.trained(1)
    truth, held = stack.gone(cuts[:1]), stack.at(cuts[:1])
    baseline = held.of(BASELINE)
    calibrates = True
    if judged and plain:
        # What calibrated the past may mislead a shop that changes: then the plain model is better on the later slice.
        calibrates = log_loss(truth, judged.score(held)) <= log_loss(truth, plain.score(held))
        judged = judged if calibrates else plain
    score = judged.score(held) if judged else baseline
    card["rows"] = {"training": int(stack.rows(cuts[:STACKED]).sum()), "holdout": len(held)}
    card["holdout"] = _holdout(cuts[0], truth, held, score, baseline, horizon_days)
    model, why = None, "too_few_outcomes"
    if judged:
        beats = log_loss(truth, score) < log_loss(truth, baseline)
        why = "better_than_baseline" if beats else "baseline_is_better"
        model = (stack.recipe(0) if calibrates else stack.trained(0)) if beats else None
    card["calibrates"] = calibrates
    served = score if model else baseline
    card |= {
        "calibration": calibration_bins(truth, served),
        "deciles": churn_deciles(truth, served),
        "features": _importances(held, truth, judged.score if model and judged else None),
    }
    return Learnt(today, horizon_days, model, why, card, reference)


@dataclass(frozen=True, slots=True)
class _Stack:
    features: Features
    outcome: Outcome
    cuts: list[date]
    models: dict[int, ChurnModel | None] = field(default_factory=dict)

    def rows(self, cuts: list[date]) -> Truth:
        chosen = {each for each in np.unique(self.features.cut) if day_of(each) in cuts}
        return np.isin(self.features.cut, list(chosen))

    def at(self, cuts: list[date]) -> Features:
        return self.features.at(*cuts)

    def gone(self, cuts: list[date]) -> Truth:
        return np.asarray(self.outcome.is_gone[self.rows(cuts)])

    def recipe(self, step: int) -> ChurnModel | None:
        """The recipe of the cut-off `step` horizons ago: trained on the cut-offs before it, calibrated one step back."""
        plain = self.trained(step)
        before = self.trained(step + 1)
        if plain is None or before is None:
            return plain
        slice_ = self.cuts[step : step + 1]
        later = calibrate(before, self.at(slice_), self.gone(slice_))
        return calibrated_like(plain, shift=later.shift, slope=later.slope)

    def trained(self, step: int) -> ChurnModel | None:
        """Not yet calibrated; None where outcomes are too few."""
        if step not in self.models:
            cuts = self.cuts[step : step + STACKED]
            gone = self.gone(cuts)
            engine = engine_for(gone) if cuts else None
            self.models[step] = train(self.at(cuts), gone, engine=engine) if engine else None
        return self.models[step]


def _holdout(
    cut: date, truth: Truth, held: Features, score: Floats, baseline: Floats, horizon_days: int
) -> dict[str, Any]:
    active = held.of("days_since_last") <= horizon_days
    return {
        "cutoff_on": cut.isoformat(),
        "model": churn_figures(truth, score),
        "baseline": churn_figures(truth, baseline),
        "active_model": churn_figures(truth[active], score[active]),
        "active_baseline": churn_figures(truth[active], baseline[active]),
    }


def _importances(held: Features, truth: Truth, score: Callable[[Features], Floats] | None) -> list[dict[str, Any]]:
    """By how much the hold-out's log loss grows when a group of columns is shuffled among the customers."""
    if score is None:
        return []
    before = log_loss(truth, score(held))
    shuffle = np.random.default_rng(0).permutation(len(held))
    found: list[dict[str, Any]] = []
    for group in GROUPS:
        matrix = held.matrix.copy()
        places = [held.names.index(name) for name in group.columns if name in held.names]
        if not places:
            continue
        matrix[:, places] = matrix[shuffle][:, places]
        after = log_loss(truth, score(Features(held.cut, held.customer, matrix, held.names)))
        found.append({"name": group.code, "importance": after - before})
    return sorted(found, key=lambda each: -float(each["importance"]))


def score_churn(source: Source, today: date, learnt: Learnt, *, with_reasons: bool = True) -> Scored:
    """Every customer with a purchase before `today`, by what is served."""
    raw = read_features(source, [today])
    fits = fit_baselines(raw)
    features = with_baseline(raw, fits, learnt.horizon_days)
    score = learnt.model.score if learnt.model else _baseline_of
    probability = score(features)

    sketch = sketch_of(learnt.model).score if learnt.model else _baseline_of

    def asked_again(changed: Features) -> Floats:
        return sketch(again_with_baseline(changed, fits, learnt.horizon_days))

    reasons = strongest_reasons(features, asked_again, probability) if with_reasons else []
    return Scored(features, probability, features.of(BASELINE), reasons, next(iter(fits.values())))


def _baseline_of(features: Features) -> Floats:
    return features.of(BASELINE)


def drift_of(learnt: Learnt, scored: Scored, before: dict[str, Any] | None) -> dict[str, Any]:
    """How far today's customers are from those of the training, and today's mean score from the last run's."""
    moved: list[dict[str, Any]] = [
        {"name": name, "psi": stability_index(reference, scored.features.of(name))}
        for name, reference in learnt.reference.items()
        if name in scored.features.names
    ]
    moved.sort(key=lambda each: -each["psi"])
    return {
        "since": learnt.trained_on.isoformat(),
        "worst": moved[0]["psi"] if moved else 0.0,
        "psi": moved[:12],
        "mean_score_before": (before or {}).get("mean_score_now"),
        "mean_score_now": float(scored.probability.mean()) if len(scored.probability) else None,
    }
