"""The loop, live: an order on the left, the member's phone on the right; then a refund takes back exactly that."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from commerce.actions.purchases import Purchase, PurchaseLine
from commerce.models import Order, OrderLine
from commerce.queries import get_order
from commerce.rules.refunds import LineRefund
from customers.frames.member import sign_member_in
from customers.models import Customer
from loyalty.actions.purchases import OrderOutcome, record_orders
from loyalty.actions.refunds import RefundOutcome, refund_order
from loyalty.queries.balances import balance_of
from loyalty.queries.explanations import explain_order
from loyalty.queries.quotes import quote
from loyalty.queries.wording import order_sentences, rule_sentence, wallet_name
from loyalty.rules.terms import Terms
from loyalty_platform.demo_doors.shops import DEMO, chosen_member, get_shop, shown_members
from merchants.clock import now
from merchants.errors import DomainError
from merchants.frames.public_ids import public_id, read_public_id
from merchants.models import Merchant

_GOODS = 5
_RECENT_LINES = 400
_MOST_OF_ONE = 99


@dataclass(frozen=True, slots=True)
class Good:
    """Something the shop sold lately, at that price; `field` names its quantity in the form."""

    field: str
    quantity: int
    line: OrderLine

    @property
    def name(self) -> str:
        return self.line.name or (str(self.line.product) if self.line.product else "") or self.line.sku


@never_cache
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    shop = get_shop(request)
    member = chosen_member(request, shop)
    if member is None:
        raise Http404
    # The phone beside the form is this member's.
    sign_member_in(request, member)
    goods = _goods(request, shop)
    context = {
        "shop": shop,
        "member": member,
        "member_id": public_id("cus", member.pk),
        "members": [(public_id("cus", each.pk), each.display_name) for each in shown_members(shop)],
        "goods": goods,
        "phone_url": reverse("loyalty-portal:home", args=[shop.slug]),
        **_quoted(shop, member, goods),
    }
    return render(request, "demo/live.html", context)


@never_cache
@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """What the order in the form would earn. Nothing is written."""
    shop = get_shop(request)
    context = _quoted(shop, chosen_member(request, shop), _goods(request, shop))
    return render(request, "demo/live.html#quote", {"shop": shop, **context})


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Record the order as a till would."""
    shop = get_shop(request)
    member = chosen_member(request, shop)
    purchase = _purchase(shop, member, _goods(request, shop))
    if member is None or purchase is None:
        return _refused(request, _("Choose at least one item."))
    (answer,) = record_orders(shop, [purchase], by=DEMO)
    if isinstance(answer, DomainError):
        return _refused(request, answer.text())
    return _answer(request, shop, member, get_order(shop, answer.order_id), earned=answer)


@require_POST
def refund(request: HttpRequest) -> HttpResponse:
    """Give back the order's first item, or everything that is left."""
    shop = get_shop(request)
    member = chosen_member(request, shop)
    found = _find_order(shop, request.POST.get("order", ""))
    if member is None or found.customer_id != member.pk:
        raise Http404
    lines = [LineRefund(0, Decimal(1))] if request.POST.get("part") == "item" else None
    try:
        outcome = refund_order(
            found, number=f"R-{secrets.token_hex(3).upper()}", by=DEMO, lines=lines, reason=_("Tried in the demo")
        )
    except DomainError as refusal:
        return _refused(request, refusal.text())
    return _answer(request, shop, member, get_order(shop, found.pk), returned=outcome)


def _find_order(shop: Merchant, order_id: str) -> Order:
    try:
        return get_order(shop, read_public_id("ord", order_id))
    except DomainError as absent:
        raise Http404 from absent


def _goods(request: HttpRequest, shop: Merchant) -> list[Good]:
    """A few different things sold lately, with the quantities of the form (at first one of each of the first two)."""
    given = request.POST if request.method == "POST" else request.GET
    lines = (
        OrderLine.objects.filter(merchant=shop, quantity=1, unit_price_minor__gt=0)
        .select_related("product")
        .order_by("-id")[:_RECENT_LINES]
    )
    dearest: dict[str, OrderLine] = {}
    for line in lines:
        known = dearest.get(line.category_path)
        if line.sku and (known is None or known.unit_price_minor < line.unit_price_minor):
            dearest[line.category_path] = line
    shown = sorted(dearest.values(), key=lambda line: (-line.unit_price_minor, line.sku))[:_GOODS]
    fields = [f"quantity-{n}" for n in range(len(shown))]
    fresh = not any(field in given for field in fields)
    return [
        Good(field, (1 if n < 2 else 0) if fresh else _quantity(given.get(field, "")), line)
        for n, (field, line) in enumerate(zip(fields, shown, strict=True))
    ]


def _quantity(text: str) -> int:
    return min(int(text), _MOST_OF_ONE) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _purchase(shop: Merchant, member: Customer | None, goods: list[Good]) -> Purchase | None:
    """The form as an order, paid at this moment; None when nothing is chosen."""
    lines = [
        PurchaseLine(
            quantity=Decimal(good.quantity),
            unit_price_minor=good.line.unit_price_minor,
            sku=good.line.sku,
            name=good.name,
            category_path=good.line.category_path,
        )
        for good in goods
        if good.quantity
    ]
    if not lines:
        return None
    at = now(shop)
    return Purchase(
        number=f"DEMO-{at.astimezone(shop.zone):%y%m%d}-{secrets.token_hex(3).upper()}",
        customer_id=member.pk if member else None,
        placed_at=at,
        paid_at=at,
        currency=shop.currency,
        lines=lines,
        source="demo",
        channel="other",
    )


def _quoted(shop: Merchant, member: Customer | None, goods: list[Good]) -> dict[str, Any]:
    purchase = _purchase(shop, member, goods)
    if purchase is None:
        return {"quote": None}
    try:
        quoted = quote(shop, member, purchase)
    except DomainError as refusal:
        return {"quote": None, "refusal": refusal.text()}
    sentences = [
        rule_sentence(trace, currency=shop.currency, wallet_name=wallet_name(earned.wallet, quoted.terms))
        for earned in quoted.earned.values()
        for trace in earned.traces
    ]
    return {"quote": quoted, "sentences": sentences}


def _answer(
    request: HttpRequest,
    shop: Merchant,
    member: Customer,
    found: Order,
    *,
    earned: OrderOutcome | None = None,
    returned: RefundOutcome | None = None,
) -> HttpResponse:
    if "HX-Request" not in request.headers:  # without script the phone beside the form says it all
        messages.success(request, _("Done. Look at the phone."))
        return redirect(f"{reverse('demo-live')}?shop={shop.slug}&member={public_id('cus', member.pk)}")
    explained = explain_order(found)
    outcome = earned or returned
    before, after = (outcome.tier_before, outcome.tier) if outcome else (None, None)
    context = {
        "shop": shop,
        "order": found,
        "order_id": public_id("ord", found.pk),
        "member_id": public_id("cus", member.pk),
        "earned": earned,
        "returned": returned,
        "sentences": order_sentences(explained),
        "points_name": explained.terms.points_name if explained.terms else _("points"),
        "tier_change": _tier_change(explained.terms, before, after),
        "balance": balance_of(member),
        "refundable": found.refunded_minor < found.total_minor,
    }
    return render(request, "demo/live.html#result", context)


def _tier_change(terms: Terms | None, before: str | None, after: str | None) -> str:
    if terms is None or before is None or after is None or before == after:
        return ""
    return _("%(before)s → %(after)s") % {
        "before": terms.ladder.tier(before).name,
        "after": terms.ladder.tier(after).name,
    }


def _refused(request: HttpRequest, text: str) -> HttpResponse:
    return render(request, "demo/live.html#result", {"refusal": text}, status=422)
