"""Searches for groups: asked for, begun by the worker, kept with their members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis
import structlog
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from analytics.errors import GroupsNotOffered
from analytics.facts import ClustersFound
from analytics.models import ClusterGroup, Clustering, ClusteringState
from analytics.queries.clusters import offered_ks
from events.actions import record
from merchants.clock import now
from merchants.models import SYSTEM, Actor, Merchant

TASK = "analytics.training_tasks.find_clusters"
_OPEN = (ClusteringState.QUEUED, ClusteringState.RUNNING)
_ABANDONED_AFTER = timedelta(hours=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """Group `number` with its customers' ids; `differences` as ClusterGroup has them."""

    number: int
    spend_minor: int
    differences: Sequence[dict[str, Any]]
    customer_ids: Sequence[int]


@transaction.atomic
def request_clusters(merchant: Merchant, *, by: Actor, k: int | None = None) -> Clustering:
    """Ask the worker for groups; a search that waits or runs is the answer instead. GroupsNotOffered for a `k` that is not."""
    if k is not None and k not in offered_ks(merchant):
        raise GroupsNotOffered(k=k)
    _give_up_abandoned(merchant)
    search, made = Clustering.objects.filter(merchant=merchant).get_or_create(
        merchant=merchant,
        state__in=_OPEN,
        defaults={
            "state": ClusteringState.QUEUED,
            "wanted_k": k,
            "requested_at": now(merchant),
            "requested_by": by.name[:120],
        },
    )
    if made:
        number = merchant.pk
        transaction.on_commit(lambda: _tell_worker(number), robust=True)
    return search


def _give_up_abandoned(merchant: Merchant) -> None:
    long_ago = now(merchant) - _ABANDONED_AFTER
    abandoned = Clustering.objects.filter(merchant=merchant, state__in=_OPEN, requested_at__lt=long_ago)
    abandoned.update(state=ClusteringState.FAILED, failure="The worker did not finish.", finished_at=now(merchant))


def _tell_worker(merchant_id: int) -> None:
    try:
        current_app.send_task(TASK, args=[merchant_id], retry=False)
    except (redis.RedisError, OperationalError, OSError) as failure:
        log.warning("clusters_not_told", reason=str(failure))


@transaction.atomic
def begin_clusters(merchant: Merchant) -> Clustering | None:
    """Take up the search that waits; None when there is none."""
    waiting = Clustering.objects.select_for_update(no_key=True, of=("self",)).filter(
        merchant=merchant, state=ClusteringState.QUEUED
    )
    search = waiting.order_by("id").first()
    if search is not None:
        search.state = ClusteringState.RUNNING
        search.save(update_fields=["state"])
    return search


@transaction.atomic
def keep_clusters(
    search: Clustering, *, candidates: Sequence[dict[str, Any]], groups: Sequence[FoundGroup], seconds: float
) -> Clustering:
    """Write what was found. Without groups the earlier ones stay in force; with them, everybody has their new one."""
    merchant = search.merchant
    search.state = ClusteringState.FOUND if groups else ClusteringState.NONE_STABLE
    search.k, search.candidates = len(groups) or None, list(candidates)
    search.customers = sum(len(group.customer_ids) for group in groups)
    _finish(search, seconds)
    rows = ClusterGroup.objects.bulk_create(
        ClusterGroup(
            merchant=merchant, clustering=search, number=group.number, customers=len(group.customer_ids),
            spend_minor=group.spend_minor, differences=list(group.differences),
        )
        for group in groups
    )  # fmt: skip
    if groups:
        _write_members(merchant, [(row.pk, group.customer_ids) for row, group in zip(rows, groups, strict=True)])
    record(merchant, ClustersFound(len(groups), search.customers), about=search, by=SYSTEM)
    return search


@transaction.atomic
def end_clusters(search: Clustering, *, state: str, failure: str = "", seconds: float = 0) -> Clustering:
    """A search without a result: too few customers, or it failed."""
    search.state, search.failure = ClusteringState(state), failure[:300]
    _finish(search, seconds)
    return search


def _finish(search: Clustering, seconds: float) -> None:
    search.finished_at, search.seconds = now(search.merchant), round(seconds, 3)
    search.save(update_fields=["state", "k", "candidates", "customers", "failure", "finished_at", "seconds"])


_MEMBERS = """
WITH found AS MATERIALIZED (
    SELECT f.customer_id, f.group_id FROM unnest(%(customers)s::bigint[], %(groups)s::bigint[]) AS f (customer_id, group_id)
    JOIN customers_customer c ON c.id = f.customer_id AND c.merchant_id = %(merchant)s
), gone AS (
    DELETE FROM analytics_clustermember m WHERE m.merchant_id = %(merchant)s
       AND NOT EXISTS (SELECT FROM found f WHERE f.customer_id = m.customer_id)
), moved AS (
    UPDATE analytics_clustermember m SET group_id = f.group_id FROM found f
     WHERE m.merchant_id = %(merchant)s AND m.customer_id = f.customer_id
    RETURNING m.customer_id
)
INSERT INTO analytics_clustermember (merchant_id, customer_id, group_id)
SELECT %(merchant)s, f.customer_id, f.group_id FROM found f
 WHERE NOT EXISTS (
    SELECT FROM analytics_clustermember m WHERE m.merchant_id = %(merchant)s AND m.customer_id = f.customer_id)
 ORDER BY f.customer_id
"""


def _write_members(merchant: Merchant, groups: Sequence[tuple[int, Sequence[int]]]) -> None:
    values: dict[str, Any] = {
        "merchant": merchant.pk,
        "customers": [customer_id for _, ids in groups for customer_id in ids],
        "groups": [group_id for group_id, ids in groups for _ in ids],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, values)
