"""Tasks that learn: apart from `tasks`, because they import pandas and scikit-learn, which the web process must not."""

from __future__ import annotations

import time

import structlog
from celery import shared_task

from analytics.actions.clusters import TASK, FoundGroup, begin_clusters, end_clusters, keep_clusters
from analytics.models import ClusteringState
from analytics.queries.clusters import FEATURES, features_selection
from analytics.science.clusters import find_groups
from analytics.science.columns import read_columns
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
