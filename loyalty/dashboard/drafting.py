"""Changing the programme: draft, see whom and what it touches, publish."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from commerce.queries import categories_of
from loyalty.actions.programme import discard_draft, publish_draft, save_draft
from loyalty.dashboard.readable import changes_between
from loyalty.dashboard.starter import starter_terms
from loyalty.dashboard.terms_forms import (
    LadderForm,
    LifeForm,
    NoteForm,
    RuleForms,
    TierForms,
    ladder_initial,
    life_document,
    life_initial,
    rules_document,
    rules_initial,
    show_faults,
    tiers_document,
    tiers_initial,
)
from loyalty.errors import DraftOutdated
from loyalty.models import ProgrammeVersion
from loyalty.queries.preview import back_test, preview_expiry, preview_tiers
from loyalty.queries.programme import find_draft, find_version_in_force
from loyalty.rules.expiry import start_of
from loyalty.rules.terms import Terms
from merchants.errors import DomainError
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission

_BACK_TESTS = (30, 90)


class PublishForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)
    begins_on = forms.DateField(
        label=gettext_lazy("In force from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: from now on. A day begins at midnight in the shop."),
    )


@staff_page(Permission.EDIT_PROGRAMME)
def draft_rules(request: StaffRequest) -> HttpResponseBase:
    base, note = _base(request)
    currency = request.merchant.currency
    form = NoteForm(request.POST or None, initial={"note": note})
    rows = RuleForms(request.POST or None, prefix="rule", initial=rules_initial(base.earning_rules, currency))
    if form.is_bound and form.is_valid() and rows.is_valid():
        saved = _save(request, base, form, {"earning_rules": rules_document(rows, currency)})
        if saved is not None:
            return saved
    known = [category for category in categories_of(request.merchant) if category][:200]
    return _page(request, "draft_rules.html", form, rows=rows, heading=_("Draft: earning rules"), known=_short(known))


@staff_page(Permission.EDIT_PROGRAMME)
def draft_tiers(request: StaffRequest) -> HttpResponseBase:
    base, note = _base(request)
    form = LadderForm(request.POST or None, initial={**ladder_initial(base.ladder), "note": note})
    rows = TierForms(request.POST or None, prefix="tier", initial=tiers_initial(base.ladder.tiers))
    if form.is_bound and form.is_valid() and rows.is_valid():
        given = form.cleaned_data
        ladder = {name: given[name] for name in ("match", "window_months", "grace_days")}
        saved = _save(request, base, form, {"ladder": {**ladder, "tiers": tiers_document(rows)}})
        if saved is not None:
            return saved
    return _page(request, "draft_tiers.html", form, rows=rows, heading=_("Draft: tiers"))


@staff_page(Permission.EDIT_PROGRAMME)
def draft_expiry(request: StaffRequest) -> HttpResponseBase:
    base, note = _base(request)
    form = LifeForm(request.POST or None, initial={**life_initial(base), "note": note})
    if form.is_bound and form.is_valid():
        saved = _save(request, base, form, life_document(form.cleaned_data))
        if saved is not None:
            return saved
    return _page(request, "draft_expiry.html", form, heading=_("Draft: names and life of points"))


@require_GET
@staff_page(Permission.SEE_PROGRAMME)
def preview(request: StaffRequest) -> HttpResponseBase:
    """Whom and what the draft touches, held against the terms in force."""
    draft = find_draft(request.merchant)
    if draft is None:
        return HttpResponseRedirect(shop_url(request, "loyalty:programme"))
    return _preview(request, draft, PublishForm(initial={"seen": _digest(draft)}))


@require_POST
@staff_page(Permission.PUBLISH_PROGRAMME)
def publish(request: StaffRequest) -> HttpResponseBase:
    draft = find_draft(request.merchant)
    form = PublishForm(request.POST)
    if draft is None or not form.is_valid():
        return HttpResponseRedirect(shop_url(request, "loyalty:draft-preview"))
    day = form.cleaned_data["begins_on"]
    try:
        if form.cleaned_data["seen"] != _digest(draft):
            raise DraftOutdated()
        begins = start_of(day, request.merchant.zone) if day else None
        published = publish_draft(request.merchant, by=request.actor, effective_from=begins, seen=draft.terms)
    except DomainError as refusal:
        again = PublishForm({"seen": _digest(draft), "begins_on": request.POST.get("begins_on", "")})
        again.add_error("begins_on" if refusal.pointer else None, refusal.text())
        return _preview(request, draft, again, status=422)
    messages.success(request, _("Version %(number)s is published.") % {"number": published.number})
    return HttpResponseRedirect(shop_url(request, "loyalty:version", published.number))


@require_POST
@staff_page(Permission.EDIT_PROGRAMME)
def discard(request: StaffRequest) -> HttpResponseBase:
    discard_draft(request.merchant)
    messages.success(request, _("The draft is gone; the terms in force are as they were."))
    return HttpResponseRedirect(shop_url(request, "loyalty:programme"))


def _base(request: StaffRequest) -> tuple[Terms, str]:
    """What is edited: the draft, else the terms in force, else a first proposal; and the draft's note."""
    draft = find_draft(request.merchant)
    if draft is not None:
        return draft.parsed(), draft.note
    version = find_version_in_force(request.merchant)
    return (version.parsed() if version else starter_terms(request.merchant)), ""


def _save(request: StaffRequest, base: Terms, form: NoteForm, part: dict[str, Any]) -> HttpResponseBase | None:
    """Write `part` into the draft and show what it means; None when the terms refuse it."""
    document = {**base.model_dump(mode="json"), **part}
    try:
        save_draft(request.merchant, terms=document, by=request.actor, note=form.cleaned_data["note"])
    except DomainError as refusal:
        show_faults(form, refusal)
        return None
    messages.success(request, _("Draft saved. Nothing is in force before it is published."))
    return HttpResponseRedirect(shop_url(request, "loyalty:draft-preview"))


def _page(request: StaffRequest, template: str, form: forms.Form, *, heading: str, **context: Any) -> HttpResponse:
    return page(
        request,
        f"loyalty/dashboard/{template}",
        status=422 if form.is_bound else 200,
        form=form,
        heading=heading,
        cancel_url=shop_url(request, "loyalty:programme"),
        trail=[{"label": _("Programme"), "url": shop_url(request, "loyalty:programme")}, {"label": heading, "url": ""}],
        **context,
    )


def _preview(request: StaffRequest, draft: ProgrammeVersion, form: PublishForm, *, status: int = 200) -> HttpResponse:
    merchant, wanted = request.merchant, draft.parsed()
    version = find_version_in_force(merchant)
    current = version.parsed() if version else None
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(each) for each in _BACK_TESTS} else _BACK_TESTS[0]
    return page(
        request,
        "loyalty/dashboard/draft_preview.html",
        status=status,
        trail=[
            {"label": _("Programme"), "url": shop_url(request, "loyalty:programme")},
            {"label": _("Preview"), "url": ""},
        ],
        draft=draft,
        version=version,
        changes=changes_between(current, wanted, merchant.currency),
        tiers=preview_tiers(merchant, current.ladder, wanted.ladder) if current else None,
        tested=back_test(merchant, current, wanted, days=days) if current else None,
        expiry=preview_expiry(merchant, current, wanted) if current else None,
        terms=wanted,
        days_tabs=[
            {"label": _("%(days)s days") % {"days": each}, "url": f"?days={each}#orders", "active": each == days}
            for each in _BACK_TESTS
        ],
        form=form,
    )


def _digest(draft: ProgrammeVersion) -> str:
    """Names the draft's exact terms: what was previewed is what is published."""
    return hashlib.blake2b(json.dumps(draft.terms, sort_keys=True).encode(), digest_size=12).hexdigest()


def _short(categories: list[str]) -> list[str]:
    """The first two steps of the category paths, for people to choose from."""
    return sorted({"/".join(category.split("/")[:2]) for category in categories})[:40]
