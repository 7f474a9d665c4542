"""Drill-down: the people behind a cell, a group, a stage, a band, and a segment made of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.dashboard.exports import asked_for
from analytics.frames.segment_documents import write_tree
from analytics.queries.exports import PEOPLE, people_in, title_of
from analytics.queries.rfm import cell_tree
from analytics.rules.bands import BANDS
from analytics.rules.lifecycle import STAGES
from analytics.rules.rfm import GROUPS
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission

_SHOWN = 50
_STEPS = ("recency", "frequency", "monetary")


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def people(request: StaffRequest) -> HttpResponse:
    """`?of=stage:cooling`, `?of=band:high`, `?of=cluster:2`, `?of=rfm&recency=5&monetary=4` or `?of=rfm&group=champions`."""
    subject, options = _asked(request.GET)
    found = people_in(request.merchant, subject, options)
    rows = list(found.select_related("purchase_summary")[:_SHOWN])
    title = title_of(request.merchant, subject, options)
    return page(
        request,
        "analytics/dashboard/people.html",
        title=title,
        total=found.count(),
        rows=rows,
        segment_url=_segment_url(request, subject, options, title),
        export_url=f"{shop_url(request, 'analytics:people-export')}?{urlencode({'of': subject, **options})}",
        trail=[
            {"label": _("RFM"), "url": shop_url(request, "analytics:rfm")}
            if subject == "rfm"
            else {"label": _("Lifecycle"), "url": shop_url(request, "analytics:lifecycle")},
            {"label": title, "url": ""},
        ],
    )


@require_POST
@staff_page(Permission.EXPORT)
def export_people(request: StaffRequest) -> HttpResponseBase:
    subject, options = _asked(request.GET)
    return asked_for(request, subject=subject, options=options)


def _asked(given: QueryDict) -> tuple[str, dict[str, str]]:
    """The subject and its options, only such as there are; anything else is no page."""
    subject = given.get("of", "")
    kind, _colon, rest = subject.partition(":")
    known = {
        "stage": list(STAGES),
        "band": [str(band) for band in BANDS],
        "cluster": [str(n) for n in range(1, 21)],
    }
    if kind in known and rest in known[kind]:
        return subject, {}
    if subject != "rfm" or kind not in PEOPLE:
        raise Http404
    options = {name: str(given[name]) for name in _STEPS if given.get(name) in {"1", "2", "3", "4", "5"}}
    if given.get("group") in GROUPS:
        options = {"group": str(given["group"])}
    if not options:
        raise Http404
    return subject, options


def _segment_url(request: StaffRequest, subject: str, options: dict[str, str], title: str) -> str:
    """The editor with these people's conditions filled in; clusters are found by learning and have none."""
    kind, _colon, rest = subject.partition(":")
    trees: dict[str, dict[str, Any]] = {
        "stage": {"kind": "lifecycle", "any_of": [rest]}, "band": {"kind": "churn", "any_of": [rest]},
    }  # fmt: skip
    if subject == "rfm":
        steps: dict[str, Any] = {name: int(value) for name, value in options.items() if name in _STEPS}
        tree = write_tree(cell_tree(**steps, group=options.get("group")))
    elif kind in trees:
        tree = trees[kind]
    else:
        return ""
    query = urlencode({"tree": json.dumps(tree, ensure_ascii=False), "name": title})
    return f"{shop_url(request, 'analytics:segment-new')}?{query}"
