"""Segments: the list, one segment with its members and history, and why somebody is in it or not."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.actions.segments import archive_segment, restore_segment, restore_version
from analytics.dashboard.exports import asked_for
from analytics.models import Segment
from analytics.queries.membership import Checked, explain_membership, members_of
from analytics.queries.segment_words import tree_in_words
from analytics.queries.segments import get_segment, growth_of, latest_check, segments_of, tree_of, uses_of, versions_of
from analytics.rules.segment_tree import of_json
from customers.models import Customer
from customers.queries import search_customers
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission
from merchants.rules.charts import Chart, Series

_MEMBERS_A_PAGE = 25


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def segment_list(request: StaffRequest) -> HttpResponse:
    archived = request.GET.get("view") == "archived"
    segments = list(segments_of(request.merchant, archived=archived))
    return page(
        request,
        "analytics/dashboard/segments.html",
        rows=[_row(request, segment) for segment in segments],
        archived=archived,
        check=latest_check(request.merchant),
        tabs=[
            {"label": _("In use"), "url": "?", "active": not archived},
            {"label": _("Archived"), "url": "?view=archived", "active": archived},
        ],
    )


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def segment_page(request: StaffRequest, segment: str) -> HttpResponse:
    found = _segment(request, segment)
    tree = tree_of(found)
    members = list_page(request, members_of(found), order=["-entered_at", "-id"], limit=_MEMBERS_A_PAGE)
    growth = growth_of(found)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    people = search_customers(request.merchant, text, limit=3) if text else []
    return page(
        request,
        "analytics/dashboard/segment.html",
        segment=found,
        key=segment,
        words=tree_in_words(request.merchant, tree),
        members=members,
        is_waiting=found.filled_version != found.version,
        growth_chart=_growth_chart(growth) if len(growth) > 1 else None,
        uses=[_use(request, use.kind, use.label, use.reference) for use in uses_of(found)],
        versions=[
            {"version": each, "words": tree_in_words(request.merchant, of_json(each.tree))}
            for each in versions_of(found)[:10]
        ],
        q=text,
        explained=[{"customer": person, "checked": _explained(person, tree, request)} for person in people],
        trail=[
            {"label": _("Segments"), "url": shop_url(request, "analytics:segment-list")},
            {"label": found.name, "url": ""},
        ],
    )


@require_POST
@staff_page(Permission.EDIT_SEGMENTS)
def archive(request: StaffRequest, segment: str) -> HttpResponseBase:
    found = _segment(request, segment)
    archive_segment(found, by=request.actor)
    messages.success(request, _("Archived. Its tag is taken off everybody."))
    return HttpResponseRedirect(shop_url(request, "analytics:segment-list"))


@require_POST
@staff_page(Permission.EDIT_SEGMENTS)
def restore(request: StaffRequest, segment: str) -> HttpResponseBase:
    restore_segment(_segment(request, segment), by=request.actor)
    messages.success(request, _("In use again. Members are being filled in."))
    return HttpResponseRedirect(shop_url(request, "analytics:segment", segment))


@require_POST
@staff_page(Permission.EDIT_SEGMENTS)
def back_to_version(request: StaffRequest, segment: str, number: int) -> HttpResponseBase:
    """An earlier tree in force again, as a new version."""
    restore_version(_segment(request, segment), number, by=request.actor)
    messages.success(request, _("The earlier conditions hold again."))
    return HttpResponseRedirect(shop_url(request, "analytics:segment", segment))


@require_POST
@staff_page(Permission.EXPORT)
def export_segment(request: StaffRequest, segment: str) -> HttpResponseBase:
    found = _segment(request, segment)
    return asked_for(request, subject=f"segment:{found.pk}", options={})


def _segment(request: StaffRequest, public: str) -> Segment:
    return get_segment(request.merchant, read_public_id("seg", public))


def _row(request: StaffRequest, segment: Segment) -> dict[str, Any]:
    days = growth_of(segment, days=30)
    return {
        "segment": segment,
        "url": shop_url(request, "analytics:segment", public_id("seg", segment.pk)),
        "is_waiting": segment.filled_version != segment.version and segment.archived_at is None,
        "history": [day.members for day in days],
        "share": segment.reachable / segment.members if segment.members else None,
    }


def _growth_chart(days: list[Any]) -> Chart:
    return Chart(
        "area", [day.day.isoformat() for day in days],
        [
            Series(_("Members"), [day.members for day in days]),
            Series(_("Reachable"), [day.reachable for day in days]),
        ],
    )  # fmt: skip


def _use(request: StaffRequest, kind: str, label: str, reference: str) -> dict[str, str]:
    words = {"segment": _("Segment")}
    return {"kind": words.get(kind, kind), "label": label, "reference": reference}


def _explained(customer: Customer, tree: Any, request: StaffRequest) -> Checked:
    customer.merchant = request.merchant
    return explain_membership(customer, tree)
