"""Refunds and cancellations: what went back, line by line, and the customer's summary with it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from commerce.errors import OrderCancelled, OrderNotPaid, RefundConflict, RefundTooLarge
from commerce.facts import OrderCompleted, OrderPaid, OrderWasCancelled, RefundRecorded
from commerce.models import Order, OrderLine, Refund, RefundLine
from commerce.rules.refunds import LineRefund as LineRefund  # lent to the floors above
from commerce.rules.refunds import LineState, TooMuch, by_amount, by_lines, everything_left
from events.actions import record
from merchants.clock import now, world_now
from merchants.errors import InvalidValue
from merchants.models import Actor, Merchant


@dataclass(frozen=True, slots=True)
class RecordedRefund:
    """`is_new` is False for a repeat, which changed nothing. `lines`: all order lines as (net, refunded) after it."""

    refund: Refund
    is_new: bool
    order: Order
    lines: tuple[tuple[int, int], ...]


@transaction.atomic
def record_refund(
    order: Order,
    *,
    number: str,
    by: Actor,
    lines: Sequence[LineRefund] | None = None,
    amount_minor: int | None = None,
    shipping_minor: int = 0,
    reason: str = "",
    refunded_at: datetime | None = None,
) -> RecordedRefund:
    """Refund `lines`, or `amount_minor` spread over all of them, or (neither given) everything that is left.

    `number` is the shop's own, unique in the merchant: the same refund again is a repeat, another one under it
    RefundConflict. Raises OrderNotPaid, RefundTooLarge (with what can still go back), InvalidValue for a line that the order
    does not have.
    """
    merchant = order.merchant
    order = _lock(order)
    asked = _fingerprint(order, lines, amount_minor, shipping_minor)
    earlier = Refund.objects.filter(merchant=merchant, number=number).first()
    states = _line_states(order)
    if earlier is not None:
        if earlier.fingerprint != asked:
            raise RefundConflict(number=number)
        return RecordedRefund(earlier, False, order, _nets(states))
    if order.paid_at is None:
        raise OrderNotPaid()
    if order.cancelled_at is not None:
        raise OrderCancelled()
    parts, shipping = _parts(order, states, lines, amount_minor, shipping_minor)
    refund = _write(
        order, states, parts, number=number, shipping_minor=shipping, reason=reason,
        refunded_at=refunded_at or now(merchant), fingerprint=asked,
    )  # fmt: skip
    record(
        merchant,
        RefundRecorded(order.pk, order.number, number, refund.amount_minor, order.currency),
        about=order.customer or order,
        by=by,
        occurred_at=refund.refunded_at,
    )
    return RecordedRefund(refund, True, order, _nets(_line_states(order)))


@transaction.atomic
def cancel_order(
    order: Order, *, by: Actor, reason: str = "", cancelled_at: datetime | None = None
) -> RecordedRefund | None:
    """Cancel an order; what was paid and not refunded goes back whole. None when nothing was to go back.

    Raises OrderCancelled when it was cancelled before.
    """
    merchant = order.merchant
    order = _lock(order)
    if order.cancelled_at is not None:
        raise OrderCancelled()
    at = cancelled_at or now(merchant)
    refund = None
    refunded = 0
    if order.paid_at is not None and order.refunded_minor < order.total_minor:
        states = _line_states(order)
        parts, shipping = _parts(order, states, None, None, 0)
        refund = _write(
            order, states, parts, number=f"{order.number}:cancel", shipping_minor=shipping, reason=reason, refunded_at=at,
            fingerprint="",
        )  # fmt: skip
        refunded = refund.amount_minor
    order.cancelled_at = at
    order.save(update_fields=["cancelled_at"])
    _resum(order)
    record(
        merchant,
        OrderWasCancelled(order.pk, order.number, refunded, order.currency),
        about=order.customer or order,
        by=by,
        occurred_at=at,
    )
    return RecordedRefund(refund, True, order, _nets(_line_states(order))) if refund else None


@transaction.atomic
def advance_order(
    order: Order, *, by: Actor, paid_at: datetime | None = None, completed_at: datetime | None = None
) -> tuple[Order, bool]:
    """Tell that an order was paid or completed since; (the order, whether it was paid just now). Known times stay."""
    merchant = order.merchant
    order = _lock(order)
    if order.cancelled_at is not None:
        raise OrderCancelled()
    about = order.customer or order
    newly_paid = paid_at is not None and order.paid_at is None
    if newly_paid:
        order.paid_at = paid_at
        order.save(update_fields=["paid_at"])
        _resum(order)
        fact = OrderPaid(order.pk, order.number, order.total_minor, order.currency)
        record(merchant, fact, about=about, by=by, occurred_at=paid_at)
    if completed_at is not None and order.completed_at is None:
        order.completed_at = completed_at
        order.save(update_fields=["completed_at"])
        record(merchant, OrderCompleted(order.pk, order.number), about=about, by=by, occurred_at=completed_at)
    return order, newly_paid


def _lock(order: Order) -> Order:
    return (
        Order.objects.select_for_update(no_key=True, of=("self",))
        .select_related("customer", "merchant")
        .get(merchant=order.merchant, pk=order.pk)
    )


def _line_states(order: Order) -> list[LineState]:
    return [
        LineState(*row)
        for row in OrderLine.objects.filter(merchant=order.merchant, order=order)
        .order_by("position")
        .values_list("position", "quantity", "net_minor", "refunded_quantity", "refunded_minor")
    ]


def _nets(states: Sequence[LineState]) -> tuple[tuple[int, int], ...]:
    return tuple((state.net_minor, state.refunded_minor) for state in states)


def _parts(
    order: Order,
    states: list[LineState],
    lines: Sequence[LineRefund] | None,
    amount_minor: int | None,
    shipping_minor: int,
) -> tuple[list[LineRefund], int]:
    """The lines' parts and the shipping that go back."""
    shipping_left = order.total_minor - order.refunded_minor - sum(state.left_minor for state in states)
    if lines is None and amount_minor is None:
        return everything_left(states), shipping_left
    if not 0 <= shipping_minor <= shipping_left:
        raise RefundTooLarge(refundable_minor=shipping_left, pointer="/shipping_minor")
    by_position = {state.position: state for state in states}
    try:
        parts = (
            by_amount(states, amount_minor)
            if lines is None and amount_minor is not None
            else by_lines(by_position, lines or ())
        )
    except TooMuch as too_much:
        pointer = "/amount_minor" if too_much.position is None else f"/lines/{too_much.position}"
        raise RefundTooLarge(refundable_minor=too_much.refundable_minor, pointer=pointer) from too_much
    except KeyError as missing:
        raise InvalidValue(
            "lines", _("The order has no such line."), code="unknown_line", position=missing.args[0]
        ) from missing
    if not parts and not shipping_minor:
        raise InvalidValue("amount_minor", _("A refund gives something back."), code="empty_refund")
    return parts, shipping_minor


def _write(
    order: Order,
    states: Sequence[LineState],
    parts: Sequence[LineRefund],
    *,
    number: str,
    shipping_minor: int,
    reason: str,
    refunded_at: datetime,
    fingerprint: str,
) -> Refund:
    merchant = order.merchant
    amount = sum(part.amount_minor or 0 for part in parts) + shipping_minor
    refund = Refund.objects.create(
        merchant=merchant, order=order, number=number, amount_minor=amount, shipping_minor=shipping_minor, reason=reason[:200],
        fingerprint=fingerprint, refunded_at=refunded_at, recorded_at=world_now(),
    )  # fmt: skip
    RefundLine.objects.bulk_create(
        RefundLine(
            merchant=merchant,
            refund=refund,
            position=part.position,
            quantity=part.quantity,
            amount_minor=part.amount_minor or 0,
        )
        for part in parts
    )
    by_position = {state.position: state for state in states}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE commerce_orderline l SET refunded_minor = x.minor, refunded_quantity = x.quantity
            FROM unnest(%s::int[], %s::bigint[], %s::numeric[]) AS x(position, minor, quantity)
            WHERE l.merchant_id = %s AND l.order_id = %s AND l.position = x.position
            """,
            [
                [part.position for part in parts],
                [by_position[part.position].refunded_minor + (part.amount_minor or 0) for part in parts],
                [by_position[part.position].refunded_quantity + part.quantity for part in parts],
                merchant.pk,
                order.pk,
            ],
        )
    order.refunded_minor += amount
    order.save(update_fields=["refunded_minor"])
    _resum(order)
    return refund


def _resum(order: Order) -> None:
    """Bring the customer's summary to what the orders say: refunds are rare, and first and last purchase may move."""
    if order.customer_id is None:
        return
    with connection.cursor() as cursor:
        # The row is locked first: an order recorded meanwhile waits for it, and adds to what is written here.
        cursor.execute(
            "SELECT 1 FROM commerce_purchasesummary WHERE merchant_id = %s AND customer_id = %s FOR NO KEY UPDATE",
            [order.merchant_id, order.customer_id],
        )
        cursor.execute(
            """
            INSERT INTO commerce_purchasesummary AS s (
                merchant_id, customer_id, orders, spend_minor, refunded_minor, first_purchase_at, last_purchase_at)
            SELECT %s, * FROM commerce_true_summaries(%s, ARRAY[%s]::bigint[])
            ON CONFLICT (customer_id) DO UPDATE SET
                orders = excluded.orders, spend_minor = excluded.spend_minor, refunded_minor = excluded.refunded_minor,
                first_purchase_at = excluded.first_purchase_at, last_purchase_at = excluded.last_purchase_at
            """,
            [order.merchant_id, order.merchant_id, order.customer_id],
        )


def _fingerprint(
    order: Order, lines: Sequence[LineRefund] | None, amount_minor: int | None, shipping_minor: int
) -> str:
    asked = (
        [(line.position, line.quantity.normalize(), line.amount_minor) for line in lines] if lines is not None else None
    )
    content = repr((order.pk, asked, amount_minor, shipping_minor))
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


@transaction.atomic
def rebuild_summaries(merchant: Merchant, *, write: bool = True) -> list[tuple[int, str]]:
    """Compare every summary with the orders, and mend it; (customer id, what differed) for each difference found."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE commerce_purchasesummary IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            """
            SELECT coalesce(t.customer_id, s.customer_id),
                   jsonb_build_object('stored', to_jsonb(s), 'true', to_jsonb(t))::text
            FROM commerce_true_summaries(%s) t
            FULL JOIN (SELECT * FROM commerce_purchasesummary WHERE merchant_id = %s) s USING (customer_id)
            WHERE (coalesce(t.orders, 0), coalesce(t.spend_minor, 0), coalesce(t.refunded_minor, 0), t.first_purchase_at,
                   t.last_purchase_at)
               IS DISTINCT FROM
                  (coalesce(s.orders, 0), coalesce(s.spend_minor, 0), coalesce(s.refunded_minor, 0), s.first_purchase_at,
                   s.last_purchase_at)
            """,
            [merchant.pk, merchant.pk],
        )
        differences: list[tuple[int, str]] = cursor.fetchall()
        if write and differences:
            ids = [customer_id for customer_id, _difference in differences]
            cursor.execute(
                """
                UPDATE commerce_purchasesummary s SET
                    orders = coalesce(t.orders, 0), spend_minor = coalesce(t.spend_minor, 0),
                    refunded_minor = coalesce(t.refunded_minor, 0), first_purchase_at = t.first_purchase_at,
                    last_purchase_at = t.last_purchase_at
                FROM unnest(%s::bigint[]) c(id) LEFT JOIN commerce_true_summaries(%s, %s::bigint[]) t ON t.customer_id = c.id
                WHERE s.merchant_id = %s AND s.customer_id = c.id
                """,
                [ids, merchant.pk, ids, merchant.pk],
            )
            cursor.execute(
                """
                INSERT INTO commerce_purchasesummary (
                    merchant_id, customer_id, orders, spend_minor, refunded_minor, first_purchase_at, last_purchase_at)
                SELECT %s, t.* FROM commerce_true_summaries(%s, %s::bigint[]) t
                ON CONFLICT (customer_id) DO NOTHING
                """,
                [merchant.pk, merchant.pk, ids],
            )
    return differences
