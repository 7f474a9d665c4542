"""Runs of models: asked for, begun, finished. One of a kind runs at a time in a shop."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import redis
import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from analytics.facts import ModelRunFinished
from analytics.models import ModelArtefact, ModelRun, RunKind, RunState
from analytics.queries.runs import open_run, run_in_force
from events.actions import record
from merchants.clock import now, today
from merchants.models import SYSTEM, Actor, Merchant

TASKS = {
    RunKind.CHURN: "analytics.training_tasks.score_churn",
    RunKind.LIFETIME_VALUE: "analytics.training_tasks.forecast_value",
    RunKind.RECOMMENDATIONS: "analytics.training_tasks.recommend",
}
ABANDONED_AFTER = timedelta(hours=2)
log = structlog.get_logger(__name__)


@transaction.atomic
def request_run(merchant: Merchant, *, kind: str, by: Actor) -> ModelRun:
    """Ask for a run now; the worker is told after the commit. One that waits or runs already is the answer instead."""
    kind = RunKind(kind)
    _give_up_abandoned(merchant, kind)
    run = open_run(merchant, kind)
    if run is None:
        run, _made = ModelRun.objects.filter(merchant=merchant).get_or_create(
            merchant=merchant, kind=kind, state__in=[RunState.QUEUED, RunState.RUNNING],
            defaults={
                "state": RunState.QUEUED, "cutoff_on": today(merchant), "queued_at": now(merchant),
                "requested_by": by.name[:120],
            },
        )  # fmt: skip
    number, task = merchant.pk, TASKS[kind]
    transaction.on_commit(lambda: _tell_worker(task, number), robust=True)
    return run


def _tell_worker(task: str, merchant_id: int) -> None:
    """A lost message is made good by tonight's run, which takes a waiting one up."""
    try:
        current_app.send_task(task, args=[merchant_id], retry=False)
    except (redis.RedisError, OperationalError, OSError) as failure:
        log.warning("run_not_told", task=task, reason=str(failure))


@transaction.atomic
def begin_run(merchant: Merchant, *, kind: str) -> ModelRun | None:
    """Take up the run that waits, or start one; None while another worker is at it."""
    kind = RunKind(kind)
    _give_up_abandoned(merchant, kind)
    moment = now(merchant)
    run, _made = ModelRun.objects.filter(merchant=merchant).get_or_create(
        merchant=merchant, kind=kind, state__in=[RunState.QUEUED, RunState.RUNNING],
        defaults={"state": RunState.QUEUED, "cutoff_on": today(merchant), "queued_at": moment},
    )  # fmt: skip
    waiting = ModelRun.objects.filter(merchant=merchant, pk=run.pk, state=RunState.QUEUED)
    if not waiting.update(state=RunState.RUNNING, started_at=moment, cutoff_on=today(merchant)):
        return None
    run.refresh_from_db()
    return run


def _give_up_abandoned(merchant: Merchant, kind: RunKind) -> None:
    """A worker that died leaves its run running: after two hours it failed."""
    lost = ModelRun.objects.filter(
        merchant=merchant, kind=kind, state=RunState.RUNNING, started_at__lt=now(merchant) - ABANDONED_AFTER
    )
    lost.update(state=RunState.FAILED, failure="The worker did not come back.", finished_at=now(merchant))


@transaction.atomic
def finish_run(
    run: ModelRun,
    *,
    state: str,
    card: dict[str, Any],
    served_by: str = "",
    horizon_days: int = 0,
    customers: int = 0,
    changed: int = 0,
    artefact: ModelArtefact | None = None,
    failure: str = "",
) -> ModelRun:
    """Close a run with its card, and announce it."""
    run.state, run.card, run.served_by, run.horizon_days = state, card, served_by, horizon_days
    run.customers, run.changed, run.artefact, run.failure = customers, changed, artefact, failure[:300]
    run.finished_at = now(run.merchant)
    runtime = card.get("runtime", {})
    run.seconds, run.peak_mb = float(runtime.get("seconds", 0)), int(runtime.get("peak_mb", 0))
    run.save()
    fact = ModelRunFinished(run.kind, state, served_by, customers)
    record(run.merchant, fact, about=run, by=SYSTEM)
    return run


@transaction.atomic
def keep_artefact(run: ModelRun, *, body: bytes, signature: str, written_by: str, trained_until: date) -> ModelArtefact:
    """Store a fitted model; those that no kept run in force points at are forgotten."""
    made = ModelArtefact.objects.create(
        merchant=run.merchant, kind=run.kind, body=body, signature=signature, written_by=written_by,
        trained_until=trained_until, created_at=now(run.merchant),
    )  # fmt: skip
    in_force = run_in_force(run.merchant, run.kind)
    keep = [made.pk, *([in_force.artefact_id] if in_force and in_force.artefact_id else [])]
    old = ModelArtefact.objects.filter(merchant=run.merchant, kind=run.kind).exclude(pk__in=keep)
    ModelRun.objects.filter(merchant=run.merchant, artefact__in=old.values("pk")).update(artefact=None)
    old.delete()
    return made
