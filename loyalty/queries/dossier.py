"""What this floor and commerce hold about one person, for the person."""

from __future__ import annotations

from typing import Any

from commerce.queries import lines_of, refunds_of
from customers.models import Customer
from loyalty.queries.balances import balance_of, entries_of
from loyalty.rules.kinds import Wallet


def purchases_and_points_of(customer: Customer) -> dict[str, Any]:
    """Plain JSON values: every order with its lines and refunds, the balance, the tier, and both ledgers."""
    balance = balance_of(customer)
    return {
        "orders": [
            {
                "number": order.number,
                "placed_at": order.placed_at.isoformat(),
                "status": order.status,
                "currency": order.currency,
                "total_minor": order.total_minor,
                "refunded_minor": order.refunded_minor,
                "lines": [
                    {
                        "sku": line.sku,
                        "name": line.name or (line.product.name if line.product else ""),
                        "quantity": str(line.quantity.normalize()),
                        "net_minor": line.net_minor,
                    }
                    for line in lines_of(order)
                ],
                "refunds": [
                    {"number": refund.number, "amount_minor": refund.amount_minor, "at": refund.refunded_at.isoformat()}
                    for refund in refunds_of(order)
                ],
            }
            for order in customer.orders.order_by("placed_at", "id")
        ],
        "points": {
            "active": balance.active,
            "pending": balance.pending,
            "held": balance.held,
            "arrears": balance.arrears,
            "tier": balance.tier.current.name if balance.tier else None,
            "entries": _ledger(customer, Wallet.POINTS),
            "growth_entries": _ledger(customer, Wallet.GROWTH),
        },
    }


def _ledger(customer: Customer, wallet: Wallet) -> list[dict[str, Any]]:
    return [
        {
            "at": entry.occurred_at.isoformat(),
            "kind": entry.kind,
            "points": entry.points,
            "balance_after": entry.balance_after,
            "reference": entry.reference,
            "reason": entry.reason,
        }
        for entry in entries_of(customer, wallet=wallet).order_by("id")
    ]
