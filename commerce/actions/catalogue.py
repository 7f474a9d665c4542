"""Products that become known before anybody buys them, or with their first purchase."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import connection, transaction

from merchants.clock import world_now
from merchants.models import Merchant

_PRODUCTS_A_STATEMENT = 2000


@dataclass(frozen=True, slots=True)
class NewProduct:
    """`price`: what one piece lists for, in minor units, where that is known. `category` runs from general to special."""

    sku: str
    name: str = ""
    category: str = ""
    brand: str = ""
    price: int | None = None


@transaction.atomic
def add_products(merchant: Merchant, products: Sequence[NewProduct]) -> dict[str, int]:
    """Add those of `products` that are not known (each sku once); known ones stay as they are. {sku: product id} of all."""
    ids: dict[str, int] = {}
    ordered = sorted(products, key=lambda product: product.sku)
    for first in range(0, len(ordered), _PRODUCTS_A_STATEMENT):
        rows = json.dumps([asdict(product) for product in ordered[first : first + _PRODUCTS_A_STATEMENT]])
        with connection.cursor() as cursor:
            cursor.execute("SELECT commerce_add_products(%s, %s, %s)", [merchant.pk, world_now(), rows])
            row = cursor.fetchone()
        ids |= json.loads(row[0]) if row and isinstance(row[0], str) else row[0] if row else {}
    return ids
