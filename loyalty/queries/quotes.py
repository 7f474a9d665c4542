"""What an order would earn, without writing anything: the live path's own rules on today's figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from commerce.actions.purchases import Purchase, RecordedLine, cost_lines
from customers.models import Customer
from loyalty.queries.balances import Balance, balance_of
from loyalty.queries.programme import current_terms
from loyalty.rules.earning import Earned, evaluate
from loyalty.rules.kinds import Wallet
from loyalty.rules.money import exponent_of
from loyalty.rules.terms import Terms, Tier
from loyalty.rules.tiers import Standing, after_earning
from merchants.clock import now
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Quote:
    """`points` and `growth` that the order would earn now, and where that would take the member."""

    terms: Terms
    lines: tuple[RecordedLine, ...]
    total_minor: int
    earned: dict[Wallet, Earned]
    multiplier: Decimal
    points: int
    growth: int
    balance_after: int | None
    tier_before: Tier | None
    tier_after: Tier | None


def quote(merchant: Merchant, customer: Customer | None, purchase: Purchase) -> Quote:
    """What `purchase` would earn `customer` if it were paid now; None: a guest, who sees what a new member would get.

    Raises NoProgramme, CurrencyMismatch, InvalidValue: whatever recording it would refuse.
    """
    lines = cost_lines(merchant, purchase)
    terms = current_terms(merchant)
    balance = balance_of(customer) if customer is not None else Balance()
    tier = balance.tier.current if balance.tier else terms.ladder.tiers[0]
    earned = evaluate(terms, lines, multiplier=tier.multiplier, exponent=exponent_of(merchant.currency))
    points = earned[Wallet.POINTS].points if Wallet.POINTS in earned else 0
    growth = earned[Wallet.GROWTH].points if Wallet.GROWTH in earned else 0
    reached = after_earning(
        terms.ladder,
        Standing(tier.code, now(merchant)),
        growth=balance.growth + growth,
        orders=balance.orders + (1 if growth else 0),
        at=now(merchant),
    )
    return Quote(
        terms=terms,
        lines=lines,
        total_minor=sum(line.net_minor for line in lines) + purchase.shipping_minor,
        earned=earned,
        multiplier=tier.multiplier,
        points=points,
        growth=growth,
        balance_after=_active_after(balance, terms, points) if customer is not None else None,
        tier_before=tier if customer is not None else None,
        tier_after=terms.ladder.tier(reached.tier) if customer is not None else None,
    )


def _active_after(balance: Balance, terms: Terms, points: int) -> int:
    """What could be spent once the order is paid: arrears are paid first, pending points wait."""
    left = max(0, points - balance.arrears)
    return balance.active if terms.pending_days else balance.active + left
