"""The figures: one page with all headlines, one page for each question."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.dashboard.exports import asked_for
from analytics.dashboard.figures import shown_headline, shown_rows
from analytics.dashboard.periods import changed_query, period_asked, period_tabs, span_options
from analytics.dashboard.story import told_story
from analytics.queries.cohorts import MEASURES
from analytics.queries.reports import REPORTS, chosen_options, get_report_kind, report_of, segment_choices
from analytics.rules.spans import Span
from merchants.clock import now
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission

# The headlines of the index; the others have none, or take longer than a page should.
_HEADLINES = ("active", "new", "repurchase", "average_order", "churn", "revenue_by_tier")


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def report_index(request: StaffRequest) -> HttpResponse:
    """The story, six headlines, and every question that can be asked."""
    span, form = period_asked(request)
    merchant = request.merchant
    suffix = f"?{request.GET.urlencode()}" if request.GET else ""
    cards = []
    for key in _HEADLINES:
        kind = REPORTS[key]
        headline = shown_headline(report_of(merchant, key, span).headline, merchant)
        cards.append({**(headline or {}), "definition": kind.definition, "url": _address(request, key, suffix)})
    return page(
        request,
        "analytics/dashboard/reports.html",
        span=span,
        period_form=form,
        periods=period_tabs(request, span),
        story=told_story(request),
        cards=cards,
        questions=[
            {"title": kind.title, "question": kind.question, "url": _address(request, key, suffix)}
            for key, kind in REPORTS.items()
        ],
    )


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def report_page(request: StaffRequest, report: str) -> HttpResponse:
    kind = get_report_kind(report)
    merchant = request.merchant
    span, form = period_asked(request)
    options = chosen_options(merchant, report, request.GET)
    found = report_of(merchant, report, span, options)
    return page(
        request,
        "analytics/dashboard/report.html",
        kind=kind,
        span=span,
        period_form=form,
        periods=period_tabs(request, span),
        choices=_choices(request, options),
        kept=[(name, value) for name, value in options.items()],
        report=found,
        headline=shown_headline(found.headline, merchant),
        rows=shown_rows(found, merchant),
        before=span.before,
        export_url=f"{shop_url(request, 'analytics:report-export', report)}{_query(span, options)}",
        updated_at=now(merchant),
        trail=[
            {"label": _("Figures"), "url": shop_url(request, "analytics:reports")},
            {"label": kind.title, "url": ""},
        ],
    )


@require_POST
@staff_page(Permission.EXPORT)
def export_report(request: StaffRequest, report: str) -> HttpResponseBase:
    """Ask for the file of what the page showed."""
    get_report_kind(report)
    span, _form = period_asked(request)
    options = {**chosen_options(request.merchant, report, request.GET), **span_options(span)}
    return asked_for(request, subject=f"report:{report}", options=options)


def _address(request: StaffRequest, key: str, suffix: str) -> str:
    return f"{shop_url(request, 'analytics:report', key)}{suffix}"


def _query(span: Span, options: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(options)
    if span.preset:
        query["period"] = span.preset
    else:
        query["first"], query["last"] = span.first.isoformat(), span.last.isoformat()
    return f"?{query.urlencode()}"


def _choices(request: StaffRequest, options: dict[str, str]) -> list[dict[str, Any]]:
    """Second row of tabs: what else can be chosen."""
    labels = _option_labels(request.merchant) if options else {}
    return [
        {
            "label": _("Show") if name == "measure" else _("Groups"),
            "tabs": [
                {"label": labels[value], "url": changed_query(request, **{name: value}), "active": value == chosen}
                for value in _values(request.merchant, name)
            ],
        }
        for name, chosen in options.items()
    ]


def _values(merchant: Merchant, name: str) -> list[str]:
    if name == "measure":
        return list(MEASURES)
    return [*REPORTS["categories"].choices["by"], *segment_choices(merchant)]


def _option_labels(merchant: Merchant) -> dict[str, str]:
    return {
        "percent": _("Per cent"), "customers": _("Customers"), "revenue": _("Revenue"), "tier": _("Tiers"),
        "lifecycle": _("Lifecycle stages"), "rfm": _("RFM groups"), "churn": _("Churn risk"), **segment_choices(merchant),
    }  # fmt: skip
