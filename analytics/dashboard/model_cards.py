"""Models: what serves now, what each run knew, how good it was on customers whose outcome was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.actions.runs import request_run
from analytics.dashboard.card_figures import card_sections
from analytics.models import ModelRun, RunKind, RunState
from analytics.queries.readiness import gap_in_words, readiness
from analytics.queries.reasons import engine_label, why_served
from analytics.queries.runs import definitions, get_run, latest_run, open_run, run_in_force, runs_of
from analytics.rules.readiness import Gap
from merchants.clock import now
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission
from merchants.rules.charts import Chart, Series

RUN_TONES = {"queued": "neutral", "running": "info", "served": "success", "insufficient": "warning", "failed": "error"}


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def model_list(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    ready = readiness(merchant)
    runs = list_page(request, runs_of(merchant).defer("card"), order=["-id"], limit=25)
    return page(
        request,
        "analytics/dashboard/models.html",
        models=[_model(request, kind) for kind in RunKind],
        gaps=[gap_in_words(gap) for gap in ready.gaps],
        ready=ready,
        runs=[_row(request, run) for run in runs.rows],
        found=runs,
    )


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def model_run(request: StaffRequest, run: str) -> HttpResponse:
    """The card of one run."""
    found = get_run(request.merchant, read_public_id("run", run))
    card: Mapping[str, Any] = found.card or {}
    return page(
        request,
        "analytics/dashboard/model.html",
        run=found,
        tone=RUN_TONES[found.state],
        engine=engine_label(found.served_by) if found.served_by else "",
        why=why_served(card["why_served"]) if card.get("why_served") else "",
        gaps=_gaps(card),
        sections=card_sections(found.kind, card, request.merchant),
        calibration=_calibration(card),
        deciles=card.get("deciles") or [],
        features=_features(card),
        drift=_drift(card),
        definitions=definitions(found.kind),
        updated_at=now(request.merchant),
        trail=[
            {"label": _("Models"), "url": shop_url(request, "analytics:model-list")},
            {"label": f"{found.get_kind_display()} · {found.cutoff_on}", "url": ""},
        ],
    )


@require_POST
@staff_page(Permission.RUN_MODELS)
def run_model(request: StaffRequest) -> HttpResponseBase:
    """Ask for a run now instead of tonight."""
    kind = request.POST.get("kind", "")
    if kind not in RunKind.values:
        raise Http404
    request_run(request.merchant, kind=RunKind(kind), by=request.actor)
    messages.info(request, _("A worker runs the model now. Scores change when it is done."))
    return HttpResponseRedirect(shop_url(request, "analytics:model-list"))


def _model(request: StaffRequest, kind: RunKind) -> dict[str, Any]:
    merchant = request.merchant
    serving, latest = run_in_force(merchant, kind), latest_run(merchant, kind)
    return {
        "kind": kind.value,
        "label": kind.label,
        "serving": serving,
        "engine": engine_label(serving.served_by) if serving else "",
        "url": shop_url(request, "analytics:model", public_id("run", serving.pk)) if serving else "",
        "latest": latest if latest and latest.state != RunState.SERVED else None,
        "latest_tone": RUN_TONES[latest.state] if latest else "neutral",
        "running": open_run(merchant, kind),
    }


def _row(request: StaffRequest, run: ModelRun) -> dict[str, Any]:
    return {
        "run": run,
        "tone": RUN_TONES[run.state],
        "engine": engine_label(run.served_by) if run.served_by else "",
        "url": shop_url(request, "analytics:model", public_id("run", run.pk)),
    }


def _gaps(card: Mapping[str, Any]) -> list[str]:
    gaps: Sequence[Mapping[str, Any]] = (card.get("gate") or {}).get("gaps") or ()
    return [gap_in_words(Gap(str(gap["code"]), int(gap["have"] or 0), int(gap["need"]))) for gap in gaps]


def _calibration(card: Mapping[str, Any]) -> Chart | None:
    """Predicted against observed, from the safest bin to the riskiest. A perfect model has both lines in one."""
    bins = card.get("calibration") or []
    if not bins:
        return None
    labels = [f"{float(each['predicted']):.0%}" for each in bins]
    return Chart(
        "line", labels,
        [
            Series(_("Observed"), [each["observed"] for each in bins]),
            Series(_("Predicted"), [each["predicted"] for each in bins], compared=True),
            Series(_("95% from"), [each["low"] for each in bins], compared=True),
            Series(_("95% to"), [each["high"] for each in bins], compared=True),
        ],
        format="percent",
    )  # fmt: skip


def _features(card: Mapping[str, Any]) -> Chart | None:
    features = [each for each in card.get("features") or [] if each.get("importance")][:12]
    if not features:
        return None
    return Chart(
        "bar", [str(each["name"]) for each in features],
        [Series(_("Importance"), [round(float(each["importance"]), 5) for each in features])], horizontal=True,
    )  # fmt: skip


def _drift(card: Mapping[str, Any]) -> Chart | None:
    drift = card.get("drift") or {}
    measured = [each for each in drift.get("psi") or [] if each.get("psi") is not None][:12]
    if not measured:
        return None
    return Chart(
        "bar", [str(each["name"]) for each in measured],
        [Series(_("Drift (PSI)"), [round(float(each["psi"]), 4) for each in measured])], horizontal=True,
    )  # fmt: skip
