"""What everybody may read: how points work, the tiers, and the shop behind them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.http import require_GET

from customers.frames.member import ShopRequest, open_page, portal_page, portal_url
from loyalty.portal.card import way_up
from loyalty.queries.balances import Balance, balance_of
from loyalty.queries.programme import get_version_in_force, versions_of
from loyalty.queries.terms_in_words import (
    condition_sentence,
    expiry_sentence,
    fairness_sentences,
    ladder_sentences,
    rules_in_words,
)
from loyalty.queries.wording import number
from loyalty.rules.terms import Terms
from merchants.clock import now


@require_GET
@open_page
def programme(request: ShopRequest) -> HttpResponseBase:
    """The terms in force, in sentences; NoProgramme is answered as a page."""
    version = get_version_in_force(request.merchant)
    terms = version.parsed()
    return portal_page(
        request,
        "loyalty/portal/programme.html",
        version=version,
        terms=terms,
        rules=rules_in_words(terms, currency=request.merchant.currency),
        expiry=expiry_sentence(terms.expiry),
        fairness=fairness_sentences(terms),
        upcoming=versions_of(request.merchant).filter(effective_from__gt=now(request.merchant)),
        back_url=portal_url(request, "loyalty-portal:home"),
    )


@require_GET
@open_page
def tiers(request: ShopRequest) -> HttpResponseBase:
    """The ladder; a member sees where they stand on it."""
    balance = balance_of(request.member) if request.member is not None else Balance()
    terms = balance.terms or get_version_in_force(request.merchant).parsed()
    return portal_page(
        request,
        "loyalty/portal/tiers.html",
        terms=terms,
        steps=_steps(terms, balance, request.merchant.currency),
        rules=ladder_sentences(terms.ladder),
        balance=balance,
        way_up=way_up(balance, balance.tier, terms, request.merchant.currency),
        back_url=portal_url(request, "loyalty-portal:home"),
    )


@require_GET
@open_page
def shop(request: ShopRequest) -> HttpResponseBase:
    """Who is behind the card: promises and contact."""
    return portal_page(request, "loyalty/portal/shop.html", back_url=portal_url(request, "loyalty-portal:home"))


def _steps(terms: Terms, balance: Balance, currency: str) -> list[dict[str, Any]]:
    current = balance.tier.current.code if balance.tier else ""
    return [
        {
            "name": tier.name,
            "rank": rank,
            "current": tier.code == current,
            "condition": condition_sentence(tier, terms=terms, currency=currency),
            "multiplier": number(tier.multiplier.normalize()) if tier.multiplier != 1 else "",
            "benefits": tier.benefits,
        }
        for rank, tier in enumerate(terms.ladder.tiers, start=1)
    ]
