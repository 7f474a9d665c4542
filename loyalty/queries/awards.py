"""What orders earned, for lists of orders."""

from __future__ import annotations

from collections.abc import Iterable

from loyalty.models import Award
from loyalty.rules.kinds import Wallet
from merchants.models import Merchant


def points_kept_by_order(merchant: Merchant, order_ids: Iterable[int]) -> dict[int, int]:
    """{order id: spendable points it earned, less what refunds took back}; orders that earned nothing are absent."""
    awards = Award.objects.filter(merchant=merchant, order__in=list(order_ids), wallet=Wallet.POINTS)
    return dict(awards.values_list("order_id", "points_kept"))
