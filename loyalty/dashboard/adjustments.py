"""Corrections by hand: asked for with a reason; above the shop's limit a second person decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from customers.models import Customer
from customers.queries import get_customer
from loyalty.actions.grants import MOST_POINTS, approve_adjustment, ask_adjustment, reject_adjustment
from loyalty.models import Adjustment, AdjustmentState
from loyalty.queries.balances import adjustments_of, balance_of, get_adjustment
from merchants.errors import DomainError
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.roles import Permission

TONES = {AdjustmentState.WAITING: "warning", AdjustmentState.POSTED: "success", AdjustmentState.REJECTED: "neutral"}


class AdjustForm(forms.Form):
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        choices=[("credit", gettext_lazy("Give points")), ("debit", gettext_lazy("Take points away"))],
        widget=forms.RadioSelect,
        initial="credit",
    )
    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=1, max_value=MOST_POINTS)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The member and the auditor will read it."),
    )

    def signed_points(self) -> int:
        points: int = self.cleaned_data["points"]
        return points if self.cleaned_data["direction"] == "credit" else -points


@require_GET
@staff_page(Permission.SEE_LEDGER)
def adjustment_list(request: StaffRequest) -> HttpResponse:
    every = adjustments_of(request.merchant)
    waiting = every.filter(state=AdjustmentState.WAITING).count()
    asked = request.GET.get("state", "")
    state = asked if asked in (*AdjustmentState.values, "all") else AdjustmentState.WAITING if waiting else "all"
    rows: QuerySet[Adjustment] = every if state == "all" else every.filter(state=state)
    got = list_page(request, rows, order=["-id"])
    return page(
        request,
        "loyalty/dashboard/adjustments.html",
        rows=[{"adjustment": each, "tone": TONES[AdjustmentState(each.state)]} for each in got.rows],
        found=got,
        state=state,
        tabs=_tabs(state, waiting),
    )


def _tabs(state: str, waiting: int) -> list[dict[str, Any]]:
    tabs = [
        ("waiting", _("Waiting"), waiting),
        ("posted", _("Posted"), ""),
        ("rejected", _("Rejected"), ""),
        ("all", _("All"), ""),
    ]
    return [
        {"label": label, "url": f"?state={name}", "active": name == state, "count": count}
        for name, label, count in tabs
    ]


@staff_page(Permission.ADJUST_POINTS)
def adjust(request: StaffRequest, customer: str) -> HttpResponseBase:
    """Ask for an adjustment of one member's points."""
    member = _member(request, customer)
    balance = balance_of(member)
    form = AdjustForm(request.POST or None)
    if balance.terms is not None:
        form.fields["points"].label = balance.terms.points_name
    if form.is_valid():
        try:
            asked = ask_adjustment(
                member, points=form.signed_points(), reason=form.cleaned_data["reason"], by=request.actor
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _asked(request, member, asked)
    return page(
        request,
        "loyalty/dashboard/adjust.html",
        status=422 if form.errors else 200,
        trail=[
            {"label": _("Customers"), "url": shop_url(request, "customers:customer-list")},
            {"label": member.display_name, "url": _member_url(request, member)},
            {"label": _("Adjust points"), "url": ""},
        ],
        member=member,
        form=form,
        balance=balance,
        limit=request.merchant.adjustment_limit_points,
        cancel_url=_member_url(request, member),
    )


def _asked(request: StaffRequest, member: Customer, asked: Adjustment) -> HttpResponseBase:
    if asked.state == AdjustmentState.WAITING:
        messages.info(request, _("Asked for. A second person has to agree before the points move."))
        return HttpResponseRedirect(f"{shop_url(request, 'loyalty:adjustment-list')}?state=waiting")
    messages.success(request, _("Posted. It stands in the ledger with your name and reason."))
    return HttpResponseRedirect(_member_url(request, member))


@require_POST
@staff_page(Permission.APPROVE_ADJUSTMENTS)
def approve(request: StaffRequest, adjustment: str) -> HttpResponseBase:
    found = get_adjustment(request.merchant, read_public_id("adj", adjustment))
    approve_adjustment(found, by=request.actor)
    messages.success(request, _("Approved and posted."))
    return HttpResponseRedirect(shop_url(request, "loyalty:adjustment-list"))


@require_POST
@staff_page(Permission.APPROVE_ADJUSTMENTS)
def reject(request: StaffRequest, adjustment: str) -> HttpResponseBase:
    found = get_adjustment(request.merchant, read_public_id("adj", adjustment))
    reject_adjustment(found, by=request.actor, note=request.POST.get("note", ""))
    messages.success(request, _("Rejected. No points moved."))
    return HttpResponseRedirect(shop_url(request, "loyalty:adjustment-list"))


def _member(request: StaffRequest, customer: str) -> Customer:
    member = get_customer(request.merchant, read_public_id("cus", customer))
    member.merchant = request.merchant
    return member


def _member_url(request: StaffRequest, member: Customer) -> str:
    return shop_url(request, "customers:customer-detail", public_id("cus", member.pk))
