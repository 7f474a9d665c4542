"""From rows to orders, five hundred at a time; every row that cannot be one is told with its number, column and reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.actions.purchases import Purchase, PurchaseLine
from commerce.models import Channel
from commerce.rules.amounts import line_gross_minor
from customers.actions.registration import NewCustomer, register_customers
from customers.queries import customers_by_external_id, customers_by_number
from customers.queries.finding import customers_by_email, customers_by_phone
from loyalty.actions.purchases import record_orders
from loyalty.rules.money import exponent_of
from loyalty_platform.order_files import values
from loyalty_platform.order_files.headings import REQUIRED, columns_of
from loyalty_platform.order_files.reading import Row, UnreadableFile
from loyalty_platform.order_files.values import BadCell
from merchants.errors import DomainError, InvalidValues
from merchants.models import Actor, Merchant

ORDERS_A_BATCH = 500
_IDENTITIES = ("customer_number", "external_id", "phone", "email")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the order that begins in `row` was left out. `column` is the file's own heading where one is to blame."""

    row: int
    order: str
    column: str
    code: str
    reason: str


@dataclass(slots=True)
class Count:
    """Rows read, orders recorded, known before or refused; customers made on the way; points that the orders earned."""

    rows: int = 0
    orders: int = 0
    repeats: int = 0
    refused: int = 0
    guests: int = 0
    registered: int = 0
    points: int = 0


@dataclass(slots=True)
class _Draft:
    """An order as its rows say it, before its customer is known."""

    row: int
    purchase: Purchase
    identity: dict[str, str]
    name: str


@dataclass(slots=True)
class OrderFile:
    """One import. `dry_run` does everything and takes it back; `register` makes customers who are not known yet."""

    merchant: Merchant
    by: Actor
    source: str = "import"
    dry_run: bool = False
    register: bool = False
    count: Count = field(default_factory=Count)
    _headings: dict[str, str] = field(default_factory=dict)  # ours → the file's
    _columns: dict[str, str] | None = None

    def load(self, rows: Iterable[Row]) -> Iterator[list[Fault]]:
        """Record the orders of `rows`; after each batch, what was refused of it. Raises UnreadableFile."""
        drafts: list[_Draft] = []
        faults: list[Fault] = []
        for group in self._orders(rows):
            try:
                drafts.append(self._draft(group))
            except BadCell as bad:
                number = values.text(group[0][1].get("number", ""))
                heading = self._headings.get(bad.column, bad.column)
                faults.append(Fault(group[0][0], number, heading, "invalid_value", bad.text()))
            if len(drafts) + len(faults) >= ORDERS_A_BATCH:
                yield self._finish(drafts, faults)
                drafts, faults = [], []
        yield self._finish(drafts, faults)

    def _finish(self, drafts: list[_Draft], faults: list[Fault]) -> list[Fault]:
        faults = sorted(faults + (self._record(drafts) if drafts else []), key=lambda fault: fault.row)
        self.count.refused += len(faults)
        return faults

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _orders(self, rows: Iterable[Row]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
        """The rows of each order, which stand together."""
        group: list[tuple[int, dict[str, Any]]] = []
        for row in rows:
            self.count.rows += 1
            cells = {
                column: cell
                for heading, column in self._known(row).items()
                if (cell := row.cells.get(heading)) is not None
            }
            if group and values.text(cells.get("number", "")) != values.text(group[0][1].get("number", "")):
                yield group
                group = []
            group.append((row.number, cells))
        if group:
            yield group

    def _known(self, row: Row) -> dict[str, str]:
        """{heading: our column}. A table has its headings from the first row on; JSON lines may bring new ones later."""
        unseen = row.cells.keys() - (self._columns or {}).keys()
        if self._columns is None or unseen:
            self._columns = (self._columns or {}) | {
                heading: column
                for heading, column in columns_of(row.cells).items()
                if heading in unseen or self._columns is None
            }
            self._headings = {column: heading for heading, column in self._columns.items()}
            missing = [column for column in REQUIRED if column not in self._headings]
            if missing:
                raise UnreadableFile(
                    _("No column for %(columns)s was found; docs/importing.md lists the headings that are understood.")
                    % {"columns": _(", ").join(missing)}
                )
        return self._columns

    def _draft(self, group: list[tuple[int, dict[str, Any]]]) -> _Draft:
        row, first = group[0]
        number = values.text(first.get("number", ""), longest=64)
        if not number:
            raise BadCell("number", _("An order needs its number."))
        if "placed_at" not in first:
            raise BadCell("placed_at", _("An order needs the time it was placed."))
        zone, exponent = self.merchant.zone, exponent_of(self.merchant.currency)
        placed_at = values.moment("placed_at", first["placed_at"], zone=zone)
        # A file without a column for payments is one of paid orders; with one, an empty cell says "not paid".
        paid_at = None if "paid_at" in self._headings else placed_at
        if "paid_at" in first:
            paid_at = values.moment("paid_at", first["paid_at"], zone=zone)
        completed = first.get("completed_at")
        channel = values.text(first.get("channel", "")).lower().replace(" ", "_")
        purchase = Purchase(
            number, None, placed_at, paid_at, values.text(first.get("currency", self.merchant.currency)).upper(),
            [self._line(cells, exponent) for _row, cells in group], self.source[:32],
            channel if channel in Channel.values else Channel.OTHER if channel else Channel.ONLINE,
            values.moment("completed_at", completed, zone=zone) if completed is not None else None,
            values.minor("order_discount", first.get("order_discount", 0), exponent=exponent),
            values.minor("shipping", first.get("shipping", 0), exponent=exponent),
        )  # fmt: skip
        identity = {name: values.text(first[name], longest=254) for name in _IDENTITIES if name in first}
        return _Draft(row, purchase, identity, values.text(first.get("name", ""), longest=120))

    def _line(self, cells: dict[str, Any], exponent: int) -> PurchaseLine:
        quantity = values.quantity("quantity", cells.get("quantity", 1))
        discount = values.minor("discount", cells.get("discount", 0), exponent=exponent)
        if "unit_price" in cells:
            price = values.minor("unit_price", cells["unit_price"], exponent=exponent)
        elif "line_total" in cells:
            price = _price_of(values.minor("line_total", cells["line_total"], exponent=exponent) + discount, quantity)
        else:
            raise BadCell("unit_price", _("A line needs its unit price or its total."))
        gross = line_gross_minor(price, quantity)
        if "line_total" in cells:
            discount = gross - values.minor("line_total", cells["line_total"], exponent=exponent)
            if discount < 0:
                raise BadCell("line_total", _("The line's total is more than its price times its quantity."))
        return PurchaseLine(
            quantity, price, values.text(cells.get("sku", ""), longest=64), values.text(cells.get("product", "")),
            _category(cells.get("category", "")), values.text(cells.get("brand", ""), longest=100), discount,
        )  # fmt: skip

    # ── a batch ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, drafts: list[_Draft]) -> list[Fault]:
        """Record one batch in its own transaction, which a dry run takes back."""
        with transaction.atomic(durable=not transaction.get_connection().in_atomic_block):
            ids = self._customers(drafts)
            faults, ready = [], []
            for draft, customer_id in zip(drafts, ids, strict=True):
                if customer_id is None and draft.identity:
                    column = next(iter(draft.identity))
                    reason = _("Nobody here has %(identity)s.") % {"identity": draft.identity[column]}
                    heading = self._headings[column]
                    faults.append(Fault(draft.row, draft.purchase.number, heading, "unknown_customer", reason))
                else:
                    ready.append((draft, _of(draft.purchase, customer_id)))
            purchases = [purchase for _draft, purchase in ready]
            answers = record_orders(self.merchant, purchases, by=self.by, deliver=False)
            for (draft, purchase), answer in zip(ready, answers, strict=True):
                if isinstance(answer, DomainError):
                    faults.append(self._fault(draft, answer))
                elif not answer.is_new:
                    self.count.repeats += 1
                else:
                    self.count.orders += 1
                    self.count.points += answer.points
                    self.count.guests += purchase.customer_id is None
            if self.dry_run:
                transaction.set_rollback(True)
        return faults

    def _fault(self, draft: _Draft, refusal: DomainError) -> Fault:
        first = refusal.faults[0] if isinstance(refusal, InvalidValues) else refusal
        column = (first.pointer or "").rpartition("/")[2].removesuffix("_minor")
        return Fault(draft.row, draft.purchase.number, self._headings.get(column, ""), first.code, first.text())

    def _customers(self, drafts: list[_Draft]) -> list[int | None]:
        """The customer of each draft, by the first identity that finds one; unknown ones registered where asked for."""
        ids = self._find(drafts)
        if not self.register:
            return ids
        strangers: dict[tuple[tuple[str, str], ...], NewCustomer] = {}
        for draft, known in zip(drafts, ids, strict=True):
            if known is None and draft.identity:
                strangers.setdefault(tuple(draft.identity.items()), self._new_customer(draft))
        if strangers:
            made = register_customers(self.merchant, list(strangers.values()), by=self.by, deliver=False)
            self.count.registered += sum(customer is not None for customer in made.customers)
            ids = self._find(drafts)
        return ids

    def _find(self, drafts: list[_Draft]) -> list[int | None]:
        def given(name: str) -> set[str]:
            return {draft.identity[name] for draft in drafts if name in draft.identity}

        found = {
            "customer_number": customers_by_number(self.merchant, given("customer_number")),
            "external_id": customers_by_external_id(self.merchant, self.source, given("external_id")),
            "phone": customers_by_phone(self.merchant, given("phone")),
            "email": customers_by_email(self.merchant, given("email")),
        }
        return [
            next((known for name, value in draft.identity.items() if (known := found[name].get(value))), None)
            for draft in drafts
        ]

    def _new_customer(self, draft: _Draft) -> NewCustomer:
        identity = draft.identity
        external = ((self.source, identity["external_id"]),) if "external_id" in identity else ()
        return NewCustomer(
            name=draft.name, phone=identity.get("phone", ""), email=identity.get("email", ""),
            number=identity.get("customer_number", ""), external_ids=external, source=self.source,
            joined_at=draft.purchase.placed_at,
        )  # fmt: skip


def _of(purchase: Purchase, customer_id: int | None) -> Purchase:
    return Purchase(
        purchase.number, customer_id, purchase.placed_at, purchase.paid_at, purchase.currency, purchase.lines,
        purchase.source, purchase.channel, purchase.completed_at, purchase.discount_minor, purchase.shipping_minor,
    )  # fmt: skip


def _price_of(gross: int, quantity: Decimal) -> int:
    """The smallest price that makes up `gross`; what is over becomes a discount of less than one unit a piece."""
    price = int(gross / quantity)
    return price if line_gross_minor(price, quantity) >= gross else price + 1


def _category(cell: Any) -> str:
    """Of "食品 > 茶 > 绿茶" a path with slashes."""
    return "/".join(part for part in (values.text(piece) for piece in str(cell).replace(">", "/").split("/")) if part)[
        :200
    ]
