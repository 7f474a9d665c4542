"""Simulate an order: choose a member and items, see what they would earn, then really record it and watch the loop."""

from __future__ import annotations

import secrets
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import formset_factory
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from commerce.actions.purchases import Purchase, PurchaseLine
from commerce.models import Channel, Product
from commerce.queries import find_order, products_matching, products_of
from customers.models import Customer
from customers.queries import get_customer, search_customers
from loyalty.actions.purchases import record_orders
from loyalty.dashboard.order_page import award_panels, line_rows, order_at, trail_of
from loyalty.queries.balances import balance_of
from loyalty.queries.explanations import explain_order
from loyalty.queries.quotes import Quote, quote
from loyalty.queries.wording import rule_sentence, wallet_name
from loyalty.rules.kinds import Wallet
from merchants.clock import now
from merchants.errors import DomainError, NotFound
from merchants.frames.navigation import find_url
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.figures import money_amount

SOURCE = "simulation"
_LINES = 4
_FOUND = 8


class LineForm(forms.Form):
    sku = forms.CharField(
        label=gettext_lazy("Item"), max_length=64, required=False,
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"}),
    )  # fmt: skip
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"), min_value=0, max_value=9999, max_digits=8, required=False
    )
    price = forms.DecimalField(label=gettext_lazy("Price"), min_value=0, max_digits=12, required=False)


LineForms = formset_factory(LineForm, extra=0)


class OrderForm(forms.Form):
    """The order around its lines. `token` makes a second click the same order."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=32)
    discount = forms.DecimalField(label=gettext_lazy("Discount"), min_value=0, max_digits=12, required=False)
    shipping = forms.DecimalField(label=gettext_lazy("Shipping"), min_value=0, max_digits=12, required=False)


@staff_page(Permission.RECORD_ORDERS)
def simulate(request: StaffRequest) -> HttpResponseBase:
    """GET shows the form, POST with step=record records the order; any other POST shows the quote again."""
    member = _member(request, request.POST.get("member") or request.GET.get("member", ""))
    form = OrderForm(request.POST or None, initial={"token": secrets.token_hex(6)})
    lines = LineForms(request.POST or None, prefix="line", initial=_suggested(request.merchant))
    quoted: Quote | None = None
    if form.is_bound and form.is_valid() and lines.is_valid():
        recording = request.POST.get("step") == "record"
        known = find_order(request.merchant, _number(form)) if recording else None
        if known is not None:
            return HttpResponseRedirect(shop_url(request, "loyalty:order-simulated", public_id("ord", known.pk)))
        try:
            purchase = purchase_of(request.merchant, member, form, lines)
            if purchase is not None and recording:
                return _record(request, purchase)
            quoted = quote(request.merchant, member, purchase) if purchase is not None else None
        except DomainError as refusal:
            refuse(form, refusal)
    context: dict[str, Any] = {
        "member": member,
        "form": form,
        "lines": lines,
        "quote": quoted,
        "rules": _rules(request.merchant, quoted),
    }
    if request.htmx and not request.htmx.boosted:
        return page(request, "loyalty/dashboard/simulate.html#quote", **context)
    return page(
        request,
        "loyalty/dashboard/simulate.html",
        status=422 if form.errors else 200,
        found=_found(request) if member is None else [],
        q=request.GET.get("q", ""),
        products=products_of(request.merchant)[:20],
        **context,
    )


@require_GET
@staff_page(Permission.RECORD_ORDERS)
def members(request: StaffRequest) -> HttpResponse:
    """The members that a text finds, as a fragment of the form."""
    return page(request, "loyalty/dashboard/simulate.html#members", found=_found(request), q=request.GET.get("q", ""))


@require_GET
@staff_page(Permission.RECORD_ORDERS)
def products(request: StaffRequest) -> HttpResponse:
    """Suggestions for an item's field."""
    text = next((str(value) for name, value in request.GET.items() if name.endswith("-sku")), "").strip()[:64]
    found = products_matching(request.merchant, text, limit=20) if text else products_of(request.merchant)[:20]
    return page(request, "loyalty/dashboard/simulate.html#products", products=found)


@require_GET
@staff_page(Permission.RECORD_ORDERS)
def simulated(request: StaffRequest, order: str) -> HttpResponse:
    """The loop of one order: what was recorded, which rules counted, the points, the tier, and the member's own view."""
    found = order_at(request, order)
    explained = explain_order(found)
    panels = award_panels(explained)
    member = found.customer
    if member is not None:
        member.merchant = request.merchant
    return page(
        request,
        "loyalty/dashboard/simulated.html",
        trail=trail_of(request, found, _("Simulated")),
        order=found,
        lines=line_rows(explained),
        awards=panels,
        member=member,
        balance=balance_of(member) if member is not None else None,
        portal_url=find_url("loyalty-portal:home", request.merchant.slug),
        again_url=_again(request, member),
        steps=_steps(panels),
    )


def purchase_of(merchant: Merchant, member: Customer | None, form: OrderForm, lines: Any) -> Purchase | None:
    """The order that the form describes; None without a line. Items that the shop does not know keep what was typed."""
    unit = money_amount(1, merchant.currency)
    given = [line.cleaned_data for line in lines if line.cleaned_data.get("sku") and line.cleaned_data.get("quantity")]
    if not given:
        return None
    known = {product.sku: product for product in products_of(merchant).filter(sku__in=[line["sku"] for line in given])}
    at = now(merchant)
    return Purchase(
        number=_number(form),
        customer_id=member.pk if member is not None else None,
        placed_at=at,
        paid_at=at,
        currency=merchant.currency,
        lines=[_line(line, known.get(line["sku"]), unit) for line in given],
        source=SOURCE,
        channel=Channel.OTHER,
        discount_minor=int((form.cleaned_data["discount"] or 0) / unit),
        shipping_minor=int((form.cleaned_data["shipping"] or 0) / unit),
    )


def _line(given: dict[str, Any], product: Product | None, unit: Decimal) -> PurchaseLine:
    price = given.get("price")
    plain = PurchaseLine(
        quantity=given["quantity"],
        unit_price_minor=int(price / unit) if price is not None else (product.list_price_minor or 0) if product else 0,
        sku=given["sku"],
        name=given["sku"],
    )
    if product is None:
        return plain
    return replace(plain, name=product.name, category_path=product.category_path, brand=product.brand)


def _record(request: StaffRequest, purchase: Purchase) -> HttpResponseBase:
    (outcome,) = record_orders(request.merchant, [purchase], by=request.actor)
    if isinstance(outcome, DomainError):
        raise outcome
    return HttpResponseRedirect(shop_url(request, "loyalty:order-simulated", public_id("ord", outcome.order_id)))


def _number(form: OrderForm) -> str:
    return f"SIM-{form.cleaned_data['token'].upper()}"


def _member(request: StaffRequest, text: str) -> Customer | None:
    if not text:
        return None
    try:
        member = get_customer(request.merchant, read_public_id("cus", text))
    except NotFound as refusal:
        raise Http404 from refusal
    member.merchant = request.merchant
    return member


def _found(request: StaffRequest) -> list[Customer]:
    text = request.GET.get("q", "").strip()[:100]
    return search_customers(request.merchant, text, limit=_FOUND) if text else []


def _suggested(merchant: Merchant) -> list[dict[str, Any]]:
    """The first line is filled in, so that one click shows something."""
    first = products_of(merchant).filter(list_price_minor__gt=0).first()
    filled: list[dict[str, Any]] = [{"sku": first.sku, "quantity": 1}] if first else []
    return filled + [{}] * (_LINES - len(filled))


def _rules(merchant: Merchant, quoted: Quote | None) -> list[tuple[bool, str]]:
    if quoted is None:
        return []
    return [
        (
            trace.matched,
            rule_sentence(trace, currency=merchant.currency, wallet_name=wallet_name(earned.wallet, quoted.terms)),
        )
        for earned in quoted.earned.values()
        for trace in earned.traces
    ]


def _steps(panels: list[Any]) -> list[dict[str, Any]]:
    labels = [
        _("Order recorded"),
        _("Rules looked at"),
        _("Points credited"),
        _("Tier checked"),
        _("The member sees it"),
    ]
    earned = any(panel.award.wallet is Wallet.POINTS and panel.kept for panel in panels)
    return [{"label": label, "done": earned or index < 2} for index, label in enumerate(labels)]


def _again(request: StaffRequest, member: Customer | None) -> str:
    url = shop_url(request, "loyalty:order-simulate")
    return f"{url}?member={public_id('cus', member.pk)}" if member is not None else url
