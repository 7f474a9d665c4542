"""Goodwill: asked for on a ticket's own page; here all of it, and what waits for a second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from aftersales.actions.goodwill import approve_grant, decline_grant
from aftersales.models import Grant, GrantState
from aftersales.queries.goodwill import (
    Signal,
    SignalKind,
    get_grant,
    grants_in,
    limits_of,
    shop_month_used,
    signals_for,
)
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission

TONES = {GrantState.WAITING: "warning", GrantState.POSTED: "success", GrantState.DECLINED: "neutral"}


@require_GET
@staff_page(Permission.SEE_TICKETS)
def grant_list(request: StaffRequest) -> HttpResponse:
    """Everything that was given; first what waits for a decision."""
    every = grants_in(request.merchant)
    waiting = every.filter(state=GrantState.WAITING).count()
    asked = request.GET.get("state", "")
    state = asked if asked in (*GrantState.values, "all") else GrantState.WAITING if waiting else "all"
    rows: QuerySet[Grant] = every if state == "all" else every.filter(state=state)
    got = list_page(request, rows, order=["-id"])
    people = {each.ticket.customer_id for each in got.rows if each.ticket.customer_id is not None}
    signals = signals_for(request.merchant, people)
    limits = limits_of(request.merchant)
    return page(
        request,
        "aftersales/dashboard/grants.html",
        rows=[
            {
                "grant": each,
                "tone": TONES[GrantState(each.state)],
                "signals": signal_badges(signals.get(each.ticket.customer_id or 0, [])),
            }
            for each in got.rows
        ],
        found=got,
        state=state,
        tabs=_tabs(state, waiting),
        used=shop_month_used(request.merchant),
        limits=limits,
    )


def _tabs(state: str, waiting: int) -> list[dict[str, Any]]:
    tabs = [
        ("waiting", _("Waiting"), waiting),
        ("posted", _("Posted"), ""),
        ("declined", _("Declined"), ""),
        ("all", _("All"), ""),
    ]
    return [
        {"label": label, "url": f"?state={name}", "active": name == state, "count": count}
        for name, label, count in tabs
    ]


def signal_badges(signals: list[Signal]) -> list[str]:
    """What stands out about a member, in words."""
    worded = {
        SignalKind.GRANTS: lambda n: ngettext(
            "%(count)s grant in %(days)s days", "%(count)s grants in %(days)s days", n
        ),
        SignalKind.TICKETS: lambda n: ngettext(
            "%(count)s ticket in %(days)s days", "%(count)s tickets in %(days)s days", n
        ),
        SignalKind.REFUNDS: lambda n: ngettext(
            "%(count)s refund in %(days)s days", "%(count)s refunds in %(days)s days", n
        ),
    }
    return [worded[each.kind](each.count) % {"count": each.count, "days": each.days} for each in signals]


@require_POST
@staff_page(Permission.APPROVE_GOODWILL)
def approve(request: StaffRequest, grant_id: str) -> HttpResponseBase:
    found = get_grant(request.merchant, read_public_id("grt", grant_id))
    approve_grant(found, by=request.actor, note=request.POST.get("note", ""))
    messages.success(request, _("Approved and posted."))
    return HttpResponseRedirect(shop_url(request, "aftersales:grant-list"))


@require_POST
@staff_page(Permission.APPROVE_GOODWILL)
def decline(request: StaffRequest, grant_id: str) -> HttpResponseBase:
    found = get_grant(request.merchant, read_public_id("grt", grant_id))
    decline_grant(found, by=request.actor, note=request.POST.get("note", ""))
    messages.success(request, _("Declined. No points moved."))
    return HttpResponseRedirect(shop_url(request, "aftersales:grant-list"))
