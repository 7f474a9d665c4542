"""A shop's value run: gate, learn, forecast, write, card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import structlog

from analytics.actions.runs import begin_run, finish_run
from analytics.actions.scores import NewForecast, write_value_forecasts
from analytics.models import ModelRun, RunKind, RunState
from analytics.queries.readiness import readiness
from analytics.rules.readiness import Readiness, knowledge_ends
from analytics.science.churn import sampled_for_training
from analytics.science.churn_run import gate_card
from analytics.science.lifetime_value import Forecast, ValueLearnt, forecast_value, learn_value
from analytics.science.purchases import Source
from analytics.science.stopwatch import Stopwatch
from merchants.models import Merchant

WINDOW_DAYS = 90
log = structlog.get_logger(__name__)


def run_value(merchant: Merchant) -> ModelRun | None:
    """Forecast everybody's spend as of today. None while another worker is at it; a failure is kept on its run."""
    run = begin_run(merchant, kind=RunKind.LIFETIME_VALUE)
    if run is None:
        return None
    try:
        return _run(run)
    except Exception as failure:
        log.exception("value_run_failed", merchant=merchant.slug)
        finish_run(run, state=RunState.FAILED, card={}, failure=f"{type(failure).__name__}: {failure}")
        raise


def _run(run: ModelRun) -> ModelRun:
    merchant, watch = run.merchant, Stopwatch()
    ready = readiness(merchant)
    first_day = run.cutoff_on - timedelta(days=ready.days)
    run.cutoff_on = today = knowledge_ends(run.cutoff_on, ready.silent_days)
    if not ready.is_ready:
        card = {"gate": gate_card(ready), "runtime": watch.runtime(0)}
        return finish_run(run, state=RunState.INSUFFICIENT, card=card)
    source = Source.of_shop(merchant)
    with watch.timing("training"):
        learnt = learn_value(sampled_for_training(source, ready.buyers), today, WINDOW_DAYS, first_day)
    with watch.timing("scoring"):
        forecast = forecast_value(source, today, learnt)
    with watch.timing("writing"):
        changed = write_value_forecasts(run, _new_forecasts(forecast))
    card = value_card(learnt, forecast, ready, first_day, today)
    return finish_run(
        run, state=RunState.SERVED, served_by=learnt.served_by, horizon_days=WINDOW_DAYS,
        customers=len(forecast.spend), changed=changed,
        card=card | {"runtime": watch.runtime(len(forecast.spend))},
    )  # fmt: skip


def _new_forecasts(forecast: Forecast) -> Iterator[NewForecast]:
    amounts = (
        forecast.spend, forecast.low, forecast.high, forecast.year, forecast.year_low, forecast.year_high,
    )  # fmt: skip
    columns = (each.round().astype("int64").tolist() for each in amounts)
    rows = zip(forecast.features.customer.tolist(), forecast.orders.tolist(), *columns, strict=True)
    for customer, orders, spend, low, high, year, year_low, year_high in rows:
        yield NewForecast(customer, orders, (spend, low, high), (year, year_low, year_high))


def value_card(
    learnt: ValueLearnt, forecast: Forecast, ready: Readiness, first_day: date, today: date
) -> dict[str, Any]:
    """The whole card but for the runtime."""
    return learnt.card | {
        "window": {
            "data_from": first_day.isoformat(), "data_until": (today - timedelta(days=1)).isoformat(),
            "cutoff_on": today.isoformat(), "horizon_days": learnt.window_days,
            "training_cutoffs": learnt.card.get("training_cutoffs", []),
        },
        "rows": learnt.card.get("rows", {}) | {"scored": len(forecast.spend)},
        "gate": gate_card(ready),
        "served_by": learnt.served_by,
        "why_served": learnt.why,
        "fit": {"bgnbd": forecast.fit.purchases.as_json(), "gamma_gamma": forecast.fit.amounts.as_json()},
        "totals": {
            "spend_90d_minor": round(float(forecast.spend.sum())),
            "spend_365d_minor": round(float(forecast.year.sum())),
        },
    }  # fmt: skip
