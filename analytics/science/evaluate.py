"""The figures that the models would have reached on a past day: what `manage.py evaluate` prints."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from analytics.science.baskets import before, read_lines
from analytics.science.churn import learn_churn, sampled_for_training, score_churn
from analytics.science.columns import read_columns
from analytics.science.features import read_outcome
from analytics.science.figures import churn_figures, spend_figures
from analytics.science.lifetime_value import forecast_value, learn_value
from analytics.science.purchases import Source
from analytics.science.recommend import judge, learn_blend


class NothingToJudge(ValueError):
    """The orders do not reach around the cut-off; the message says how far they go."""


def evaluate_churn(source: Source, cutoff: date, horizon_days: int) -> dict[str, Any]:
    """Churn at `cutoff`: all customers with a purchase before it, and those active within one horizon before it."""
    first_day = _checked(source, cutoff, horizon_days)
    learnt = learn_churn(_training(source, cutoff), cutoff, horizon_days, first_day)
    scored = score_churn(source, cutoff, learnt, with_reasons=False)
    gone = read_outcome(source, scored.features, horizon_days).is_gone
    active = scored.features.of("days_since_last") <= horizon_days
    served = "served: " + learnt.served_by
    return {
        "cutoff": cutoff.isoformat(), "horizon_days": horizon_days, "served_by": learnt.served_by, "why": learnt.why,
        "training_cutoffs": ", ".join(learnt.card["training_cutoffs"]),
        "all customers": {
            served: churn_figures(gone, scored.probability), "baseline: bgnbd": churn_figures(gone, scored.baseline),
        },
        f"active (bought within {horizon_days} days before)": {
            served: churn_figures(gone[active], scored.probability[active]),
            "baseline: bgnbd": churn_figures(gone[active], scored.baseline[active]),
        },
        "bgnbd": scored.fit.as_json(),
    }  # fmt: skip


def evaluate_value(source: Source, cutoff: date, horizon_days: int) -> dict[str, Any]:
    """Spend in the `horizon_days` from `cutoff` on; amounts in minor units."""
    first_day = _checked(source, cutoff, horizon_days)
    learnt = learn_value(_training(source, cutoff), cutoff, horizon_days, first_day)
    forecast = forecast_value(source, cutoff, learnt)
    actual = read_outcome(source, forecast.features, horizon_days).spend
    figures = spend_figures(actual, forecast.spend, forecast.low, forecast.high)
    baseline = spend_figures(actual, forecast.baseline, *learnt.spread.interval(forecast.baseline))
    return {
        "cutoff": cutoff.isoformat(), "horizon_days": horizon_days, "served_by": learnt.served_by, "why": learnt.why,
        "spend": {"served: " + learnt.served_by: figures, "baseline: bgnbd × gamma-gamma": baseline},
        "bgnbd": forecast.fit.purchases.as_json(),
        "gamma_gamma": forecast.fit.amounts.as_json(),
    }  # fmt: skip


def _training(source: Source, cutoff: date) -> Source:
    select, values = source.question(
        [cutoff],
        " SELECT count(DISTINCT customer_id) AS customers FROM purchases",
    )
    found = read_columns(select, values, ("customers",))
    return sampled_for_training(source, int(found["customers"][0]))


def _checked(source: Source, cutoff: date, horizon_days: int) -> date:
    """The first purchase day. NothingToJudge when no purchase lies before the cut-off, or the window is not over."""
    until = cutoff + timedelta(days=horizon_days)
    select, values = source.question(
        [date(2200, 1, 1)],
        " SELECT min(day) - DATE '2000-01-01' AS first, max(day) - DATE '2000-01-01' AS last FROM purchases",
    )
    found = read_columns(select, values, ("first", "last"))
    if np.isnan(found["first"][0]):
        raise NothingToJudge("There are no orders.")
    first, last = (date(2000, 1, 1) + timedelta(days=int(found[name][0])) for name in ("first", "last"))
    if not first < cutoff <= last:
        raise NothingToJudge(f"Orders reach from {first} to {last}: a cut-off must lie between them.")
    if until > last + timedelta(days=1):
        raise NothingToJudge(f"Orders end on {last}: {horizon_days} days from {cutoff} on are not over by then.")
    return first


def evaluate_next_basket(source: Source, cutoff: date, horizon_days: int) -> dict[str, Any]:
    """The first basket of each customer in the window: the learnt blend, personal frequency, and popularity."""
    _checked(source, cutoff, horizon_days)
    lines = read_lines(source, cutoff + timedelta(days=horizon_days))
    blend = learn_blend(before(lines, cutoff), cutoff)
    return {
        "cutoff": cutoff.isoformat(), "horizon_days": horizon_days,
        "next basket": judge(lines, cutoff, blend, days=horizon_days),
        "weights": {each["name"]: each["weight"] for each in blend.weights()},
    }  # fmt: skip
