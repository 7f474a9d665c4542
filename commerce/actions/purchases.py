"""The one way in for purchases: a batch, by set-based SQL and COPY. A single order is a batch of one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from pydantic_core import from_json, to_json

from commerce.actions.catalogue import NewProduct, add_products
from commerce.errors import CurrencyMismatch, OrderConflict, UnknownCustomer
from commerce.rules.amounts import line_gross_minor, spread
from merchants.actions.sending import send_with_next
from merchants.clock import world_now
from merchants.errors import DomainError, InvalidValue
from merchants.models import Merchant

MAX_LINES = 1000
_FEW_LINES = 20  # up to so many travel with another statement, which COPY cannot
_LINE_COLUMNS = (
    "merchant_id", "order_id", "position", "product_id", "sku", "name", "category_path", "quantity", "unit_price_minor",
    "discount_minor", "net_minor",
)  # fmt: skip
_COPY_LINES = f"COPY commerce_orderline ({', '.join(_LINE_COLUMNS)}) FROM STDIN"
_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """`unit_price_minor` and `discount_minor` (of this line) in minor units; quantity up to three decimals."""

    quantity: Decimal
    unit_price_minor: int
    sku: str = ""
    name: str = ""
    category_path: str = ""
    brand: str = ""
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order as the shop or till reports it. `discount_minor` is of the whole order, spread over its lines."""

    number: str
    customer_id: int | None
    placed_at: datetime
    paid_at: datetime | None
    currency: str
    lines: Sequence[PurchaseLine]
    source: str = "api"
    channel: str = "online"
    completed_at: datetime | None = None
    discount_minor: int = 0
    shipping_minor: int = 0


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """What rules look at: position, net amount and category as they were."""

    position: int
    net_minor: int
    category_path: str
    sku: str


@dataclass(frozen=True, slots=True)
class RecordedOrder:
    """The outcome for one purchase of the batch. `is_new` is False for a repeat, which changed nothing."""

    order_id: int
    is_new: bool
    purchase: Purchase
    lines: tuple[RecordedLine, ...]
    total_minor: int


# Refusals are answers, not exceptions: nobody goes on after one that comes out, so a savepoint would only cost its time.
@transaction.atomic(savepoint=False)
def record_purchases(merchant: Merchant, batch: Sequence[Purchase]) -> list[RecordedOrder | DomainError]:
    """Record `batch`; the answer has one item per purchase, in its order: the recorded order or why it was refused.

    A number known before with the same content answers as a repeat (`is_new=False`); with other content, OrderConflict.
    Refused purchases leave nothing behind and do not hinder the others.
    """
    answers: list[RecordedOrder | DomainError | None] = [None] * len(batch)
    costed: dict[int, tuple[RecordedLine, ...]] = {}
    first_of: dict[str, int] = {}
    twins: dict[int, int] = {}
    orders: list[dict[str, Any]] = []
    products: dict[str, PurchaseLine] = {}
    for n, purchase in enumerate(batch):
        try:
            lines = cost_lines(merchant, purchase)
        except DomainError as refusal:
            answers[n] = refusal
            continue
        earlier = first_of.setdefault(purchase.number, n)
        if earlier != n:
            twins[n] = earlier
            continue
        costed[n] = lines
        orders.append(_order_row(n, purchase, lines))
        for line in purchase.lines:
            if line.sku:
                products.setdefault(line.sku, line)
    if orders:
        ids = _write_orders(merchant, orders, products, batch, costed, answers)
        _finish(merchant, batch, costed, ids)
    for n, earlier in twins.items():
        answers[n] = _answer_twin(batch[n], batch[earlier], answers[earlier])
    return [answer for answer in answers if answer is not None]


def cost_lines(merchant: Merchant, purchase: Purchase) -> tuple[RecordedLine, ...]:
    """Each line's net amount after its own discount and its share of the order's.

    Raises CurrencyMismatch, or InvalidValue naming the field, for what no order can be.
    """
    if purchase.currency != merchant.currency:
        raise CurrencyMismatch(expected=merchant.currency, given=purchase.currency)
    if not purchase.lines or len(purchase.lines) > MAX_LINES:
        raise InvalidValue("lines", _("An order has between 1 and %(most)s lines."), code="line_count", most=MAX_LINES)
    nets = []
    for index, line in enumerate(purchase.lines):
        gross = line_gross_minor(line.unit_price_minor, line.quantity)
        if not 0 <= line.discount_minor <= gross:
            raise InvalidValue(
                f"lines.{index}.discount_minor",
                _("A discount is at most the amount it is taken from."),
                code="discount_too_large",
            )
        nets.append(gross - line.discount_minor)
    if not 0 <= purchase.discount_minor <= sum(nets):
        raise InvalidValue(
            "discount_minor", _("A discount is at most the amount it is taken from."), code="discount_too_large"
        )
    if purchase.discount_minor:
        nets = [net - part for net, part in zip(nets, spread(purchase.discount_minor, nets), strict=True)]
    return tuple(
        RecordedLine(position, net, line.category_path, line.sku)
        for position, (net, line) in enumerate(zip(nets, purchase.lines, strict=True))
    )


def fingerprint(purchase: Purchase) -> str:
    """A digest of what was bought, by whom and when; times of payment and completion may follow later, so not they."""
    content = repr(
        (
            purchase.customer_id, purchase.placed_at.timestamp(), purchase.currency, purchase.discount_minor,
            purchase.shipping_minor,
            [(line.sku, line.name, line.quantity.normalize(), line.unit_price_minor, line.discount_minor)
             for line in purchase.lines],
        )
    )  # fmt: skip
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def _order_row(n: int, purchase: Purchase, lines: tuple[RecordedLine, ...]) -> dict[str, Any]:
    return {
        "n": n,
        "number": purchase.number,
        "customer": purchase.customer_id,
        "source": purchase.source,
        "channel": purchase.channel,
        "currency": purchase.currency,
        "discount": purchase.discount_minor,
        "shipping": purchase.shipping_minor,
        "total": sum(line.net_minor for line in lines) + purchase.shipping_minor,
        "placed": purchase.placed_at,
        "paid": purchase.paid_at,
        "completed": purchase.completed_at,
        "print": fingerprint(purchase),
    }


def _new_product(line: PurchaseLine) -> NewProduct:
    return NewProduct(line.sku, line.name, line.category_path, line.brand, line.unit_price_minor)


@dataclass(frozen=True, slots=True)
class _Ids:
    new_orders: dict[int, int]  # n → order id
    products: dict[str, int]


def _write_orders(
    merchant: Merchant,
    orders: list[dict[str, Any]],
    products: dict[str, PurchaseLine],
    batch: Sequence[Purchase],
    costed: dict[int, tuple[RecordedLine, ...]],
    answers: list[RecordedOrder | DomainError | None],
) -> _Ids:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT commerce_record_orders(%s, %s, %s, %s)",
            [merchant.pk, world_now(), to_json(orders).decode(), list(products)],
        )
        row = cursor.fetchone()
    written: dict[str, Any] = from_json(row[0]) if row and isinstance(row[0], str) else row[0] if row else {}
    prints = {row["n"]: row["print"] for row in orders}
    totals = {row["n"]: row["total"] for row in orders}
    new_orders: dict[int, int] = {}
    for n, order_id, is_new, customer_exists, known_print in written["orders"]:
        if order_id is None or not customer_exists:
            answers[n] = UnknownCustomer()
        elif not is_new and known_print != prints[n]:
            answers[n] = OrderConflict(number=batch[n].number)
        else:
            if is_new:
                new_orders[n] = order_id
            answers[n] = RecordedOrder(order_id, is_new, batch[n], costed[n], totals[n])
    product_ids: dict[str, int] = written["products"]
    unknown = [_new_product(line) for sku, line in products.items() if sku not in product_ids]
    if unknown and new_orders:
        product_ids |= add_products(merchant, unknown)
    return _Ids(new_orders, product_ids)


def _finish(
    merchant: Merchant, batch: Sequence[Purchase], costed: dict[int, tuple[RecordedLine, ...]], ids: _Ids
) -> None:
    """Write the new orders' lines and sum up: a few lines along with the next statement, many by COPY before it."""
    if not ids.new_orders:
        return
    few = sum(len(costed[n]) for n in ids.new_orders) <= _FEW_LINES
    if not few:
        _copy_lines(merchant, batch, costed, ids)
    send_with_next(
        "SELECT commerce_finish_orders(%s, %s, %s)",
        [merchant.pk, list(ids.new_orders.values()), _line_rows(batch, costed, ids) if few else None],
    )


def _line_rows(batch: Sequence[Purchase], costed: dict[int, tuple[RecordedLine, ...]], ids: _Ids) -> str:
    rows: list[tuple[int | str | Decimal | None, ...]] = []
    for n, order_id in ids.new_orders.items():
        for line, costed_line in zip(batch[n].lines, costed[n], strict=True):
            product_id = ids.products.get(line.sku)
            rows.append(
                (
                    order_id, costed_line.position, product_id, line.sku, "" if product_id else line.name,
                    line.category_path, line.quantity, line.unit_price_minor, line.discount_minor, costed_line.net_minor,
                )
            )  # fmt: skip
    return to_json(rows).decode()


def _copy_lines(
    merchant: Merchant, batch: Sequence[Purchase], costed: dict[int, tuple[RecordedLine, ...]], ids: _Ids
) -> None:
    rows: list[str] = []
    goods: dict[tuple[str, str, str], str] = {}  # what a batch says again and again is escaped once
    for n, order_id in ids.new_orders.items():
        start = f"{merchant.pk}\t{order_id}\t"
        for line, costed_line in zip(batch[n].lines, costed[n], strict=True):
            key = (line.sku, line.name, line.category_path)
            if key not in goods:
                goods[key] = _copied_goods(line, ids.products.get(line.sku))
            rows.append(
                f"{start}{costed_line.position}\t{goods[key]}\t{line.quantity}\t{line.unit_price_minor}\t"
                f"{line.discount_minor}\t{costed_line.net_minor}\n"
            )
    with connection.cursor() as cursor:
        cursor.copy_expert(_COPY_LINES, io.StringIO("".join(rows)))


def _copied_goods(line: PurchaseLine, product_id: int | None) -> str:
    """The columns from product_id to category_path. A line keeps a name only where there is no product to ask."""
    known = product_id is not None
    texts = [line.sku, "" if known else line.name, line.category_path]
    return "\t".join([str(product_id) if known else "\\N", *(text.translate(_COPY_ESCAPES) for text in texts)])


def _answer_twin(
    purchase: Purchase, earlier: Purchase, answer: RecordedOrder | DomainError | None
) -> RecordedOrder | DomainError:
    """The same number twice in one batch: a repeat when the content is the same, a conflict when it is not."""
    if not isinstance(answer, RecordedOrder) or fingerprint(purchase) != fingerprint(earlier):
        return answer if isinstance(answer, DomainError) else OrderConflict(number=purchase.number)
    return RecordedOrder(answer.order_id, False, purchase, answer.lines, answer.total_minor)
