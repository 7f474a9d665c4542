"""The ledger under any sequence of verbs: earn, spend, hold, capture, release, return, refund, reverse, adjust, expire.

After every step the database's own proof must find nothing, and a slow reference that knows only sums must agree.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from commerce.actions.refunds import LineRefund
from commerce.errors import RefundTooLarge
from commerce.models import Order, OrderLine
from loyalty.actions.grants import ask_adjustment, grant_bonus, reverse_entry
from loyalty.actions.holds import capture_hold, hold_points, release_hold, return_spend
from loyalty.actions.nights import expire_lots, review_tiers
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import refund_order
from loyalty.errors import AlreadyReversed, HoldNotOpen, InsufficientPoints, NotReversible
from loyalty.models import Account, Award, Entry, Hold, Lot
from loyalty.queries.balances import balance_of
from loyalty.rules.kinds import Kind
from merchants.clock import now
from merchants.models import SYSTEM
from tests.cast import a_line, a_purchase, make_customer, make_programme, make_shop, make_staff

POINTS = st.integers(1, 400)


class LedgerMachine(RuleBasedStateMachine):
    """One member of a sandbox shop, whose clock the machine moves."""

    @initialize(
        expiry=st.sampled_from(
            [{"kind": "months", "months": 2}, {"kind": "year_end", "months": 0}, {"kind": "none", "months": 0}]
        ),
        pending=st.sampled_from([0, 10]),
        shortfall=st.sampled_from(["arrears", "write_off"]),
    )
    def open_shop(self, expiry: dict[str, object], pending: int, shortfall: str) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.shop = make_shop("machine", "Machine", make_staff("machine@example.com", "M"), is_sandbox=True)
        make_programme(self.shop, expiry=expiry, pending_days=pending, shortfall=shortfall)
        self.member = make_customer(self.shop, number="M1")
        self.serial = 0
        self.holds: list[Hold] = []

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    @rule(yuan=st.integers(1, 300), second=st.integers(0, 99), days_ago=st.integers(0, 80))
    def earn(self, yuan: int, second: int, days_ago: int) -> None:
        at = now(self.shop) - timedelta(days=days_ago)
        lines = [a_line(yuan), *([a_line(Decimal(second) / 7 + Decimal("0.01"))] if second else [])]
        record_orders(self.shop, [a_purchase(f"A-{self._next()}", self.member, *lines, at=at)], by=SYSTEM)

    @rule(points=POINTS)
    def spend(self, points: int) -> None:
        before = balance_of(self.member)
        reference = f"till:{self._next()}"
        if points <= before.active:
            self.holds.append(hold_points(self.member, points=points, reference=reference, by=SYSTEM, capture=True))
            return
        with pytest.raises(InsufficientPoints) as refusal:
            hold_points(self.member, points=points, reference=reference, by=SYSTEM, capture=True)
        assert refusal.value.details["short_by"] == points - before.active
        # A refusal inside a running transaction may leave the account opened, with nothing in it.
        assert replace(balance_of(self.member), account_id=before.account_id) == before

    @rule(points=POINTS)
    def hold(self, points: int) -> None:
        before = balance_of(self.member).active
        reference = f"cart:{self._next()}"
        if points <= before:
            self.holds.append(
                hold_points(self.member, points=points, reference=reference, by=SYSTEM, minutes=60 * 24 * 30)
            )
            assert balance_of(self.member).active == before - points
            return
        with pytest.raises(InsufficientPoints):
            hold_points(self.member, points=points, reference=reference, by=SYSTEM)

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 99), share=st.integers(1, 100))
    def capture(self, which: int, share: int) -> None:
        hold = self._hold(which)
        with suppress(HoldNotOpen):
            capture_hold(hold, by=SYSTEM, points=max(1, hold.points * share // 100))

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 99))
    def release(self, which: int) -> None:
        with suppress(HoldNotOpen):
            release_hold(self._hold(which), by=SYSTEM)

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 99), share=st.integers(1, 100))
    def return_some(self, which: int, share: int) -> None:
        hold = self._hold(which)
        left = hold.captured_points - hold.returned_points
        if left:
            return_spend(hold, reference=f"back:{self._next()}", by=SYSTEM, points=max(1, left * share // 100))

    @rule(which=st.integers(0, 99), share=st.integers(1, 100))
    def refund(self, which: int, share: int) -> None:
        orders = list(Order.objects.filter(merchant=self.shop).order_by("pk"))
        if not orders:
            return
        order = orders[which % len(orders)]
        line = OrderLine.objects.filter(merchant=self.shop, order=order).order_by("position")[0]
        amount = max(1, line.net_minor * share // 100)
        number = f"R-{self._next()}"
        if amount <= line.net_minor - line.refunded_minor:
            refund_order(order, number=number, by=SYSTEM, lines=[LineRefund(0, Decimal(0), amount)])
            return
        with pytest.raises(RefundTooLarge):
            refund_order(order, number=number, by=SYSTEM, lines=[LineRefund(0, Decimal(0), amount)])

    @rule(points=POINTS)
    def grant(self, points: int) -> None:
        reference = f"gift:{self._next()}"
        entry = grant_bonus(self.member, points=points, kind=Kind.BONUS, reference=reference, by=SYSTEM)
        assert grant_bonus(self.member, points=points, kind=Kind.BONUS, reference=reference, by=SYSTEM).pk == entry.pk

    @rule(points=st.integers(-200, 200).filter(bool))
    def adjust(self, points: int) -> None:
        if -points <= balance_of(self.member).active:
            ask_adjustment(self.member, points=points, reason="count", by=SYSTEM)
            return
        with pytest.raises(InsufficientPoints):
            ask_adjustment(self.member, points=points, reason="count", by=SYSTEM)

    @rule(which=st.integers(0, 99))
    def reverse(self, which: int) -> None:
        entries = list(Entry.objects.filter(merchant=self.shop).order_by("pk"))
        if entries:
            with suppress(AlreadyReversed, NotReversible):
                reverse_entry(entries[which % len(entries)], reason="mistake", by=SYSTEM)

    @rule(days=st.integers(1, 45), night_runs=st.booleans())
    def time_passes(self, days: int, night_runs: bool) -> None:
        self.shop.clock_offset += timedelta(days=days)
        self.shop.save(update_fields=["clock_offset"])
        self.member.merchant = self.shop
        if night_runs:
            expire_lots(self.shop, at=now(self.shop))
            review_tiers(self.shop, at=now(self.shop))
            assert expire_lots(self.shop, at=now(self.shop)).lots == 0
            assert review_tiers(self.shop, at=now(self.shop)) == 0

    def _hold(self, which: int) -> Hold:
        chosen = self.holds[which % len(self.holds)]
        return Hold.objects.select_related("account", "merchant").get(merchant=self.shop, pk=chosen.pk)

    @invariant()
    def books_balance(self) -> None:
        if not hasattr(self, "shop"):
            return
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("SELECT * FROM loyalty_audit(%s)", [self.shop.pk])
            assert cursor.fetchall() == []
        for account in Account.objects.filter(merchant=self.shop):
            entries = [entry.points for entry in Entry.objects.filter(merchant=self.shop, account=account)]
            lots = Lot.objects.filter(merchant=self.shop, account=account)
            assert account.balance == sum(entries) == sum(lot.remaining for lot in lots) - account.arrears

    @invariant()
    def what_shows_is_what_can_be_spent(self) -> None:
        if not hasattr(self, "shop"):
            return
        balance, moment = balance_of(self.member), now(self.shop)
        lots = [
            lot
            for lot in Lot.objects.filter(merchant=self.shop, account__wallet="points")
            if not (lot.expires_at and lot.expires_at <= moment)
            and not (lot.available_at and lot.available_at > moment)
        ]
        assert balance.active == sum(lot.remaining - lot.held for lot in lots) >= 0

    @invariant()
    def awards_follow_their_lines(self) -> None:
        """What refunds left of an award is what its lines' stored contributions say, in however many steps it came."""
        if not hasattr(self, "shop"):
            return
        for award in Award.objects.filter(merchant=self.shop).select_related("order"):
            lines = award.order.lines.order_by("position")
            left = sum(
                Decimal(part) * (line.net_minor - line.refunded_minor) / line.net_minor
                for part, line in zip(award.contributions, lines, strict=True)
                if line.net_minor
            )
            assert award.points_kept == int(left + Decimal("1e-12"))


@pytest.mark.django_db
def test_the_books_balance_after_any_sequence_of_verbs() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
