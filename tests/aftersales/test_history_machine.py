"""Any sequence of verbs: what a ticket's row says is what its history amounts to, and nothing forbidden ever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
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

from aftersales.actions.bulk import BulkChange, bulk_change, preview_bulk
from aftersales.actions.deadlines import ring_deadlines, wake_snoozed
from aftersales.actions.gathering import link_tickets, merge_tickets, split_ticket, unmerge_ticket
from aftersales.actions.tickets import (
    add_ticket_note,
    assign_ticket,
    change_ticket,
    close_resolved,
    close_ticket,
    open_ticket,
    reopen_ticket,
    reply_to_ticket,
    resolve_ticket,
    set_ticket_status,
    snooze_ticket,
    wake_ticket,
)
from aftersales.models import OPEN_CATEGORIES, Message, StatusCategory, Ticket, TicketEvent
from aftersales.queries.desk import categories_of, default_status
from aftersales.queries.tickets import surviving_ticket, thread_of
from customers.models import Customer
from merchants.clock import now
from merchants.errors import DomainError
from merchants.models import SYSTEM, Actor, Membership
from tests.aftersales.tickets import by_member, complaint, derived_is_rebuilt
from tests.cast import make_customer, make_programme, make_shop, make_staff

WHICH = st.integers(0, 99)
SIDES = st.sampled_from(["member", "staff", "key"])
MEANINGS = st.sampled_from([str(each) for each in StatusCategory])
MOVES_OF_MEMBERS = {
    ("waiting_customer", "waiting_us"), ("paused", "waiting_us"), ("resolved", "waiting_us"), ("closed", "waiting_us"),
    ("waiting_us", "closed"), ("waiting_customer", "closed"), ("paused", "closed"), ("resolved", "closed"),
}  # fmt: skip


class TicketMachine(RuleBasedStateMachine):
    """Two members of a sandbox shop, an agent and a till; the machine moves the clock."""

    @initialize()
    def open_shop(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        owner = make_staff("machine@example.com", "M")
        self.shop = make_shop("machine", "Machine", owner, is_sandbox=True)
        make_programme(self.shop)
        self.members = [make_customer(self.shop, number=f"M{n}", name=f"Member {n}") for n in (1, 2)]
        self.staff = Actor("staff", owner.pk, "M")
        self.agent = Membership.objects.get(merchant=self.shop, staff=owner)
        self.serial = 0

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @rule(who=st.integers(0, 1), by_staff=st.booleans(), category=WHICH)
    def open(self, who: int, by_staff: bool, category: int) -> None:
        self.serial += 1
        member = self.members[who]
        codes = [each.code for each in categories_of(self.shop)] or [""]
        new = complaint(member, reference=f"r{self.serial}", category_code=codes[category % len(codes)])
        by = self.staff if by_staff else by_member(member)
        ticket = open_ticket(self.shop, new, by=by)
        assert open_ticket(self.shop, new, by=by).pk == ticket.pk

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH, side=SIDES, then=st.none() | MEANINGS, html=st.booleans())
    def reply(self, which: int, side: str, then: str | None, html: bool) -> None:
        ticket = self.ticket(which)
        status = default_status(self.shop, then) if then and side != "member" else None
        body = "<p>Hello<script>x</script></p>" if html else "Hello"
        self.attempt(ticket, lambda: reply_to_ticket(ticket, body=body, by=self.by(side, ticket), then_status=status))

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH)
    def note(self, which: int) -> None:
        ticket = self.ticket(which)
        self.attempt(ticket, lambda: add_ticket_note(ticket, body="Between us", by=self.staff))

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH, side=SIDES, meaning=MEANINGS)
    def move(self, which: int, side: str, meaning: str) -> None:
        ticket = self.ticket(which)
        status = default_status(self.shop, meaning)
        done = self.attempt(ticket, lambda: set_ticket_status(ticket, status, by=self.by(side, ticket)))
        if side == "member" and done and ticket.status_category != meaning:
            assert (ticket.status_category, meaning) in MOVES_OF_MEMBERS

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH, side=SIDES, verb=st.sampled_from(["resolve", "close", "reopen", "wake"]))
    def settle(self, which: int, side: str, verb: str) -> None:
        ticket = self.ticket(which)
        by = self.by(side, ticket)
        verbs: dict[str, Callable[[], Any]] = {
            "resolve": lambda: resolve_ticket(ticket, by=by),
            "close": lambda: close_ticket(ticket, by=by),
            "reopen": lambda: reopen_ticket(ticket, by=by, body="Again"),
            "wake": lambda: wake_ticket(ticket, by=by),
        }
        self.attempt(ticket, verbs[verb])

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH, category=WHICH, priority=st.sampled_from(["low", "normal", "high", "urgent", None]))
    def change(self, which: int, category: int, priority: str | None) -> None:
        ticket = self.ticket(which)
        chosen = list(categories_of(self.shop))
        self.attempt(
            ticket,
            lambda: change_ticket(
                ticket,
                by=self.staff,
                category=chosen[category % len(chosen)],
                priority=priority,
                subject=f"S{category}",
            ),
        )

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH, to_me=st.booleans())
    def assign(self, which: int, to_me: bool) -> None:
        ticket = self.ticket(which)
        self.attempt(ticket, lambda: assign_ticket(ticket, self.agent if to_me else None, by=self.staff))

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH, hours=st.integers(-5, 200))
    def snooze(self, which: int, hours: int) -> None:
        ticket = self.ticket(which)
        self.attempt(ticket, lambda: snooze_ticket(ticket, now(self.shop) + timedelta(hours=hours), by=self.staff))

    @precondition(lambda self: self.has_tickets())
    @rule(into=WHICH, other=WHICH)
    def merge(self, into: int, other: int) -> None:
        survivor, gone = self.ticket(into), self.ticket(other)
        self.attempt(survivor, lambda: merge_tickets(survivor, [gone], by=self.staff))

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH)
    def unmerge(self, which: int) -> None:
        ticket = self.ticket(which)
        self.attempt(ticket, lambda: unmerge_ticket(ticket, by=self.staff))

    @precondition(lambda self: self.has_tickets())
    @rule(which=WHICH, take=st.integers(0, 3))
    def split(self, which: int, take: int) -> None:
        ticket = self.ticket(which)
        said = list(Message.objects.filter(merchant=self.shop, ticket=ticket).values_list("pk", flat=True)[:take])
        self.attempt(ticket, lambda: split_ticket(ticket, said, "Another", by=self.staff))

    @precondition(lambda self: self.has_tickets())
    @rule(one=WHICH, other=WHICH)
    def link(self, one: int, other: int) -> None:
        ticket = self.ticket(one)
        self.attempt(ticket, lambda: link_tickets(ticket, self.ticket(other), by=self.staff))

    @precondition(lambda self: self.has_tickets())
    @rule(meaning=MEANINGS, priority=st.sampled_from(["low", "urgent"]))
    def many(self, meaning: str, priority: str) -> None:
        change = BulkChange(status=default_status(self.shop, meaning), priority=priority)
        ids = list(Ticket.objects.filter(merchant=self.shop).values_list("pk", flat=True))
        before = self.written()
        promised = [(each.ticket.pk, each.is_changed) for each in preview_bulk(self.shop, ids, change, by=self.staff)]
        assert self.written() == before
        assert [
            (each.ticket.pk, each.is_changed) for each in bulk_change(self.shop, ids, change, by=self.staff)
        ] == promised

    @rule(hours=st.integers(1, 24 * 20), bells=st.booleans())
    def time_passes(self, hours: int, bells: bool) -> None:
        self.shop.clock_offset += timedelta(hours=hours)
        self.shop.save(update_fields=["clock_offset"])
        for member in self.members:
            member.merchant = self.shop
        if bells:
            ring_deadlines()
            wake_snoozed()
            close_resolved(self.shop)
            assert (ring_deadlines(), wake_snoozed(), close_resolved(self.shop)) == (0, 0, 0)

    @invariant()
    def rows_say_what_histories_amount_to(self) -> None:
        for ticket in self.tickets():
            derived_is_rebuilt(ticket)
            assert ticket.status.category == ticket.status_category
            numbers = list(
                TicketEvent.objects.filter(merchant=self.shop, ticket=ticket)
                .order_by("sequence")
                .values_list("sequence", flat=True)
            )
            assert numbers == list(range(1, ticket.last_event + 1))
            assert (
                ticket.reply_count == Message.objects.filter(merchant=self.shop, ticket=ticket, is_note=False).count()
            )

    @invariant()
    def nothing_forbidden(self) -> None:
        for ticket in self.tickets():
            is_open = ticket.status_category in OPEN_CATEGORIES
            assert (ticket.resolved_at is None) == is_open
            if ticket.closed_at is not None:
                assert not is_open
            if not is_open or ticket.merged_into_id is not None or ticket.status_category == "paused":
                assert (ticket.due_at, ticket.next_due_at) == (None, None)
            if not is_open:
                assert (ticket.waiting_since, ticket.snoozed_until) == (None, None)
            survivor = surviving_ticket(ticket)
            assert survivor.merged_into_id is None
            assert survivor.customer_id == ticket.customer_id
            told = [item.message for item in thread_of(ticket, for_customer=True) if item.message is not None]
            assert not any(message.is_note or "<script" in message.body_html for message in told)
            assert ticket.next_due_at is None or ticket.due_at is not None

    @invariant()
    def numbers_are_given_once(self) -> None:
        if hasattr(self, "shop"):
            rows = Ticket.objects.filter(merchant=self.shop)
            assert not rows.values("number").annotate(many=Count("pk")).filter(many__gt=1).exists()

    def attempt(self, ticket: Ticket, verb: Callable[[], object]) -> bool:
        """Do it; a refusal must have changed nothing."""
        before = self.written()
        try:
            with transaction.atomic():
                verb()
        except DomainError:
            assert self.written() == before
            return False
        return True

    def written(self) -> tuple[int, int, list[Any]]:
        rows = Ticket.objects.filter(merchant=self.shop).order_by("pk").values_list("pk", "last_event", "updated_at")
        return (
            Message.objects.filter(merchant=self.shop).count(),
            TicketEvent.objects.filter(merchant=self.shop).count(),
            list(rows),
        )

    def has_tickets(self) -> bool:
        return bool(self.tickets())

    def tickets(self) -> list[Ticket]:
        if not hasattr(self, "shop"):
            return []
        rows = Ticket.objects.filter(merchant=self.shop).select_related("status", "customer").order_by("pk")
        return [self._mine(each) for each in rows]

    def ticket(self, which: int) -> Ticket:
        tickets = self.tickets()
        return tickets[which % len(tickets)]

    def _mine(self, ticket: Ticket) -> Ticket:
        ticket.merchant = self.shop
        return ticket

    def by(self, side: str, ticket: Ticket) -> Actor:
        customer = ticket.customer
        assert isinstance(customer, Customer)
        return {"member": by_member(customer), "staff": self.staff, "key": Actor("api_key", 1, "till")}.get(
            side, SYSTEM
        )


@pytest.mark.django_db
def test_rows_say_what_histories_amount_to_after_any_sequence_of_verbs() -> None:
    run_state_machine_as_test(
        TicketMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
