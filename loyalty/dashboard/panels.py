"""This floor's panel on the customer's page, fetched by address."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from customers.queries import get_customer
from loyalty.dashboard.ledger import entry_rows
from loyalty.queries.balances import TierView, balance_of, entries_of
from loyalty.queries.wording import missing_sentence, tier_sentences
from loyalty.rules.terms import Ladder, Terms
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, staff_page
from merchants.roles import Permission

_LATEST = 6


@require_GET
@staff_page(Permission.SEE_CUSTOMERS)
def customer_panel(request: StaffRequest, customer: str) -> HttpResponse:
    """A member's balance, tier and latest entries, as a fragment."""
    found = get_customer(request.merchant, read_public_id("cus", customer))
    found.merchant = request.merchant
    balance = balance_of(found)
    entries = list(entries_of(found).select_related("account")[:_LATEST])
    return page(
        request,
        "loyalty/dashboard/customer_panel.html",
        customer=found,
        balance=balance,
        tier=balance.tier,
        progress=_progress(balance.tier, balance.growth, balance.orders, balance.terms),
        sentences=tier_sentences(balance.tier, terms=balance.terms, zone=request.merchant.zone)
        if balance.tier and balance.terms
        else [],
        rows=entry_rows(entries),
    )


def _progress(tier: TierView | None, growth: int, orders: int, terms: Terms | None) -> dict[str, object] | None:
    """The bar towards the next tier: the measure that is nearer, or the farther one where both are needed."""
    if tier is None or terms is None or tier.next is None:
        return None
    above = tier.next.tier
    shares = [
        (value / needed, value, needed)
        for value, needed in ((growth, above.min_growth), (orders, above.min_orders))
        if needed
    ]
    ladder: Ladder = terms.ladder
    share, value, needed = (min if ladder.match == "both" else max)(shares)
    return {
        "label": above.name,
        "value": min(value, needed),
        "max": needed,
        "text": f"{value:,} / {needed:,}",
        "missing": missing_sentence(tier.next, ladder=ladder, terms=terms),
        "share": share,
    }
