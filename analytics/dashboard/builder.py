"""The editor of a segment: conditions joined by all, any and not, with the count of who they mean beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from analytics.actions.segments import change_segment, create_segment
from analytics.dashboard.builder_fields import Asked, Kind, kinds_of
from analytics.dashboard.builder_reading import (
    GROUPS,
    Document,
    as_group,
    bare_node,
    changed_tree,
    fresh_group,
    pointer_places,
    read_editor,
    shown_value,
)
from analytics.frames.segment_documents import read_tree, write_tree
from analytics.models import Segment
from analytics.queries.membership import count_tree, sample_tree
from analytics.queries.segment_checks import check_tree
from analytics.queries.segment_words import tree_in_words
from analytics.queries.segments import get_segment, tree_of
from merchants.errors import DomainError, InvalidValues
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.figures import money_amount

_DEEPEST_GROUP = 3  # deeper ones come from the API, and can be edited here too, but not made
_SAMPLE = 10


class SegmentForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    note = forms.CharField(label=gettext_lazy("What changes, and why"), max_length=200, required=False)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.EDIT_SEGMENTS)
def segment_new(request: StaffRequest) -> HttpResponseBase:
    """A new one; `tree` and `name` in the address say how it begins."""
    if request.method == "POST":
        return _edited(request, None)
    form = SegmentForm(initial={"name": request.GET.get("name", "")[:40]})
    return _draw(request, None, form, _document_in_address(request))


@require_http_methods(["GET", "POST"])
@staff_page(Permission.EDIT_SEGMENTS)
def segment_edit(request: StaffRequest, segment: str) -> HttpResponseBase:
    found = get_segment(request.merchant, read_public_id("seg", segment))
    if request.method == "POST":
        return _edited(request, found)
    form = SegmentForm(initial={"name": found.name, "description": found.description})
    return _draw(request, found, form, write_tree(tree_of(found)))


@require_POST
@staff_page(Permission.SEE_INSIGHT)
def segment_preview(request: StaffRequest) -> HttpResponse:
    """Who the conditions mean right now: counts, the reachable ones, ten of them. Nothing is kept."""
    merchant = request.merchant
    document = read_editor(request.POST, _kinds(merchant), digits=digits_of(merchant))
    try:
        tree = read_tree(document)
        check_tree(merchant, tree)
    except InvalidValues as refusal:
        return page(request, "analytics/dashboard/builder_preview.html", faults=len(refusal.faults))
    return page(
        request,
        "analytics/dashboard/builder_preview.html",
        counts=count_tree(merchant, tree),
        sample=sample_tree(merchant, tree, size=_SAMPLE),
        words=tree_in_words(merchant, tree),
    )


def digits_of(merchant: Merchant) -> int:
    """Decimals of the shop's currency."""
    return -int(money_amount(1, merchant.currency).as_tuple().exponent)


def _kinds(merchant: Merchant) -> dict[str, Kind]:
    return {kind.code: kind for kind in kinds_of(merchant)}


def _document_in_address(request: StaffRequest) -> Document:
    try:
        given = json.loads(request.GET.get("tree", ""))
        return write_tree(read_tree(given))
    except (ValueError, RecursionError, DomainError):
        return fresh_group()


def _edited(request: StaffRequest, segment: Segment | None) -> HttpResponseBase:
    """A step in the editor draws it anew; anything else keeps the segment."""
    merchant = request.merchant
    form = SegmentForm(request.POST)
    document = read_editor(request.POST, _kinds(merchant), digits=digits_of(merchant))
    step = request.POST.get("step", "")
    if step and step != "save":
        document = changed_tree(document, step)
        if not request.htmx:
            return _draw(request, segment, SegmentForm(initial=request.POST.dict()), document)
        answer = page(
            request, "analytics/dashboard/builder_tree.html", root=_root(merchant, document, {}), **_menus(merchant)
        )
        answer["HX-Trigger-After-Settle"] = "treechanged"
        return answer
    if not form.is_valid():
        return _draw(request, segment, form, document, status=422)
    try:
        kept = _keep(request, segment, form.cleaned_data, document)
    except InvalidValues as refusal:
        faults = _faults_by_place(document, refusal)
        if not faults:
            refuse(form, refusal)
        return _draw(request, segment, form, document, faults=faults, status=422)
    except DomainError as refusal:
        refuse(form, refusal)
        return _draw(request, segment, form, document, status=422)
    messages.success(request, _("Saved. Members are being filled in; this takes seconds."))
    return HttpResponseRedirect(shop_url(request, "analytics:segment", public_id("seg", kept.pk)))


def _keep(request: StaffRequest, segment: Segment | None, given: Mapping[str, Any], document: Document) -> Segment:
    tree = read_tree(document)
    if segment is None:
        return create_segment(
            request.merchant, name=given["name"], tree=tree, description=given["description"], by=request.actor
        )
    return change_segment(
        segment, tree=tree, name=given["name"], description=given["description"], note=given["note"], by=request.actor
    )


def _draw(
    request: StaffRequest,
    segment: Segment | None,
    form: SegmentForm,
    document: Document,
    *,
    faults: Mapping[str, list[tuple[str, str]]] | None = None,
    status: int = 200,
) -> HttpResponse:
    merchant = request.merchant
    list_url = shop_url(request, "analytics:segment-list")
    trail = [{"label": _("Segments"), "url": list_url}]
    back = list_url
    if segment is not None:
        back = shop_url(request, "analytics:segment", public_id("seg", segment.pk))
        trail.append({"label": segment.name, "url": back})
    trail.append({"label": _("Edit") if segment else _("New segment"), "url": ""})
    return page(
        request,
        "analytics/dashboard/builder.html",
        status=status,
        segment=segment,
        form=form,
        root=_root(merchant, document, faults or {}),
        has_faults=bool(faults),
        back_url=back,
        trail=trail,
        **_menus(merchant),
    )


def _menus(merchant: Merchant) -> dict[str, Any]:
    """The kinds of conditions, grouped as the menu shows them."""
    grouped: dict[str, list[Kind]] = {}
    for kind in kinds_of(merchant):
        grouped.setdefault(str(kind.group), []).append(kind)
    return {"kind_groups": list(grouped.items())}


def _faults_by_place(document: Document, refusal: InvalidValues) -> dict[str, list[tuple[str, str]]]:
    """{place: [(key of the field, what is wrong)]}: each pointer belongs to the deepest node it begins with."""
    places = pointer_places(as_group(document))
    found: dict[str, list[tuple[str, str]]] = {}
    for fault in refusal.faults:
        pointer = fault.pointer or ""
        nearest = max((known for known in places if f"{pointer}/".startswith(f"{known}/")), key=len, default=None)
        if nearest is not None:
            key = pointer.removeprefix(nearest).strip("/").replace("/", ".")
            found.setdefault(places[nearest], []).append((key, fault.text()))
    return found


def _root(merchant: Merchant, document: Document, faults: Mapping[str, list[tuple[str, str]]]) -> dict[str, Any]:
    return _drawn(as_group(document), "t", _kinds(merchant), faults, digits_of(merchant))


def _drawn(
    document: Document, place: str, kinds: Mapping[str, Kind], faults: Mapping[str, list[tuple[str, str]]], digits: int
) -> dict[str, Any]:
    """One node as builder_node.html draws it."""
    node, is_negated = bare_node(document)
    told = faults.get(place, [])
    drawn: dict[str, Any] = {
        "place": place, "kind": node.get("kind"), "is_negated": is_negated, "is_group": node.get("kind") in GROUPS,
        "is_root": place == "t", "may_hold_groups": place.count(".") < _DEEPEST_GROUP,
    }  # fmt: skip
    if drawn["is_group"]:
        drawn["parts"] = [
            _drawn(part, f"{place}.{n}", kinds, faults, digits) for n, part in enumerate(node.get("of") or ())
        ]
        drawn["faults"] = [text for _key, text in told]
        return drawn
    kind = kinds.get(str(node.get("kind")))
    asked = kind.asked if kind else ()
    drawn["controls"] = [_control(node, each, place, told, digits) for each in asked]
    names = {each.name for each in asked}
    drawn["faults"] = [text for key, text in told if key.split(".")[0] not in names and key not in names]
    return drawn


def _control(node: Document, asked: Asked, place: str, told: list[tuple[str, str]], digits: int) -> dict[str, Any]:
    return {
        "asked": asked,
        "name": f"{place}:{asked.name}",
        "id": f"{place}-{asked.name}".replace(".", "-"),
        "value": shown_value(node, asked, digits=digits),
        "faults": [text for key, text in told if key == asked.name or key.split(".")[0] == asked.name],
    }
