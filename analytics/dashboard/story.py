"""The findings in words, each with the next step that it asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics.queries.story import Finding, Story, insight_story
from merchants.clock import today
from merchants.frames.staff import StaffRequest, page, permissions_of, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.figures import format_money, format_points, format_ratio

_KEPT_SECONDS = 600  # figures of thirty days do not turn in ten minutes


@dataclass(frozen=True, slots=True)
class Told:
    """`change`: "−6.0%", to be read first. `tone` and `icon` are a badge's."""

    title: str
    text: str
    change: str
    tone: str
    icon: str
    action: str
    url: str


@dataclass(frozen=True, slots=True)
class ToldStory:
    findings: list[Told]
    looked_at: int
    first: str
    last: str


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def story_panel(request: StaffRequest) -> HttpResponse:
    """The findings as a fragment: the overview fetches it."""
    return page(request, "analytics/dashboard/story.html", story=told_story(request), is_panel=True)


def told_story(request: StaffRequest) -> ToldStory:
    story = _remembered(request.merchant)
    return ToldStory(
        [_told(request, finding) for finding in story.findings],
        story.looked_at,
        story.span.first.isoformat(),
        story.span.last.isoformat(),
    )


def _remembered(merchant: Merchant) -> Story:
    key = f"analytics:story:{merchant.pk}:{today(merchant)}"
    found: Story | None = cache.get(key)
    if found is None:
        found = insight_story(merchant)
        cache.set(key, found, _KEPT_SECONDS)
    return found


def _told(request: StaffRequest, finding: Finding) -> Told:
    title, text = _words(finding, request.merchant)
    action, url = _next_step(request, finding)
    change = ""
    if finding.change is not None:
        change = format_ratio(finding.change.relative, language=_language(), digits=0)
        change = change if finding.change.relative < 0 else f"+{change}"
    rises = finding.change is not None and finding.change.relative > 0
    icon = "triangle-alert" if finding.change is None else ("trending-up" if rises else "trending-down")
    return Told(title, text, change, "success" if finding.is_good else "warning", icon, action, url)


def _words(finding: Finding, merchant: Merchant) -> tuple[str, str]:
    language = _language()
    people = format_points(finding.people, language=language)
    if finding.kind == "valuable_cooling":
        spend = format_money(finding.spend_minor, merchant.currency, language=language, whole=True)
        title = ngettext(
            "%(people)s of your best customers is late", "%(people)s of your best customers are late", finding.people
        )
        text = _("By their own rhythm they should have come back. So far they spent %(spend)s with you.")
        return title % {"people": people}, text % {"spend": spend}
    assert finding.change is not None
    now, before = finding.change.now, finding.change.before
    if finding.kind == "average_order":
        shown = [format_money(round(each), merchant.currency, language=language) for each in (now, before)]
    elif finding.kind == "new":
        shown = [format_points(round(each), language=language) for each in (now, before)]
    else:
        shown = [format_ratio(each, language=language) for each in (now, before)]
    titles = {
        "tier_repurchase": _("%(tier)s: repurchase"), "repurchase": _("Repurchase"), "churn": _("Churn"),
        "new": _("New customers"), "average_order": _("Average order"),
    }  # fmt: skip
    text = _(
        "%(now)s after %(before)s in the thirty days before; more than chance at these numbers (%(people)s looked at)."
    )
    return titles[finding.kind] % {"tier": finding.name}, text % {"now": shown[0], "before": shown[1], "people": people}


def _next_step(request: StaffRequest, finding: Finding) -> tuple[str, str]:
    """A fall asks for the people behind it; a rise for the figures."""
    may_edit = permissions_of(request.membership)[Permission.EDIT_SEGMENTS]
    if finding.kind == "valuable_cooling":
        return _("Who they are"), f"{shop_url(request, 'analytics:people')}?of=stage:cooling"
    if finding.kind in ("tier_repurchase", "repurchase") and not finding.is_good and may_edit:
        quiet: dict[str, Any] = {
            "kind": "purchase",
            "which": "last",
            "window": {"older_than_days": 30, "last_days": 90},
        }
        tier: dict[str, Any] = {"kind": "tier", "any_of": [finding.subject]}
        tree = {"kind": "all", "of": [tier, quiet] if finding.subject else [quiet]}
        name = (
            _("%(tier)s: not back for a month") % {"tier": finding.name} if finding.name else _("Not back for a month")
        )
        query = urlencode({"tree": json.dumps(tree, ensure_ascii=False), "name": name})
        return _("Make a segment of who stayed away"), f"{shop_url(request, 'analytics:segment-new')}?{query}"
    if finding.kind == "churn" and not finding.is_good:
        return _("Who is at risk"), shop_url(request, "analytics:lifecycle")
    report = {"tier_repurchase": "repurchase"}.get(finding.kind, finding.kind)
    return _("Look at the figures"), shop_url(request, "analytics:report", report)


def _language() -> str:
    return get_language() or "en"
