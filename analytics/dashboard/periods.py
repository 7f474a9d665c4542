"""The period that a page of figures is asked for: a preset, or two days of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.queries.reports import span_asked
from analytics.rules.spans import PRESETS, Span
from merchants.errors import InvalidValue
from merchants.frames.staff import StaffRequest, refuse


class PeriodForm(forms.Form):
    first = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    last = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


def preset_labels() -> dict[str, str]:
    return {
        "7d": _("7 days"), "30d": _("30 days"), "90d": _("90 days"), "365d": _("365 days"),
        "this_month": _("This month"), "last_month": _("Last month"), "this_quarter": _("This quarter"),
        "this_year": _("This year"),
    }  # fmt: skip


def period_asked(request: StaffRequest) -> tuple[Span, PeriodForm]:
    """The span, and the form of own days with what is wrong with them: then the usual preset is shown."""
    preset = request.GET.get("period", "")
    if "first" in request.GET or "last" in request.GET:
        form = PeriodForm(request.GET)
        if form.is_valid():
            try:
                given = form.cleaned_data
                return span_asked(request.merchant, first=given["first"], last=given["last"]), form
            except InvalidValue as refusal:
                refuse(form, refusal)
        return span_asked(request.merchant), form
    span = span_asked(request.merchant, preset=preset if preset in PRESETS else "")
    return span, PeriodForm(initial={"first": span.first, "last": span.last})


def period_tabs(request: StaffRequest, span: Span) -> list[dict[str, Any]]:
    """Presets as tabs that keep the page's other choices."""
    labels = preset_labels()
    tabs = [
        {"label": labels[preset], "url": changed_query(request, period=preset), "active": preset == span.preset}
        for preset in PRESETS
    ]
    if not span.preset:
        tabs.append({"label": f"{span.first} – {span.last}", "url": changed_query(request), "active": True})
    return tabs


def changed_query(request: StaffRequest, **changes: str) -> str:
    """The present address's query with `changes`; a preset drops days of one's own."""
    kept = request.GET.copy()
    if "period" in changes:
        for name in ("first", "last"):
            kept.pop(name, None)
    for name, value in changes.items():
        kept[name] = value
    return f"?{kept.urlencode()}"


def span_options(span: Span) -> Mapping[str, str]:
    """As an export keeps it."""
    return {"first": span.first.isoformat(), "last": span.last.isoformat(), "preset": span.preset}
