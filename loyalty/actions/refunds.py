"""A refund takes back exactly what its lines had earned: it inverts the stored award and asks no rule of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from commerce.actions.purchases import RecordedLine
from commerce.actions.refunds import LineRefund, RecordedRefund, advance_order, cancel_order, record_refund
from commerce.models import Order, OrderLine
from events.actions import record
from loyalty.actions.books import Books
from loyalty.actions.ledger import open_books, write_books
from loyalty.actions.purchases import (
    OrderOutcome,
    PaidOrder,
    award_paid_orders,
    reference_of,
    standing_measures,
    tier_fact,
)
from loyalty.facts import PointsTakenBack
from loyalty.models import Allocation, Award, Lot
from loyalty.queries.programme import terms_of_version
from loyalty.rules.earning import points_kept
from loyalty.rules.kinds import Kind, Shortfall, Wallet
from loyalty.rules.tiers import after_refund
from merchants.clock import now
from merchants.models import Actor, Merchant


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """What a refund came to. `points` and `growth` were taken back (≥ 0); `owed` of the points became arrears."""

    refund: RecordedRefund
    points: int = 0
    growth: int = 0
    owed: int = 0
    balance: int | None = None
    tier: str | None = None
    tier_before: str | None = None


@transaction.atomic
def refund_order(
    order: Order,
    *,
    number: str,
    by: Actor,
    lines: Sequence[LineRefund] | None = None,
    amount_minor: int | None = None,
    shipping_minor: int = 0,
    reason: str = "",
    refunded_at: datetime | None = None,
    history: bool = False,
) -> RefundOutcome:
    """Record the refund and take back the points, lots and tier credit of what it returns. A repeat changes nothing.

    A refund that is reported late is judged by today's lots and windows; `history`, told in the order of time, by those of
    the day it happened.
    """
    recorded = record_refund(
        order, number=number, by=by, lines=lines, amount_minor=amount_minor, shipping_minor=shipping_minor, reason=reason,
        refunded_at=refunded_at,
    )  # fmt: skip
    if not recorded.is_new:
        return RefundOutcome(recorded)
    at = recorded.refund.refunded_at
    present = at if history else max(at, now(order.merchant))
    return _take_back(recorded, reference=f"refund:{number}", at=at, present=present, by=by)


@transaction.atomic
def cancel_paid_order(order: Order, *, by: Actor, reason: str = "") -> RefundOutcome | None:
    """Cancel an order and take back all it had earned. None when it had not been paid: nothing was earned."""
    recorded = cancel_order(order, by=by, reason=reason)
    if recorded is None:
        return None
    at = recorded.refund.refunded_at
    reference = f"refund:{recorded.refund.number}"
    return _take_back(recorded, reference=reference, at=at, present=max(at, now(order.merchant)), by=by)


@transaction.atomic
def progress_order(
    order: Order, *, by: Actor, paid_at: datetime | None = None, completed_at: datetime | None = None
) -> OrderOutcome | None:
    """Tell that an order was paid or completed; a payment awards its points. None when nothing was earned by it."""
    order, newly_paid = advance_order(order, by=by, paid_at=paid_at, completed_at=completed_at)
    if not newly_paid or order.customer_id is None or order.paid_at is None:
        return None
    lines = [
        RecordedLine(*row)
        for row in OrderLine.objects.filter(merchant=order.merchant, order=order)
        .order_by("position")
        .values_list("position", "net_minor", "category_path", "sku")
    ]
    paid = PaidOrder(order.pk, order.number, order.customer_id, order.paid_at, lines, order.total_minor)
    outcomes = award_paid_orders(order.merchant, [paid], by=by)
    return outcomes[0] if outcomes else None


def _take_back(
    recorded: RecordedRefund, *, reference: str, at: datetime, present: datetime, by: Actor
) -> RefundOutcome:
    order = recorded.order
    merchant: Merchant = order.merchant
    if order.customer_id is None:
        return RefundOutcome(recorded)
    awards = list(Award.objects.filter(merchant=merchant, order=order).order_by("wallet"))
    due = {award.pk: award.points_kept - _kept(award, recorded.lines) for award in awards}
    if not any(due.values()):
        return RefundOutcome(recorded)
    own = _own_lots(merchant, order, awards)
    books = _open(merchant, order, own, due, at=present)
    taken: dict[Wallet, int] = {}
    owed_before = books.of(order.customer_id).arrears
    kept: list[tuple[int, int, int]] = []
    for award in awards:
        taken[Wallet(award.wallet)], lapsed = _debit(
            books, order, award, due[award.pk], own, reference=reference, at=at
        )
        kept.append((award.pk, award.points_kept - due[award.pk], award.points_lapsed + lapsed))
    before, after = _review_tier(books, merchant, order, awards[0], at=at, present=present)
    write_books(books, by=by)
    _keep(merchant, kept)
    book = books.of(order.customer_id)
    outcome = RefundOutcome(
        recorded,
        taken.get(Wallet.POINTS, 0),
        taken.get(Wallet.GROWTH, 0),
        book.arrears - owed_before,
        book.balance,
        after,
        before,
    )
    about = ("customers.customer", order.customer_id)
    record(
        merchant,
        PointsTakenBack(order.pk, order.number, outcome.points, outcome.growth, outcome.owed, book.balance),
        about=about,
        by=by,
        occurred_at=at,
    )
    if after != before and before is not None and after is not None:
        terms = terms_of_version(merchant, books.version_at(present) or awards[0].version_id)
        record(merchant, tier_fact(terms, before, after, "refunded"), about=about, by=by, occurred_at=at)
    return outcome


def _kept(award: Award, lines: Sequence[tuple[int, int]]) -> int:
    """What the award is worth now. Never more than before: an earlier write-off is not given back by rounding."""
    contributions = [Decimal(part) for part in award.contributions]
    return min(award.points_kept, points_kept(contributions, lines))


def _open(merchant: Merchant, order: Order, own: dict[int, int], due: dict[int, int], *, at: datetime) -> Books:
    return open_books(
        merchant,
        [order.customer_id] if order.customer_id is not None else [],
        at=at,
        standings=True,
        need=max(due.values()),
        pending_too=True,
        lot_ids=list(own.values()),
        due_until=at,
    )


def _debit(
    books: Books, order: Order, award: Award, points: int, own_lots: dict[int, int], *, reference: str, at: datetime
) -> tuple[int, int]:
    """Take `points` of the award back; (points debited, points that had lapsed before and are not taken twice).

    What expired unspent never served the member: taking it again would cost them points of other orders.
    """
    if not points or order.customer_id is None:
        return 0, 0
    book = books.of(order.customer_id, Wallet(award.wallet))
    own = [lot for lot in book.lots if lot.key == own_lots.get(award.pk)]
    left_in_own = sum(lot.free for lot in own)
    expired = _expired_of(award, [lot.key for lot in own])
    lapsed = min(max(0, points - left_in_own), max(0, expired - award.points_lapsed))
    to_take = points - lapsed
    if not to_take:
        return 0, lapsed
    terms = terms_of_version(books.merchant, award.version_id)
    shortfall = Shortfall.ARREARS if award.wallet == Wallet.POINTS else Shortfall.WRITE_OFF
    if award.wallet == Wallet.POINTS and terms.shortfall is Shortfall.WRITE_OFF:
        shortfall = Shortfall.WRITE_OFF
    entry = book.debit(
        to_take, kind=Kind.REFUND, reference=reference, at=at, first=[lot.key for lot in own], shortfall=shortfall,
        award=award.pk,
    )  # fmt: skip
    return (-entry.points if entry else 0), lapsed


def _own_lots(merchant: Merchant, order: Order, awards: Sequence[Award]) -> dict[int, int]:
    """{award id: the lot that it made}. Found by the order's reference in its accounts, for which there is an index."""
    accounts = [award.account_id for award in awards]
    rows = Lot.objects.filter(
        merchant=merchant, entry__account__in=accounts, entry__reference=reference_of(order.number)
    ).values_list("entry__award_id", "pk")
    return {award_id: lot_id for award_id, lot_id in rows if award_id is not None}


def _expired_of(award: Award, lot_ids: Sequence[int]) -> int:
    return sum(
        Allocation.objects.filter(merchant=award.merchant_id, lot__in=lot_ids, entry__kind=Kind.EXPIRE).values_list(
            "points", flat=True
        )
    )


def _review_tier(
    books: Books, merchant: Merchant, order: Order, award: Award, *, at: datetime, present: datetime
) -> tuple[str | None, str | None]:
    """A tier that this order had reached goes back with it; (before, after)."""
    if order.customer_id is None:
        return None, None
    standing = books.opened(order.customer_id, Wallet.GROWTH).standing
    if standing is None:
        return None, None
    terms = terms_of_version(merchant, books.version_at(present) or award.version_id)
    growth, orders = standing_measures(books, order.customer_id, present)
    reached = after_refund(terms.ladder, standing, growth=growth, orders=orders, earned_at=award.awarded_at, at=at)
    if reached != standing:
        books.standings[order.customer_id] = reached
    return standing.tier, reached.tier


def _keep(merchant: Merchant, kept: Sequence[tuple[int, int, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE loyalty_award a SET points_kept = x.kept, points_lapsed = x.lapsed
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS x(id, kept, lapsed)
            WHERE a.merchant_id = %s AND a.id = x.id
            """,
            [[row[0] for row in kept], [row[1] for row in kept], [row[2] for row in kept], merchant.pk],
        )
