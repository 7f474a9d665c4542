"""Tasks that learn: apart from `tasks`, because they import pandas and scikit-learn, which the web process must not."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from celery import shared_task

from analytics.actions.clusters import TASK, FoundGroup, begin_clusters, end_clusters, keep_clusters
from analytics.models import ClusteringState, ModelRun, RunKind
from analytics.queries.clusters import FEATURES, features_selection
from analytics.queries.runs import is_due, merchants_with_orders
from analytics.science.churn_run import run_churn
from analytics.science.clusters import find_groups
from analytics.science.columns import read_columns
from analytics.science.recommendation_run import run_recommendations
from analytics.science.value_run import run_value
from merchants.clock import now
from merchants.models import Merchant
from merchants.queries import get_merchant_by_id

log = structlog.get_logger(__name__)


@shared_task(name=TASK)
def find_clusters(merchant_id: int) -> bool:
    """Look for groups of a shop's customers; False when nobody asked for it. A failure is kept where staff see it."""
    merchant = get_merchant_by_id(merchant_id)
    search = begin_clusters(merchant)
    if search is None:
        return False
    started = time.perf_counter()
    try:
        chosen = features_selection(merchant)
        columns = read_columns(chosen.sql, chosen.values, ["id", *FEATURES])
        found = find_groups(columns, FEATURES, wanted_k=search.wanted_k)
        seconds = time.perf_counter() - started
        if found is None:
            end_clusters(search, state=ClusteringState.TOO_FEW, seconds=seconds)
            return True
        groups = [
            FoundGroup(
                group.number, group.spend_minor, group.differences, found.ids[found.numbers == group.number].tolist()
            )
            for group in found.groups
        ]
        candidates = [candidate.as_json() for candidate in found.candidates]
        keep_clusters(search, candidates=candidates, groups=groups, seconds=seconds)
    except Exception as failure:
        log.exception("clusters_failed", merchant=merchant.slug)
        end_clusters(search, state=ClusteringState.FAILED, failure=f"{type(failure).__name__}: {failure}")
        raise
    return True


RUNS: dict[str, Callable[[Merchant], ModelRun | None]] = {
    RunKind.CHURN: run_churn,
    RunKind.LIFETIME_VALUE: run_value,
    RunKind.RECOMMENDATIONS: run_recommendations,
}


@shared_task(name="analytics.training_tasks.predict_everywhere")
def predict_everywhere() -> int:
    """Rung each hour: starts what is due of each shop whose night is over; how many runs. Each shop is its own task."""
    started = 0
    for merchant in merchants_with_orders():
        for kind, task in (
            (RunKind.CHURN, score_churn), (RunKind.LIFETIME_VALUE, forecast_value), (RunKind.RECOMMENDATIONS, recommend),
        ):  # fmt: skip
            if is_due(merchant, kind, at=now(merchant)):
                task.delay(merchant.pk)
                started += 1
    return started


@shared_task(name="analytics.training_tasks.score_churn")
def score_churn(merchant_id: int) -> str:
    """One shop's churn run; how it ended, "" when another worker is at it."""
    return _run(RunKind.CHURN, merchant_id)


@shared_task(name="analytics.training_tasks.forecast_value")
def forecast_value(merchant_id: int) -> str:
    return _run(RunKind.LIFETIME_VALUE, merchant_id)


@shared_task(name="analytics.training_tasks.recommend")
def recommend(merchant_id: int) -> str:
    return _run(RunKind.RECOMMENDATIONS, merchant_id)


def _run(kind: str, merchant_id: int) -> str:
    run = RUNS[kind](get_merchant_by_id(merchant_id))
    return run.state if run else ""
