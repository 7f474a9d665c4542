"""A shop whose customers buy as BG/NBD says they do: each with a rate of their own, each leaving for good some day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from commerce.actions.purchases import Purchase, PurchaseLine, record_purchases
from customers.actions.registration import NewCustomer, register_customers
from customers.models import Customer
from merchants.clock import now
from merchants.models import SYSTEM, Merchant

HISTORY_DAYS = 240
GOODS = [(f"T-{n:02d}", f"茶 {n}", f"茶/{'绿茶' if n % 2 else '红茶'}") for n in range(12)]


def simulate(
    shop: Merchant, customers: int, *, seed: int = 1, silent_days: int = 0, prefix: str = "S"
) -> list[Customer]:
    """Register `customers` and record their orders up to yesterday (or `silent_days` earlier), in the shop's currency."""
    rng = np.random.default_rng(seed)
    made = register_customers(
        shop, [NewCustomer(number=f"{prefix}{n:05d}", name=f"{prefix} {n}") for n in range(customers)], by=SYSTEM,
        deliver=False,
    )  # fmt: skip
    assert not made.refusals
    people = list(Customer.objects.filter(merchant=shop, number__startswith=prefix).order_by("number"))
    midnight = now(shop).astimezone(shop.zone).replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)
    orders: list[Purchase] = []
    for person in people:
        rate, leaves = rng.gamma(1.2, 1 / 14), rng.beta(0.6, 4.0)
        day = float(rng.integers(silent_days + 1, HISTORY_DAYS))
        favourite = int(rng.integers(0, len(GOODS)))
        usual = float(rng.gamma(4, 2500))
        while day > silent_days + 0.5:
            at = midnight - timedelta(days=int(day))
            orders.append(_order(shop, f"{prefix}-{len(orders):06d}", person, at, favourite, usual, rng))
            if rng.random() < leaves:
                break
            day -= max(1.0, rng.exponential(1 / max(rate, 1e-3)))
    record(shop, orders)
    return people


def _order(
    shop: Merchant, number: str, person: Customer, at: datetime, favourite: int, usual: float, rng: np.random.Generator
) -> Purchase:
    picked = {favourite, (favourite + 1) % len(GOODS)} if rng.random() < 0.7 else {int(rng.integers(0, len(GOODS)))}
    cost = max(100, int(usual * rng.gamma(5, 0.2) / len(picked)))
    lines = [
        PurchaseLine(
            quantity=Decimal(1), unit_price_minor=cost, sku=GOODS[n][0], name=GOODS[n][1], category_path=GOODS[n][2]
        )
        for n in sorted(picked)
    ]
    return Purchase(
        number=number, customer_id=person.pk, placed_at=at, paid_at=at, currency=shop.currency, lines=tuple(lines)
    )


def record(shop: Merchant, orders: Sequence[Purchase]) -> None:
    """In batches, past the points ledger: these tests are about learning."""
    for start in range(0, len(orders), 500):
        answers = record_purchases(shop, orders[start : start + 500])
        assert not [each for each in answers if isinstance(each, Exception)]
