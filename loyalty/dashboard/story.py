"""One true sentence from the shop's own figures, and what to do about it: the head of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.errors import NoProgramme
from loyalty.models import Reconciliation
from loyalty.queries.figures import adjustments_waiting, leaving_before, one_order_away
from loyalty.queries.programme import current_terms
from merchants.clock import now
from merchants.frames.navigation import find_url
from merchants.frames.staff import StaffRequest, permissions_of, shop_url
from merchants.rules.figures import format_points

SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Story:
    """`tone` and `icon` are a callout's. Without `url` there is no button."""

    title: str
    text: str
    tone: str = "accent"
    icon: str = "sparkles"
    action: str = ""
    url: str = ""


def story_of(request: StaffRequest, *, orders_ever: bool, proof: Reconciliation | None, language: str) -> Story:
    """The most pressing thing that is true: what is broken, then what waits, then what is about to be lost or won."""
    merchant, perms = request.merchant, permissions_of(request.membership)
    try:
        terms = current_terms(merchant)
    except NoProgramme:
        return _no_programme(request, perms)
    if not orders_ever:
        return _no_orders(request, perms)
    if proof is not None and proof.fault_count:
        return Story(
            _("The books do not agree"),
            ngettext(
                "The latest proof found %(count)s fault. Points stay as they are; look at it before the next campaign.",
                "The latest proof found %(count)s faults. Points stay as they are; look at them before the next campaign.",
                proof.fault_count,
            )
            % {"count": proof.fault_count},
            "error", "scale", _("Look at the books"), shop_url(request, "loyalty:books"),
        )  # fmt: skip
    waiting = adjustments_waiting(merchant)
    if waiting and perms["approve_adjustments"]:
        title = ngettext("%(count)s adjustment waits for you", "%(count)s adjustments wait for you", waiting)
        return Story(
            title % {"count": waiting},
            _("Corrections above the limit are posted when a second person agrees."),
            "warning", "user-check", _("Decide"), shop_url(request, "loyalty:adjustment-list"),
        )  # fmt: skip
    at = now(merchant)
    leaving = leaving_before(merchant, at=at, until=at + timedelta(days=SOON_DAYS))
    near = one_order_away(merchant, terms.ladder)
    if leaving.points:
        text = ngettext(
            "%(members)s member holds them. A reminder in time is the cheapest reason to come back.",
            "%(members)s members hold them. A reminder in time is the cheapest reason to come back.",
            leaving.members,
        ) % {"members": format_points(leaving.members, language=language)}
        if near.members:
            text = f"{text} {_near(near.members, near.name, language)}"
        return Story(
            _("%(points)s %(unit)s leave before %(day)s unless they are spent")
            % {
                "points": format_points(leaving.points, language=language),
                "unit": terms.points_name,
                "day": date_format((at + timedelta(days=SOON_DAYS)).astimezone(merchant.zone), "Y-m-d"),
            },
            text, "accent", "timer", _("Who holds them"), f"{shop_url(request, 'loyalty:expiry')}#leaving",
        )  # fmt: skip
    if near.members:
        return Story(
            _near(near.members, near.name, language),
            _("Tell them: the next tier is one purchase away."),
            "accent", "award", _("See the tiers"), shop_url(request, "loyalty:tiers"),
        )  # fmt: skip
    return Story(
        _("Everything is in order"),
        _("No points are about to leave and nothing waits for a decision."),
        "success", "circle-check",
    )  # fmt: skip


def _near(members: int, tier: str, language: str) -> str:
    sentence = ngettext(
        "%(members)s member is one order away from %(tier)s.",
        "%(members)s members are one order away from %(tier)s.",
        members,
    )
    return sentence % {"members": format_points(members, language=language), "tier": tier}


def _no_programme(request: StaffRequest, perms: dict[str, bool]) -> Story:
    return Story(
        _("Start with the programme"),
        _("Say what an order earns, which tiers there are and how long points live. Nothing is earned before."),
        "accent", "award",
        _("Write the programme") if perms["edit_programme"] else "",
        shop_url(request, "loyalty:programme") if perms["edit_programme"] else "",
    )  # fmt: skip


def _no_orders(request: StaffRequest, perms: dict[str, bool]) -> Story:
    if perms["record_orders"]:
        action, url = _("Simulate an order"), shop_url(request, "loyalty:order-simulate")
    else:
        action, url = _("How orders arrive"), find_url("developers")
    return Story(
        _("The programme waits for its first order"),
        _("Connect the shop or the till by an API key, bring past orders from a file, or try it with one of your own."),
        "accent", "shopping-bag", action if url else "", url,
    )  # fmt: skip
