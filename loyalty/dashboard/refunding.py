"""Refunding an order: what goes back is chosen, its effect is seen, and only then it is done."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.actions.refunds import LineRefund
from commerce.models import Order, OrderLine
from commerce.queries import lines_of
from loyalty.actions.refunds import RefundOutcome, refund_order
from loyalty.dashboard.order_page import order_at, order_url, trail_of
from merchants.errors import DomainError
from merchants.frames.staff import StaffRequest, page, refuse, staff_page
from merchants.models import Actor
from merchants.roles import Permission
from merchants.rules.figures import money_amount

_SALT = "loyalty.refund-seen"


class RefundForm(forms.Form):
    """A quantity for each line, the shipping, and a reason. `number` makes a second click the same refund."""

    number = forms.CharField(widget=forms.HiddenInput, max_length=64)
    shipping = forms.DecimalField(label=gettext_lazy("Shipping"), min_value=0, max_digits=12, required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)

    def __init__(self, order: Order, lines: list[OrderLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.lines = order, lines
        for line in lines:
            left = line.quantity - line.refunded_quantity
            self.fields[_name(line)] = forms.DecimalField(
                label=_("Quantity back"), min_value=0, max_value=left, max_digits=14, decimal_places=3, required=False,
                disabled=left <= 0,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not self.wanted() and not given.get("shipping"):
            raise forms.ValidationError(_("Choose at least one line, or an amount of the shipping."))
        return given

    def rows(self) -> list[tuple[OrderLine, forms.BoundField]]:
        return [(line, self[_name(line)]) for line in self.lines]

    def wanted(self) -> list[LineRefund]:
        given = self.cleaned_data
        return [LineRefund(line.position, Decimal(given[_name(line)])) for line in self.lines if given.get(_name(line))]

    def shipping_minor(self) -> int:
        given = self.cleaned_data.get("shipping")
        return int(given / money_amount(1, self.order.currency)) if given else 0


def _name(line: OrderLine) -> str:
    return f"line_{line.position}"


@staff_page(Permission.REFUND_ORDERS)
def refund(request: StaffRequest, order: str) -> HttpResponseBase:
    found = order_at(request, order)
    lines = list(lines_of(found))
    form = RefundForm(found, lines, request.POST or None, initial=_everything(found, lines))
    effect = None
    if request.method == "POST" and form.is_valid():
        try:
            effect = rehearse_refund(found, form, by=request.actor)
            if request.POST.get("step") == "refund" and request.POST.get("seen") == _seal(found, effect):
                return _refund(request, found, form)
        except DomainError as refusal:
            effect = None
            refuse(form, refusal)
    return page(
        request,
        "loyalty/dashboard/refund.html",
        status=422 if form.errors else 200,
        trail=trail_of(request, found, _("Refund")),
        order=found,
        form=form,
        rows=form.rows(),
        shipping_left=_shipping_left(found, lines),
        effect=effect,
        seen=_seal(found, effect) if effect else "",
        changed=effect is not None and request.POST.get("step") == "refund",
        cancel_url=order_url(request, found),
    )


def rehearse_refund(order: Order, form: RefundForm, *, by: Actor) -> RefundOutcome:
    """What the refund will come to: the action itself, taken back before anybody sees it. A preview cannot be nearer."""
    with transaction.atomic():
        outcome = _act(order, form, by)
        transaction.set_rollback(True)
    return outcome


def _refund(request: StaffRequest, order: Order, form: RefundForm) -> HttpResponseBase:
    outcome = _act(order, form, request.actor)
    text = _("Refunded. %(points)s points went back.") if outcome.points else _("Refunded.")
    messages.success(request, text % {"points": outcome.points} if outcome.points else text)
    return HttpResponseRedirect(order_url(request, order))


def _act(order: Order, form: RefundForm, by: Actor) -> RefundOutcome:
    return refund_order(
        order, number=form.cleaned_data["number"], by=by, lines=form.wanted(), shipping_minor=form.shipping_minor(),
        reason=form.cleaned_data["reason"],
    )  # fmt: skip


def _seal(order: Order, effect: RefundOutcome) -> str:
    """Signs the effect that was shown: something else is never done without being shown first."""
    refunded = effect.refund.refund.amount_minor
    shown = [order.pk, refunded, effect.points, effect.growth, effect.owed, effect.balance, effect.tier]
    return signing.Signer(salt=_SALT).signature(repr(shown))


def _everything(order: Order, lines: list[OrderLine]) -> dict[str, Any]:
    known: dict[str, Any] = {_name(line): f"{(line.quantity - line.refunded_quantity).normalize():f}" for line in lines}
    return known | {
        "number": f"RF-{order.number[:50]}-{secrets.token_hex(3)}",
        "shipping": _shipping_left(order, lines),
    }


def _shipping_left(order: Order, lines: list[OrderLine]) -> Decimal:
    """What of the shipping did not go back yet, in the currency's own unit."""
    left = order.total_minor - order.refunded_minor - sum(line.net_minor - line.refunded_minor for line in lines)
    return money_amount(max(0, left), order.currency)
