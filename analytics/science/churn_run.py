"""A shop's churn run from the first question to the last trait: gate, learn or take up, score, write, card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import structlog

from analytics.actions.runs import begin_run, finish_run, keep_artefact
from analytics.actions.scores import NewScore, write_churn_scores
from analytics.errors import UntrustedArtefact
from analytics.models import ModelArtefact, ModelRun, RunKind, RunState
from analytics.queries.readiness import readiness
from analytics.queries.runs import run_in_force
from analytics.rules.bands import BANDS, HIGH_FROM, MEDIUM_FROM, band_of
from analytics.rules.horizon import SHARE_OF_GAPS, churn_horizon
from analytics.rules.readiness import Readiness, knowledge_ends
from analytics.science.artefacts import WRITTEN_BY, pack, unpack
from analytics.science.churn import (
    RETRAIN_ABOVE,
    Learnt,
    Scored,
    drift_of,
    learn_churn,
    sampled_for_training,
    score_churn,
)
from analytics.science.features import read_gaps
from analytics.science.purchases import Source
from analytics.science.stopwatch import Stopwatch
from merchants.models import Merchant

KEEPS_DAYS = 7  # a model is good for a week, unless the customers drift away from it
log = structlog.get_logger(__name__)


def run_churn(merchant: Merchant) -> ModelRun | None:
    """Score everybody as of today's midnight. None while another worker is at it; a failure is kept on its run."""
    run = begin_run(merchant, kind=RunKind.CHURN)
    if run is None:
        return None
    try:
        return _run(run)
    except Exception as failure:
        log.exception("churn_run_failed", merchant=merchant.slug)
        finish_run(run, state=RunState.FAILED, card={}, failure=f"{type(failure).__name__}: {failure}")
        raise


def _run(run: ModelRun) -> ModelRun:
    merchant, watch = run.merchant, Stopwatch()
    ready = readiness(merchant)
    run_day = run.cutoff_on
    run.cutoff_on = today = knowledge_ends(run_day, ready.silent_days)
    if not ready.is_ready:
        card = {"gate": gate_card(ready), "runtime": watch.runtime(0)}
        return finish_run(run, state=RunState.INSUFFICIENT, card=card)
    source = Source.of_shop(merchant)
    before = run_in_force(merchant, RunKind.CHURN)
    learnt, artefact, scored = _taken_up(run, source, before)
    retrained = scored is None
    if learnt is None or scored is None:
        with watch.timing("training"):
            horizon = horizon_card(sampled_for_training(source, ready.buyers), today)
            first_day = run_day - timedelta(days=ready.days)
            training = sampled_for_training(source, ready.buyers)
            learnt = learn_churn(training, today, horizon["days"], first_day)
            learnt.card["horizon"] = horizon
        with watch.timing("scoring"):
            scored = score_churn(source, today, learnt)
        artefact = _kept(run, learnt)
    with watch.timing("writing"):
        changed = write_churn_scores(run, _new_scores(scored))
    drift = drift_of(learnt, scored, before.card.get("drift") if before else None)
    card = churn_card(learnt, scored, ready, run_day - timedelta(days=ready.days), today) | {
        "drift": drift | {"retrained": retrained},
        "runtime": watch.runtime(len(scored.probability)),
    }
    return finish_run(
        run, state=RunState.SERVED, card=card, served_by=learnt.served_by, horizon_days=learnt.horizon_days,
        customers=len(scored.probability), changed=changed, artefact=artefact,
    )  # fmt: skip


def _taken_up(
    run: ModelRun, source: Source, before: ModelRun | None
) -> tuple[Learnt | None, ModelArtefact | None, Scored | None]:
    """The model in force with its scores of today: if it is young, ours, and today's customers look like its own."""
    artefact = before.artefact if before else None
    if artefact is None or (run.cutoff_on - artefact.trained_until).days >= KEEPS_DAYS:
        return None, None, None
    try:
        learnt: Learnt = unpack(
            run.merchant_id, artefact.kind, written_by=artefact.written_by, body=bytes(artefact.body),
            signature=artefact.signature,
        )  # fmt: skip
    except UntrustedArtefact:
        log.warning("artefact_refused", merchant=run.merchant.slug, artefact=artefact.pk)
        return None, None, None
    scored = score_churn(source, run.cutoff_on, learnt)
    if drift_of(learnt, scored, None)["worst"] > RETRAIN_ABOVE:
        return None, None, None
    return learnt, artefact, scored


def _kept(run: ModelRun, learnt: Learnt) -> ModelArtefact:
    body, signature = pack(run.merchant_id, run.kind, learnt)
    return keep_artefact(run, body=body, signature=signature, written_by=WRITTEN_BY, trained_until=learnt.trained_on)


def _new_scores(scored: Scored) -> Iterator[NewScore]:
    columns = zip(
        scored.features.customer.tolist(),
        scored.probability.tolist(),
        scored.baseline.tolist(),
        scored.reasons,
        strict=True,
    )
    for customer, probability, baseline, reasons in columns:
        yield NewScore(customer, probability, baseline, band_of(round(probability, 4)), reasons)


def gate_card(ready: Readiness) -> dict[str, Any]:
    """What there was and what was missing."""
    return {
        "buyers": ready.buyers, "days": ready.days, "silent_days": ready.silent_days, "repeaters": ready.repeaters,
        "gaps": [{"code": gap.code, "have": gap.have, "need": gap.need} for gap in ready.gaps],
    }  # fmt: skip


def horizon_card(source: Source, today: date) -> dict[str, Any]:
    """The horizon from the shop's own gaps between purchase days of the last year: nine of ten are no longer."""
    gaps, ninetieth = read_gaps(source, today)
    return {"days": churn_horizon(gaps, ninetieth), "share_of_gaps": SHARE_OF_GAPS, "gaps": gaps}


def churn_card(learnt: Learnt, scored: Scored, ready: Readiness, first: date, today: date) -> dict[str, Any]:
    """The whole card but for drift and runtime."""
    bands = [band_of(round(each, 4)) for each in scored.probability.tolist()]
    return learnt.card | {
        "window": {
            "data_from": first.isoformat(), "data_until": (today - timedelta(days=1)).isoformat(),
            "cutoff_on": today.isoformat(), "horizon_days": learnt.horizon_days,
            "trained_on": learnt.trained_on.isoformat(), "training_cutoffs": learnt.card.get("training_cutoffs", []),
        },
        "rows": learnt.card.get("rows", {}) | {"scored": len(scored.probability)},
        "gate": gate_card(ready),
        "served_by": learnt.served_by,
        "why_served": learnt.why,
        "baseline_fit": scored.fit.as_json(),
        "bands": {band: bands.count(band) for band in BANDS} | {"edges": [MEDIUM_FROM, HIGH_FROM]},
    }  # fmt: skip
