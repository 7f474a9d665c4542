"""What was in the baskets: lines by customer and product, and which products stand in one basket."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analytics.science.columns import read_columns
from analytics.science.purchases import Source

EPOCH = date(2000, 1, 1)
HISTORY_DAYS = 730
_PAIRED_DAYS = 180
_MOST_PRODUCTS = 4000  # the most bought ones: pairs of rare ones have no support anyway
_MOST_ORDERS = 400_000
LEAST_SUPPORT = 20  # below, lift does not keep: 98 % of pairs keep theirs from 20 on, 63 % at 3 to 5


def number_of(day: date) -> int:
    return (day - EPOCH).days


def read_lines(source: Source, until: date) -> pd.DataFrame:
    """customer, product, order (ids) and day (since 2000-01-01) of the two years before `until`; a product once an order."""
    select, values = source.question(
        [until],
        """
        SELECT p.customer_id, l.product_id, p.order_id, min(p.day) - DATE '2000-01-01' AS day
        FROM purchases p JOIN commerce_orderline l ON l.merchant_id = %(merchant)s AND l.order_id = p.order_id
        WHERE l.product_id IS NOT NULL AND p.day >= %(since)s::date GROUP BY 1, 2, 3
        """,
    )
    found = read_columns(
        select,
        values | {"since": until - timedelta(days=HISTORY_DAYS)},
        ("customer_id", "product_id", "order_id", "day"),
    )
    table = pd.DataFrame({name.removesuffix("_id"): column.astype(np.int64) for name, column in found.items()})
    return table.sort_values(["customer", "day", "order", "product"], ignore_index=True)


def before(lines: pd.DataFrame, day: date, *, days: int | None = None) -> pd.DataFrame:
    """Lines before `day`; with `days`, only of so many days before it."""
    number = number_of(day)
    kept = lines["day"] < number
    return lines[kept if days is None else kept & (lines["day"] >= number - days)]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Products by place (`products`, sorted by how often they are bought), and orders that hold two of them."""

    products: NDArray[np.int64]
    together: Any  # sparse, symmetric, zero diagonal: orders with both
    orders: NDArray[np.float64]  # with each product
    in_all: int

    @property
    def likeness(self) -> Any:
        """Cosine: together / √(orders of one × orders of the other), of supported pairs."""
        scale = sparse.diags(1 / np.sqrt(np.maximum(self.orders, 1)))
        return (scale @ self.together @ scale).tocsr()


def count_pairs(
    lines: pd.DataFrame, until: date, *, left_out: Collection[int] = (), support: int = LEAST_SUPPORT
) -> Pairs:
    """Pairs with `support` orders or more in the half year before `until`."""
    recent = before(lines, until, days=_PAIRED_DAYS)
    recent = recent[~recent["product"].isin(list(left_out))]
    orders = np.sort(recent["order"].unique())[-_MOST_ORDERS:]
    recent = recent[recent["order"] >= orders[0]] if len(orders) else recent
    counts = recent.groupby("product").size()
    counts = counts[counts >= support].sort_index().sort_values(ascending=False, kind="stable")[:_MOST_PRODUCTS]
    products = counts.index.to_numpy(dtype=np.int64)
    recent = recent[recent["product"].isin(counts.index)]
    rows, _ = pd.factorize(recent["order"])
    columns = places_of(products, recent["product"].to_numpy())
    holds = sparse.csr_matrix(
        (np.ones(len(recent), dtype=np.float64), (rows, columns)), shape=(int(rows.max(initial=-1)) + 1, len(products))
    )
    holds.data[:] = 1
    together = (holds.T @ holds).tocsr()
    bought = together.diagonal()
    together.setdiag(0)
    together.data[together.data < support] = 0
    together.eliminate_zeros()
    return Pairs(products, together, bought, len(orders))


def places_of(products: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of `wanted` stands in `products`; −1 where it does not."""
    if not len(products):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(products)
    at = np.minimum(np.searchsorted(products[order], wanted), len(products) - 1)
    return np.where(products[order][at] == wanted, order[at], -1)
