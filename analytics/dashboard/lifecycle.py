"""Lifecycle stages by the shop's own rhythm, churn bands, and the groups that customers fall into by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.actions.clusters import request_clusters
from analytics.models import Clustering
from analytics.queries.clusters import group_in_words, groups_of, latest_clustering
from analytics.queries.lifecycle import latest_rhythm, lifecycle_figures, stage_history
from analytics.queries.names import stage_name
from analytics.queries.reasons import band_label
from analytics.queries.scores import churn_bands
from analytics.rules.lifecycle import STAGES
from merchants.clock import now, today
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.charts import Chart, Series

_COMPARED_DAYS = 30
_HISTORY_DAYS = 90
STAGE_TONES = {
    "new": "info", "active": "success", "loyal": "accent", "cooling": "warning", "lapsed": "error", "won_back": "success",
}  # fmt: skip
BAND_TONES = {"low": "success", "medium": "warning", "high": "error"}


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def lifecycle(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    rhythm = latest_rhythm(merchant)
    people_url = shop_url(request, "analytics:people")
    clustering = latest_clustering(merchant)
    return page(
        request,
        "analytics/dashboard/lifecycle.html",
        rhythm=rhythm,
        compared_days=_COMPARED_DAYS,
        stages=_stages(merchant, people_url) if rhythm else [],
        history_chart=_history_chart(merchant),
        bands=[
            {"figures": each, "label": band_label(each.band), "tone": BAND_TONES[each.band],
             "url": f"{people_url}?{urlencode({'of': f'band:{each.band}'})}" if each.customers else ""}
            for each in churn_bands(merchant)
        ],
        clustering=clustering,
        clusters=_clusters(clustering, people_url) if clustering else [],
        updated_at=now(merchant),
    )  # fmt: skip


@require_POST
@staff_page(Permission.RUN_MODELS)
def look_for_groups(request: StaffRequest) -> HttpResponseBase:
    """Ask the worker for groups; `k` only where an earlier search found that many to be stable."""
    given = request.POST.get("k", "")
    request_clusters(request.merchant, by=request.actor, k=int(given) if given.isdigit() and len(given) < 3 else None)
    messages.info(request, _("A worker looks for groups now. The page shows them when they are found."))
    return HttpResponseRedirect(f"{shop_url(request, 'analytics:lifecycle')}#groups")


def _stages(merchant: Merchant, people_url: str) -> list[dict[str, Any]]:
    figures = lifecycle_figures(merchant, before=today(merchant) - timedelta(days=_COMPARED_DAYS))
    rows = []
    for each in figures:
        code, before = each.stage, each.customers_before
        rows.append(
            {
                "figures": each,
                "tone": STAGE_TONES[code],
                "delta": (each.customers - before) / before if before else None,
                "good": "down" if code in ("cooling", "lapsed") else "up",
                "url": f"{people_url}?{urlencode({'of': f'stage:{code}'})}" if each.customers else "",
            }
        )
    return rows


def _history_chart(merchant: Merchant) -> Chart | None:
    history = stage_history(merchant, days=_HISTORY_DAYS)
    if len(history) < 2:
        return None
    return Chart(
        "stack",
        [rhythm.day.isoformat() for rhythm in history],
        [Series(stage_name(stage), [rhythm.counts.get(stage, 0) for rhythm in history]) for stage in STAGES],
    )


def _clusters(clustering: Clustering, people_url: str) -> list[dict[str, Any]]:
    return [
        {
            "group": group,
            "words": group_in_words(group),
            "url": f"{people_url}?{urlencode({'of': f'cluster:{group.number}'})}",
        }
        for group in groups_of(clustering)
    ]
