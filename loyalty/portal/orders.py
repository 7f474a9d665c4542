"""The member's orders, and what each of them earned."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_GET

from commerce.queries import get_order, orders_of, refunds_of
from customers.frames.member import MemberRequest, member_page, portal_page, portal_url
from loyalty.portal.rows import entry_rows, order_rows, status_of
from loyalty.queries.balances import entries_of
from loyalty.queries.explanations import OrderExplanation, explain_order
from loyalty.queries.wording import award_sentences, number, order_sentences, wallet_name
from loyalty.rules.kinds import Wallet
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import read_public_id

_ROWS = 15


@require_GET
@member_page
def orders(request: MemberRequest) -> HttpResponseBase:
    found = list_page(
        request, orders_of(request.merchant).filter(customer=request.member), order=("-placed_at", "-id"), limit=_ROWS
    )
    return portal_page(
        request,
        "loyalty/portal/orders.html",
        orders=order_rows(request, found.rows),
        next=found.next_cursor,
        previous=found.previous_cursor,
    )


@require_GET
@member_page
def order(request: MemberRequest, order_id: str) -> HttpResponseBase:
    """Lines, amounts, refunds, and the points with their arithmetic."""
    found = get_order(request.merchant, read_public_id("ord", order_id))
    if found.customer_id != request.member.pk:
        raise Http404
    explained = explain_order(found)
    moved = entries_of(request.member).filter(award__order=found).order_by("id")
    return portal_page(
        request,
        "loyalty/portal/order.html",
        order=found,
        **status_of(found),
        lines=_lines(explained),
        points_name=wallet_name(Wallet.POINTS, explained.terms) if explained.terms else "",
        awards=_awards(explained),
        nothing=order_sentences(explained) if explained.nothing_because else [],
        entries=entry_rows(request, moved),
        refunds=list(refunds_of(found)),
        back_url=portal_url(request, "loyalty-portal:orders"),
    )


def _awards(explained: OrderExplanation) -> list[dict[str, Any]]:
    """[{unit, kept, points, sentences, tier}] for each wallet, points first."""
    terms = explained.terms
    if terms is None:
        return []
    return [
        {
            "unit": wallet_name(award.wallet, terms),
            "points": award.points,
            "kept": award.points - award.taken_back,
            "tier": award.tier_name,
            "sentences": award_sentences(award, currency=explained.order.currency, terms=terms),
        }
        for award in explained.awards
    ]


def _lines(explained: OrderExplanation) -> list[dict[str, Any]]:
    award = explained.award(Wallet.POINTS)
    return [
        {
            "name": line.name or (str(line.product) if line.product else "") or line.sku,
            "quantity": number(line.quantity),
            "net_minor": line.net_minor,
            "refunded_minor": line.refunded_minor,
            "refunded_quantity": number(line.refunded_quantity) if line.refunded_quantity else "",
            "earned": number(award.contributions[position]) if award else "",
        }
        for position, line in enumerate(explained.lines)
    ]
