"""Where purchases come from: a shop's orders, or a staged file of orders; told to every feature family as one CTE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from merchants.models import Merchant

# A purchase counts from its payment, until it is cancelled or given back whole; whatever happened at or after the
# cut-off (payment, cancellation, refund) has not happened yet. Days are the shop's own.
_OF_SHOP = """
refunded AS (
    SELECT c.cut, r.order_id, sum(r.amount_minor) AS amount
    FROM cuts c JOIN commerce_refund r ON r.merchant_id = %(merchant)s AND r.refunded_at < c.cut_at GROUP BY 1, 2
),
purchases AS (
    SELECT c.cut, o.id AS order_id, o.customer_id, o.paid_at AS at, (o.paid_at AT TIME ZONE %(zone)s)::date AS day,
           o.total_minor - coalesce(f.amount, 0) AS amount, o.channel
    FROM cuts c
    JOIN commerce_order o ON o.merchant_id = %(merchant)s AND o.paid_at < c.cut_at
     AND (o.cancelled_at IS NULL OR o.cancelled_at >= c.cut_at)
    LEFT JOIN refunded f ON f.cut = c.cut AND f.order_id = o.id
    WHERE o.customer_id IS NOT NULL AND (f.amount IS NULL OR f.amount < o.total_minor)
      AND abs(hashint8(o.customer_id) %% 1024) BETWEEN %(first)s AND %(last)s
)
"""
_OF_FILE = """
purchases AS (
    SELECT c.cut, o.order_id, o.customer_id, o.at, (o.at AT TIME ZONE %(zone)s)::date AS day, o.amount, ''::text AS channel
    FROM cuts c JOIN analytics_staged_order o ON o.at < c.cut_at
    WHERE abs(hashint8(o.customer_id) %% 1024) BETWEEN %(first)s AND %(last)s
)
"""
_CUTS = """
cuts AS (SELECT cut, cut::timestamp AT TIME ZONE %(zone)s AS cut_at FROM unnest(%(cuts)s::date[]) AS u(cut))
"""
WHOLE = 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A shop's purchases, or those of the staged file (`merchant` None).

    `first` and `last` bound the 1,024ths of the customers that are meant; which one somebody falls into hangs on their id
    alone.
    """

    merchant: Merchant | None
    zone: str
    currency: str = ""
    first: int = 0
    last: int = WHOLE - 1

    @classmethod
    def of_shop(cls, merchant: Merchant) -> Source:
        return cls(merchant, merchant.timezone, merchant.currency)

    @property
    def has_shop(self) -> bool:
        return self.merchant is not None

    def sampled(self, share: int) -> Source:
        """The same, of `share` 1,024ths of the customers."""
        return replace(self, last=share - 1)

    def between(self, part: int, parts: int) -> Source:
        """The same, of the part number `part` (from 0) of `parts` of about equal size."""
        return replace(self, first=part * WHOLE // parts, last=(part + 1) * WHOLE // parts - 1)

    def question(self, cuts: Sequence[date], select: str) -> tuple[str, dict[str, Any]]:
        """`select` after the CTEs `cuts(cut, cut_at)` and `purchases(cut, order_id, customer_id, at, day, amount, channel)`,
        and the values of both. A purchase stands once for each cut-off that it lies before.
        """
        values = {
            "merchant": self.merchant.pk if self.merchant else None,
            "zone": self.zone, "cuts": list(cuts), "first": self.first, "last": self.last,
        }  # fmt: skip
        return f"WITH {_CUTS.strip()}, {(_OF_SHOP if self.merchant else _OF_FILE).strip()} {select}", values
