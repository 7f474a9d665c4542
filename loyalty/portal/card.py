"""The member's card: balance, tier, the way up, what expires; and the code for the till. Guests read what awaits them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from commerce.queries import orders_of
from customers.frames.member import MemberRequest, ShopRequest, member_page, open_page, portal_page, portal_url
from customers.models import Customer
from loyalty.portal.rows import entry_rows, order_rows
from loyalty.queries.balances import Balance, TierView, balance_of, entries_of
from loyalty.queries.programme import find_version_in_force
from loyalty.queries.terms_in_words import (
    condition_sentence,
    expiry_sentence,
    rules_in_words,
    way_sentence,
)
from loyalty.queries.wording import number
from loyalty.rules.terms import Terms
from loyalty.rules.tiers import Progress
from merchants.templatetags.ui import points as points_text

_LATEST = 4
# In the demo an order is simulated beside the phone, and the phone should notice.
_DEMO_POLL_SECONDS = 3


@dataclass(frozen=True, slots=True)
class WayUp:
    """The bar on the card: `value` of `most`, what it measures, and what is still missing, in words."""

    tier_name: str
    value: int
    most: int
    text: str
    missing: str


@require_GET
@open_page
def home(request: ShopRequest) -> HttpResponseBase:
    if request.member is None:
        return _for_guests(request)
    return portal_page(request, "loyalty/portal/home.html", **_card(request, request.member))


@require_GET
@member_page
def card(request: MemberRequest) -> HttpResponseBase:
    """The moving part of the home page, asked for again and again; 204 while nothing moved."""
    context = _card(request, request.member)
    if request.GET.get("seen") == context["stamp"]:
        return HttpResponse(status=204)
    response = portal_page(request, "loyalty/portal/home.html#card", **context)
    gained = context["balance"].active - _whole(request.GET.get("was", ""), default=context["balance"].active)
    if gained:
        text = _("%(points)s points") % {"points": points_text(gained, "signed")}
        response["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": "success" if gained > 0 else "info"}})
    return response


@require_GET
@member_page
def code(request: MemberRequest) -> HttpResponseBase:
    """The member number large, for a scanner."""
    return portal_page(request, "loyalty/portal/code.html", back_url=portal_url(request, "loyalty-portal:home"))


def _for_guests(request: ShopRequest) -> HttpResponseBase:
    version = find_version_in_force(request.merchant)
    terms = version.parsed() if version else None
    currency = request.merchant.currency
    context: dict[str, Any] = {"terms": terms}
    if terms is not None:
        context |= {
            "rules": rules_in_words(terms, currency=currency),
            "expiry": expiry_sentence(terms.expiry),
            "tiers": [
                {"name": tier.name, "rank": rank, "condition": condition_sentence(tier, terms=terms, currency=currency)}
                for rank, tier in enumerate(terms.ladder.tiers, start=1)
            ],
        }
    return portal_page(request, "loyalty/portal/guest.html", **context)


def _card(request: Any, member: Customer) -> dict[str, Any]:
    balance = balance_of(member)
    entries = list(entries_of(member)[:_LATEST])
    orders = list(orders_of(request.merchant).filter(customer=member)[:2])
    tier, terms = balance.tier, balance.terms
    stamp = repr((balance, [entry.pk for entry in entries], [(order.pk, order.status) for order in orders]))
    return {
        "balance": balance,
        "terms": terms,
        "points_name": terms.points_name if terms else _("Points"),
        "first_expiration": balance.next_expirations[0] if balance.next_expirations else None,
        "way_up": way_up(balance, tier, terms, request.merchant.currency),
        "to_stay": _to_stay(tier, terms, request.merchant.currency),
        "entries": entry_rows(request, entries),
        "orders": order_rows(request, orders),
        "stamp": hashlib.sha256(stamp.encode()).hexdigest()[:16],
        "poll_seconds": _DEMO_POLL_SECONDS if settings.DEMO else 0,
    }


def way_up(balance: Balance, tier: TierView | None, terms: Terms | None, currency: str) -> WayUp | None:
    """The nearer of the two measures where one is enough, the farther where both are needed; None at the top."""
    if tier is None or terms is None or tier.next is None:
        return None
    measures = _measures(tier.next, balance, terms)
    pick = min if terms.ladder.match == "both" else max
    value, most, text = pick(measures, key=lambda measure: measure[0] / measure[1])
    missing = way_sentence(tier.next, terms=terms, currency=currency)
    return WayUp(tier.next.tier.name, value, most, text, missing)


def _measures(progress: Progress, balance: Balance, terms: Terms) -> list[tuple[int, int, str]]:
    found = []
    if progress.tier.min_growth is not None:
        have, most = min(balance.growth, progress.tier.min_growth), progress.tier.min_growth
        known = {"have": number(balance.growth), "most": number(most), "unit": terms.growth_name}
        found.append((have, most, _("%(have)s / %(most)s %(unit)s") % known))
    if progress.tier.min_orders is not None:
        have, most = min(balance.orders, progress.tier.min_orders), progress.tier.min_orders
        known = {"have": number(balance.orders), "most": number(most)}
        found.append((have, most, _("%(have)s / %(most)s orders") % known))
    return found


def _to_stay(tier: TierView | None, terms: Terms | None, currency: str) -> dict[str, Any] | None:
    """Shown while the tier is only kept by its grace period: until when, and what would keep it."""
    if tier is None or terms is None or tier.to_stay is None or tier.grace_until is None:
        return None
    return {
        "tier": tier.current.name,
        "until": tier.grace_until,
        "way": way_sentence(tier.to_stay, terms=terms, currency=currency),
    }


def _whole(text: str, *, default: int) -> int:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 19 else default
