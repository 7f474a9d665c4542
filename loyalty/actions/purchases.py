"""From an order to its points: the main job. One transaction takes the order, its award, the tier and the facts."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from commerce.actions.purchases import Purchase, RecordedLine, RecordedOrder, record_purchases
from commerce.facts import OrderRecorded
from events.actions import Recorded, record_many
from loyalty.actions.books import Books, NewAward
from loyalty.actions.ledger import open_books, write_books_with_next
from loyalty.facts import PointsEarned, TierChanged
from loyalty.models import Award
from loyalty.queries.programme import terms_of_version
from loyalty.rules.earning import Earned, evaluate
from loyalty.rules.expiry import leaves_window_at, lot_expires_at
from loyalty.rules.kinds import Kind, Wallet
from loyalty.rules.money import exponent_of
from loyalty.rules.terms import Terms
from loyalty.rules.tiers import Standing, after_earning
from merchants.clock import now
from merchants.errors import DomainError
from merchants.models import Actor, Merchant


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What an order came to. For a repeat (`is_new` False) points and growth are what it earned the first time."""

    order_id: int
    number: str
    is_new: bool
    customer_id: int | None
    total_minor: int
    points: int = 0
    growth: int = 0
    balance: int | None = None
    tier: str | None = None
    tier_before: str | None = None


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order whose time to earn has come."""

    order_id: int
    number: str
    customer_id: int
    paid_at: datetime
    lines: Sequence[RecordedLine]
    total_minor: int


@transaction.atomic(savepoint=False)  # refusals are answers, not exceptions: there is nothing to go back to
def record_orders(
    merchant: Merchant, purchases: Sequence[Purchase], *, by: Actor, deliver: bool = True
) -> list[OrderOutcome | DomainError]:
    """Record orders and award their points; one answer per purchase, in order: its outcome or why it was refused.

    A single order is a batch of one. An order earns when it is paid and has a customer. `deliver=False` is for history:
    facts are remembered, nobody is told.
    """
    answers = record_purchases(merchant, purchases)
    fresh = [answer for answer in answers if isinstance(answer, RecordedOrder) and answer.is_new]
    facts = [_order_fact(answer) for answer in fresh]
    outcomes: dict[int, OrderOutcome] = {}
    payable = [
        PaidOrder(
            answer.order_id,
            answer.purchase.number,
            answer.purchase.customer_id,
            answer.purchase.paid_at,
            answer.lines,
            answer.total_minor,
        )
        for answer in fresh
        if answer.purchase.customer_id is not None and answer.purchase.paid_at is not None
    ]
    if payable:
        award = _Awarding(merchant, payable, facts)
        award.run(by, deliver=deliver)
        outcomes = award.outcomes
    else:
        record_many(merchant, facts, by=by, deliver=deliver)
    repeats = _earned_before(merchant, [a.order_id for a in answers if isinstance(a, RecordedOrder) and not a.is_new])
    return [
        answer
        if isinstance(answer, DomainError)
        else (answer.is_new and outcomes.get(answer.order_id)) or _unawarded(answer, repeats.get(answer.order_id, {}))
        for answer in answers
    ]


@transaction.atomic
def award_paid_orders(merchant: Merchant, orders: Sequence[PaidOrder], *, by: Actor) -> list[OrderOutcome]:
    """Award orders that were recorded before they were paid. An order awarded before stays as it is."""
    award = _Awarding(merchant, orders, [])
    award.run(by)
    return [award.outcomes[order.order_id] for order in orders if order.order_id in award.outcomes]


class _Awarding:
    """One batch on its way through the books: chronological, each order under the tier its member had just then."""

    def __init__(self, merchant: Merchant, orders: Sequence[PaidOrder], facts: list[Recorded]) -> None:
        self.merchant = merchant
        self.orders = sorted(orders, key=lambda order: (order.paid_at, order.order_id))
        self.outcomes: dict[int, OrderOutcome] = {}
        self.facts = facts  # what is to be told of the orders themselves; what they earned is added
        self.exponent = exponent_of(merchant.currency)
        self.zone = merchant.zone

    def run(self, by: Actor, *, deliver: bool = True) -> None:
        present = now(self.merchant)
        self.until = max(present, self.orders[-1].paid_at)
        self.books = open_books(
            self.merchant,
            (order.customer_id for order in self.orders),
            at=min(present, self.orders[0].paid_at),
            standings=True,
            due_until=self.until,
            references=[reference_of(self.orders[0].number)] if len(self.orders) == 1 else None,
        )
        self.standings: dict[int, Standing | None] = {}
        for order in self.orders:
            self._award(order)
        write_books_with_next(self.books, by=by, facts=self.facts, deliver=deliver)

    def _award(self, order: PaidOrder) -> None:
        books, customer_id = self.books, order.customer_id
        points_book = books.of(customer_id)
        version_id = books.version_at(order.paid_at)
        if version_id is None or reference_of(order.number) in points_book.known:
            return
        terms = terms_of_version(self.merchant, version_id)
        standing = books.standings.get(customer_id) or books.opened(customer_id).standing
        if standing is None:
            standing = Standing(terms.ladder.tiers[0].code, order.paid_at)
        tier = terms.ladder.tier(standing.tier)
        earned = evaluate(terms, order.lines, multiplier=tier.multiplier, exponent=self.exponent)
        for wallet, result in earned.items():
            self._post(order, terms, version_id, wallet, result, tier.code, tier.multiplier)
        growth, orders = standing_measures(books, customer_id, order.paid_at)
        reached = after_earning(terms.ladder, standing, growth=growth, orders=orders, at=order.paid_at)
        if reached != standing:
            books.standings[customer_id] = reached
        self._tell(order, terms, earned, standing, reached)

    def _post(
        self,
        order: PaidOrder,
        terms: Terms,
        version_id: int,
        wallet: Wallet,
        result: Earned,
        tier: str,
        multiplier: Decimal,
    ) -> None:
        opened = self.books.opened(order.customer_id, wallet)
        award = NewAward(
            -len(self.books.awards) - 1, order.order_id, opened.book.account_id, wallet, version_id, tier, multiplier,
            result.contributions, result.points, order.paid_at,
        )  # fmt: skip
        self.books.awards.append(award)
        if not result.points:
            return
        at = order.paid_at
        if wallet is Wallet.GROWTH:
            leaves_at = leaves_window_at(terms.ladder.window_months, earned_at=at, zone=self.zone)
            available_at = None
            if leaves_at <= self.until:
                insort(opened.due, (leaves_at, result.points, 1))
            expires_at: datetime | None = leaves_at
        else:
            expires_at = lot_expires_at(terms.expiry, earned_at=at, zone=self.zone)
            available_at = at + timedelta(days=terms.pending_days) if terms.pending_days else None
        opened.book.credit(
            result.points, kind=Kind.EARN, reference=reference_of(order.number), at=at, available_at=available_at,
            expires_at=expires_at, award=award.key, order_credit=wallet is Wallet.GROWTH,
        )  # fmt: skip

    def _tell(
        self, order: PaidOrder, terms: Terms, earned: dict[Wallet, Earned], before: Standing, after: Standing
    ) -> None:
        points = earned[Wallet.POINTS].points if Wallet.POINTS in earned else 0
        growth = earned[Wallet.GROWTH].points if Wallet.GROWTH in earned else 0
        balance = self.books.of(order.customer_id).balance
        about = ("customers.customer", order.customer_id)
        if points or growth:
            self.facts.append(
                Recorded(PointsEarned(order.order_id, order.number, points, growth, balance), about, order.paid_at)
            )
        if after.tier != before.tier:
            self.facts.append(Recorded(tier_fact(terms, before.tier, after.tier, "earned"), about, order.paid_at))
        self.outcomes[order.order_id] = OrderOutcome(
            order.order_id,
            order.number,
            True,
            order.customer_id,
            order.total_minor,
            points,
            growth,
            balance,
            after.tier,
            before.tier,
        )


def standing_measures(books: Books, customer_id: int, at: datetime) -> tuple[int, int]:
    """Growth value and orders that count for the tier at `at`: what the growth wallet holds, less what has left by then."""
    opened = books.opened(customer_id, Wallet.GROWTH)
    left = [(points, orders) for expires_at, points, orders in opened.due if expires_at <= at]
    return (
        opened.book.balance - sum(points for points, _ in left),
        opened.book.orders - sum(orders for _, orders in left),
    )


def tier_fact(terms: Terms, before: str, after: str, cause: str) -> TierChanged:
    return TierChanged(before, after, terms.ladder.tier(before).name, terms.ladder.tier(after).name, cause)


def reference_of(order_number: str) -> str:
    """Under which an order's award stands in the ledger."""
    return f"order:{order_number}"


def _order_fact(answer: RecordedOrder) -> Recorded:
    purchase = answer.purchase
    about = ("commerce.order", answer.order_id)
    if purchase.customer_id is not None:
        about = ("customers.customer", purchase.customer_id)
    fact = OrderRecorded(
        answer.order_id,
        purchase.number,
        answer.total_minor,
        purchase.currency,
        purchase.channel,
        purchase.paid_at is not None,
    )
    return Recorded(fact, about, purchase.placed_at)


def _earned_before(merchant: Merchant, order_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """What repeated orders earned the first time: order id → wallet → points."""
    earned: dict[int, dict[str, int]] = {}
    if order_ids:
        for order_id, wallet, points in Award.objects.filter(merchant=merchant, order__in=order_ids).values_list(
            "order_id", "wallet", "points"
        ):
            earned.setdefault(order_id, {})[wallet] = points
    return earned


def _unawarded(answer: RecordedOrder, earned: dict[str, int]) -> OrderOutcome:
    return OrderOutcome(
        answer.order_id, answer.purchase.number, answer.is_new, answer.purchase.customer_id, answer.total_minor,
        earned.get(Wallet.POINTS, 0), earned.get(Wallet.GROWTH, 0),
    )  # fmt: skip
