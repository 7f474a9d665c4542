"""The programme as it stands: rules, tiers, the life of points; its versions and what each changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from loyalty.dashboard.readable import (
    Section,
    changes_between,
    expiry_section,
    general_section,
    ladder_section,
    rule_section,
    sections_of,
    tier_section,
)
from loyalty.dashboard.story import SOON_DAYS
from loyalty.models import ProgrammeVersion
from loyalty.queries.figures import leaving_before, leaving_members, one_order_away, tier_counts
from loyalty.queries.programme import find_draft, find_version_in_force, versions_of
from loyalty.rules.terms import Terms
from merchants.clock import now
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission


@require_GET
@staff_page(Permission.SEE_PROGRAMME)
def rules(request: StaffRequest) -> HttpResponse:
    frame = _frame(request)
    terms: Terms | None = frame["terms"]
    currency = request.merchant.currency
    sections = [rule_section(rule, terms, currency) for rule in terms.earning_rules] if terms else []
    return page(
        request, "loyalty/dashboard/programme.html", **frame, sections=sections, heading=_("Earning rules"), part="rules",
        edit_url=shop_url(request, "loyalty:draft-rules"),
        lead=_("Each rule that matches adds its part. The sum is rounded once, at the end, downwards."),
    )  # fmt: skip


@require_GET
@staff_page(Permission.SEE_PROGRAMME)
def tiers(request: StaffRequest) -> HttpResponse:
    frame = _frame(request)
    terms: Terms | None = frame["terms"]
    rows = []
    near = None
    if terms is not None:
        counted = tier_counts(request.merchant, terms.ladder)
        rows = [
            {"section": tier_section(tier, terms), "rank": rank, "members": members}
            for tier, (_name, rank, members) in zip(terms.ladder.tiers, counted, strict=True)
        ]
        near = one_order_away(request.merchant, terms.ladder)
    return page(
        request, "loyalty/dashboard/tiers.html", **frame, rows=rows, near=near, heading=_("Tiers"),
        sections=[ladder_section(terms)] if terms else [], edit_url=shop_url(request, "loyalty:draft-tiers"),
        lead=_("Upgrades come with the order that reaches them; what is no longer reached is reviewed every night."),
    )  # fmt: skip


@require_GET
@staff_page(Permission.SEE_PROGRAMME)
def expiry(request: StaffRequest) -> HttpResponse:
    frame = _frame(request)
    terms: Terms | None = frame["terms"]
    at = now(request.merchant)
    until = at + timedelta(days=SOON_DAYS)
    return page(
        request, "loyalty/dashboard/expiry.html", **frame, heading=_("Life of points"),
        sections=[expiry_section(terms), general_section(terms)] if terms else [],
        edit_url=shop_url(request, "loyalty:draft-expiry"),
        leaving=leaving_before(request.merchant, at=at, until=until),
        losing=leaving_members(request.merchant, at=at, until=until),
        until=until,
        lead=_("Every credit is a lot with an expiry of its own. What leaves soonest is spent first."),
    )  # fmt: skip


@require_GET
@staff_page(Permission.SEE_PROGRAMME)
def version_list(request: StaffRequest) -> HttpResponse:
    versions = list(versions_of(request.merchant)[:50])
    in_force = find_version_in_force(request.merchant)
    return page(
        request,
        "loyalty/dashboard/versions.html",
        trail=_trail(request, _("Versions")),
        versions=[{"version": each, "state": _state(request, each, in_force)} for each in versions],
    )


@require_GET
@staff_page(Permission.SEE_PROGRAMME)
def version_page(request: StaffRequest, number: int) -> HttpResponse:
    version = versions_of(request.merchant).filter(number=number).first()
    if version is None:
        raise Http404
    earlier = versions_of(request.merchant).filter(number__lt=number).first()
    terms, currency = version.parsed(), request.merchant.currency
    sections: list[Section] = sections_of(terms, currency)
    return page(
        request,
        "loyalty/dashboard/version.html",
        trail=_trail(request, _("Version %(number)s") % {"number": number}),
        version=version,
        state=_state(request, version, find_version_in_force(request.merchant)),
        earlier=earlier,
        changes=changes_between(earlier.parsed(), terms, currency) if earlier else [],
        sections=sections,
    )


def _frame(request: StaffRequest) -> dict[str, Any]:
    """What the three pages share: the version in force, the one to come, and the draft with what it changes."""
    merchant = request.merchant
    version, draft = find_version_in_force(merchant), find_draft(merchant)
    coming = versions_of(merchant).filter(effective_from__gt=now(merchant)).last()
    terms = version.parsed() if version else None
    changes = changes_between(terms, draft.parsed(), merchant.currency) if draft else []
    return {
        "version": version,
        "terms": terms,
        "draft": draft,
        "coming": coming,
        "changes": changes,
        "preview_url": shop_url(request, "loyalty:draft-preview"),
    }


def _state(request: StaffRequest, version: ProgrammeVersion, in_force: ProgrammeVersion | None) -> tuple[str, str]:
    if in_force is not None and version.pk == in_force.pk:
        return _("In force"), "success"
    if version.effective_from is not None and version.effective_from > now(request.merchant):
        return _("To come"), "info"
    return _("Replaced"), "neutral"


def _trail(request: StaffRequest, last: str) -> list[dict[str, str]]:
    steps = [(_("Programme"), shop_url(request, "loyalty:programme"))]
    if last != _("Versions"):
        steps.append((_("Versions"), shop_url(request, "loyalty:version-list")))
    return [{"label": label, "url": url} for label, url in (*steps, (last, ""))]
