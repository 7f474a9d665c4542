"""Goodwill: asked for on a ticket, decided by a second person above the limit, all of it in one list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from aftersales.actions.goodwill import approve_grant, decline_grant, grant_goodwill
from aftersales.models import Grant, GrantReason, GrantState, Ticket
from aftersales.queries.goodwill import (
    Room,
    Signal,
    SignalKind,
    get_grant,
    goodwill_given,
    grants_in,
    grants_on,
    limits_of,
    room_for,
    shop_month_used,
    signals_for,
    signals_of,
)
from aftersales.queries.tickets import get_ticket
from merchants.errors import DomainError
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.roles import Permission

TONES = {GrantState.WAITING: "warning", GrantState.POSTED: "success", GrantState.DECLINED: "neutral"}


class GrantForm(forms.Form):
    """`reference` is made with the form: a form that is sent twice gives once."""

    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=1)
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=GrantReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For the team and whoever decides. The member reads the reason, not the note."),
    )
    reference = forms.CharField(max_length=60, widget=forms.HiddenInput)


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


@staff_page(Permission.GRANT_GOODWILL)
def grant_new(request: StaffRequest, ticket_id: str) -> HttpResponseBase:
    """Give points for one ticket, with what speaks for care in sight."""
    ticket = get_ticket(request.merchant, id=read_public_id("tkt", ticket_id))
    room = room_for(ticket, by=request.actor)
    before = list(grants_on(ticket))
    form = GrantForm(request.POST or None, initial={"reference": f"form:{request.request_id}:{len(before) + 1}"})
    if form.is_valid():
        try:
            grant = grant_goodwill(ticket, by=request.actor, **form.cleaned_data)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _granted(request, ticket, grant)
    return page(
        request,
        "aftersales/dashboard/grant_new.html",
        status=422 if form.errors else 200,
        trail=[
            {"label": _("Inbox"), "url": shop_url(request, "aftersales:inbox")},
            {"label": f"#{ticket.number}", "url": ticket_url(request, ticket)},
            {"label": _("Give goodwill"), "url": ""},
        ],
        ticket=ticket,
        form=form,
        room=room,
        budgets=_budgets(room),
        given=goodwill_given(ticket.customer) if ticket.customer else None,
        signals=signal_badges(signals_of(ticket.customer)) if ticket.customer else [],
        before=before,
        cancel_url=ticket_url(request, ticket),
    )


def _budgets(room: Room | None) -> list[dict[str, Any]]:
    if room is None:
        return []
    limits = room.limits
    return [
        {"label": label, "used": room.used[scope], "most": most}
        for scope, label, most in (
            ("ticket", _("This ticket"), limits.per_ticket),
            ("customer", _("This member, this month"), limits.per_customer_month),
            ("staff", _("You, this month"), room.role.per_month),
            ("shop", _("The shop, this month"), limits.shop_month),
        )
    ]


def _granted(request: StaffRequest, ticket: Ticket, grant: Grant) -> HttpResponseRedirect:
    if grant.state == GrantState.WAITING:
        messages.info(request, _("Asked for. A second person has to agree before the points move."))
    else:
        messages.success(request, _("Given. The points are on the member's account."))
    return HttpResponseRedirect(ticket_url(request, ticket))


def ticket_url(request: StaffRequest, ticket: Ticket) -> str:
    return shop_url(request, "aftersales:ticket", public_id("tkt", ticket.pk))


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
