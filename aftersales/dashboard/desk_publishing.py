"""What all rule books of the desk share: a form, what it would change, and publishing exactly what was looked at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.actions.desk import check_document, publish_document
from aftersales.errors import DraftOutdated
from aftersales.queries.desk import find_document
from aftersales.rules.documents import Document
from merchants.errors import DomainError, InvalidValues
from merchants.frames.staff import StaffRequest, page, shop_url

Preview = Callable[[Document], Mapping[str, Any]]


class PublishForm(forms.Form):
    """The end of each rule book's form. `after`: the version that was changed; `seen`: names what the preview showed."""

    note = forms.CharField(label=gettext_lazy("What changes, and why"), max_length=200, required=False)
    after = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


def in_force(request: StaffRequest, kind: str) -> tuple[int, Document | None]:
    """The number of the version in force and its document; 0 and None before the first."""
    found = find_document(request.merchant, kind)
    return (found[0].number, found[1]) if found is not None else (0, None)


def publish_form(request: StaffRequest, number: int) -> PublishForm:
    return PublishForm(request.POST or None, initial={"after": number})


def digest(document: Any) -> str:
    """Names a document's exact words: what was previewed is what is published."""
    return hashlib.blake2b(json.dumps(document, sort_keys=True).encode(), digest_size=12).hexdigest()


def preview_or_publish(
    request: StaffRequest, kind: str, document: dict[str, Any], ending: PublishForm, *, preview: Preview, back: str
) -> HttpResponseBase | dict[str, Any]:
    """Publish what was looked at and answer with the way back, or give what the page shows: a preview, or faults."""
    given = ending.cleaned_data
    try:
        if given["after"] != in_force(request, kind)[0]:
            raise DraftOutdated()
        checked = check_document(request.merchant, kind, document)
        seen = digest(checked.model_dump(mode="json"))
        if request.POST.get("do") != "publish" or given["seen"] != seen:
            return {"preview": preview(checked), "seen": seen, "changed_meanwhile": bool(given["seen"])}
        version = publish_document(
            request.merchant, kind, checked, note=given["note"], by=request.actor, after=given["after"]
        )
    except DomainError as refusal:
        show_faults(ending, refusal)
        return {}
    messages.success(request, _("Version %(number)s is published.") % {"number": version.number})
    return HttpResponseRedirect(shop_url(request, back))


def show_faults(form: forms.Form, refusal: DomainError) -> None:
    """What the rules refuse, above the form, each with the number of its row."""
    for fault in refusal.faults if isinstance(refusal, InvalidValues) else [refusal]:
        parts = (fault.pointer or "").strip("/").split("/")
        row = int(parts[1]) + 1 if len(parts) > 1 and parts[0] == "rules" and parts[1].isdigit() else None
        text = fault.text()
        form.add_error(None, _("Rule %(number)s: %(fault)s") % {"number": row, "fault": text} if row else text)


def rules_page(
    request: StaffRequest, template: str, *, ending: forms.Form, shown: Mapping[str, Any], **context: Any
) -> HttpResponse:
    """The page of a rule book: 422 while something is wrong."""
    wrong = ending.is_bound and "preview" not in shown
    if "seen" in shown:
        ending.data = request.POST.copy()
        ending.data["seen"] = shown["seen"]
    return page(
        request, f"aftersales/dashboard/{template}", status=422 if wrong else 200, ending=ending, **shown, **context
    )
