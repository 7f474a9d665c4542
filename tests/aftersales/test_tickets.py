"""Carla complains; Ben answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aftersales.actions.history import NewEvent, append_events
from aftersales.actions.tickets import (
    NewTicket,
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
from aftersales.errors import (
    MoveNotAllowed,
    NotAnAgent,
    ReopenTooLate,
    TicketNotSettled,
    TicketSettled,
)
from aftersales.models import Author, Message, StatusCategory, Ticket, TicketEvent
from aftersales.queries.desk import categories_of, default_status
from aftersales.queries.history import events_of, state_of
from aftersales.queries.tickets import (
    customers_with_open_complaint,
    get_member_ticket,
    get_ticket,
    has_open_complaint,
    member_tickets,
    suspected_duplicates,
    thread_of,
    whose_turn,
)
from aftersales.rules.history import Kind
from customers.models import Customer
from events.models import Event
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound, ReferenceConflict
from merchants.models import Actor, Membership, Merchant, StaffMember
from tests.aftersales.tickets import by_member, complaint, derived_is_rebuilt

pytestmark = pytest.mark.django_db


def test_a_member_opens_a_ticket_and_the_shop_owes_an_answer(aroma: Merchant, carla: Customer) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    assert (ticket.number, ticket.customer_id, ticket.status_category) == (1, carla.pk, "waiting_us")
    assert ticket.waiting_since == ticket.opened_at
    assert ticket.first_response_due_at is not None
    assert ticket.next_due_at == min(
        ticket.first_response_due_at, ticket.resolution_due_at or ticket.first_response_due_at
    )
    (said,) = Message.objects.filter(merchant=aroma, ticket=ticket)
    assert (said.author, said.author_name, said.is_note, said.body_text) == ("customer", "张三丰", False, "茶罐裂了")
    assert whose_turn(ticket).side == "us"
    facts = Event.objects.filter(merchant=aroma, type__startswith="aftersales.").order_by("pk")
    assert facts[0].type == "aftersales.ticket_opened"
    assert facts[0].about_id == carla.pk
    assert facts[0].payload["number"] == 1
    derived_is_rebuilt(ticket)


def test_the_same_reference_opens_once(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    first = open_ticket(aroma, complaint(carla, reference="r1"), by=by_member(carla))
    assert open_ticket(aroma, complaint(carla, reference="r1"), by=by_member(carla)).pk == first.pk
    with pytest.raises(ReferenceConflict):
        open_ticket(aroma, complaint(dario, reference="r1"), by=by_member(dario))
    assert Ticket.objects.filter(merchant=aroma).count() == 1
    assert Message.objects.filter(merchant=aroma).count() == 1


def test_shops_count_their_own_tickets(
    aroma: Merchant, borough: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    open_ticket(aroma, complaint(carla), by=by_member(carla))
    assert open_ticket(borough, complaint(rival_carla), by=by_member(rival_carla)).number == 1
    assert open_ticket(aroma, complaint(carla), by=by_member(carla)).number == 2
    with pytest.raises(NotFound):
        open_ticket(aroma, complaint(rival_carla), by=by_member(carla))


def test_an_answer_meets_the_first_response_and_makes_it_the_customer_s_turn(
    aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    reply_to_ticket(ticket, body="We send a new one.", by=by_ben)
    answered = get_ticket(aroma, number=1)
    assert answered.status_category == "waiting_customer"
    assert answered.first_response_at is not None
    assert answered.first_response_seconds is not None
    assert (answered.first_response_due_at, answered.waiting_since, answered.resolution_due_at) == (None, None, None)
    assert answered.assignee is not None
    assert answered.reply_count == 2
    assert whose_turn(answered).side == "customer"
    derived_is_rebuilt(answered)


def test_a_customer_s_reply_wakes_a_paused_and_snoozed_ticket(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    reply_to_ticket(ticket, body="Wait, please.", by=by_ben, then_status=default_status(aroma, "paused"))
    snooze_ticket(ticket, now(aroma) + timedelta(days=2), by=by_ben)
    reply_to_ticket(ticket, body="Still nothing", by=by_member(carla))
    woken = get_ticket(aroma, number=1)
    assert (woken.status_category, woken.snoozed_until) == ("waiting_us", None)
    assert woken.waiting_since is not None
    assert woken.next_response_due_at is not None
    derived_is_rebuilt(woken)


def test_saying_it_twice_says_it_once(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    said = reply_to_ticket(ticket, body="Hello", by=by_ben, reference="m1")
    assert reply_to_ticket(ticket, body="Hello", by=by_ben, reference="m1").pk == said.pk
    assert Message.objects.filter(merchant=aroma, ticket=ticket).count() == 2


def test_a_note_is_never_seen_by_the_customer(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    before = state_of(get_ticket(aroma, number=1))
    add_ticket_note(ticket, body="She is right", by=by_ben)
    seen = [item.message.body_text for item in thread_of(ticket, for_customer=True) if item.message]
    assert seen == ["茶罐裂了"]
    assert "She is right" in [item.message.body_text for item in thread_of(ticket) if item.message]
    after = state_of(get_ticket(aroma, number=1))
    assert (after.first_response_at, after.reply_count) == (before.first_response_at, 1)


def test_an_empty_message_is_refused_and_nothing_changes(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    for body in ("", "  \n", "<p> </p>"):
        with pytest.raises(InvalidValue):
            reply_to_ticket(ticket, body=body, by=by_ben)
    assert events_of(ticket).count() == get_ticket(aroma, number=1).last_event
    assert get_ticket(aroma, number=1).reply_count == 1


def test_what_staff_write_is_made_harmless_and_what_members_write_is_text(
    aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    ticket = open_ticket(aroma, complaint(carla, body="<b>broken</b>"), by=by_member(carla))
    reply_to_ticket(ticket, body='<p onclick="x()">Hi <a href="javascript:x()">you</a><img src=x></p>', by=by_ben)
    theirs, ours = Message.objects.filter(merchant=aroma, ticket=ticket).order_by("pk")
    assert theirs.body_html == "<p>&lt;b&gt;broken&lt;/b&gt;</p>"
    assert "onclick" not in ours.body_html
    assert "javascript" not in ours.body_html
    assert "<img" not in ours.body_html


def test_resolving_reopening_closing(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    with pytest.raises(TicketNotSettled):
        reopen_ticket(ticket, by=by_ben)
    resolved = resolve_ticket(ticket, by=by_ben)
    assert resolved.resolved_at is not None
    assert resolved.resolution_seconds is not None
    assert resolved.next_due_at is None
    again = reopen_ticket(ticket, by=by_member(carla), body="It broke again")
    assert (again.status_category, again.reopened_count, again.resolved_at) == ("waiting_us", 1, None)
    assert again.last_customer_at is not None
    closed = close_ticket(ticket, by=by_member(carla))
    assert closed.closed_at is not None
    assert close_ticket(ticket, by=by_member(carla)).last_event == closed.last_event
    kinds = list(
        Event.objects.filter(merchant=aroma, type__startswith="aftersales.ticket_").values_list("type", flat=True)
    )
    for kind in ("resolved", "reopened", "closed"):
        assert f"aftersales.ticket_{kind}" in kinds
    derived_is_rebuilt(closed)


def test_a_customer_may_not_resolve_nor_pause(aroma: Merchant, carla: Customer) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    for meaning in ("resolved", "paused", "waiting_customer"):
        with pytest.raises(MoveNotAllowed):
            set_ticket_status(ticket, default_status(aroma, meaning), by=by_member(carla))
    assert get_ticket(aroma, number=1).status_category == "waiting_us"


def test_after_the_time_to_reopen_a_customer_opens_a_new_one(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    past = now(aroma) - timedelta(days=60)
    ticket = open_ticket(aroma, complaint(carla, occurred_at=past), by=by_member(carla))
    resolve_ticket(ticket, by=by_ben, occurred_at=past + timedelta(days=1))
    for refused in (
        lambda: reply_to_ticket(ticket, body="Hello?", by=by_member(carla)),
        lambda: reopen_ticket(ticket, by=by_member(carla)),
    ):
        with pytest.raises(ReopenTooLate):
            refused()
    assert get_ticket(aroma, number=1).reply_count == 1
    new = open_ticket(aroma, complaint(carla, continues=ticket), by=by_member(carla))
    assert new.number == 2
    assert reopen_ticket(ticket, by=by_ben).status_category == "waiting_us"


def test_what_was_resolved_long_ago_is_closed(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    past = now(aroma) - timedelta(days=60)
    old = open_ticket(aroma, complaint(carla, occurred_at=past), by=by_member(carla))
    resolve_ticket(old, by=by_ben, occurred_at=past + timedelta(days=1))
    fresh = open_ticket(aroma, complaint(carla), by=by_member(carla))
    resolve_ticket(fresh, by=by_ben)
    assert close_resolved(aroma) == 1
    assert close_resolved(aroma) == 0
    assert get_ticket(aroma, id=old.pk).status_category == "closed"
    assert get_ticket(aroma, id=fresh.pk).status_category == "resolved"


def test_a_customer_never_closes_a_closed_ticket_by_writing_and_staff_open_it_first(
    aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    close_ticket(ticket, by=by_ben)
    with pytest.raises(TicketSettled):
        reply_to_ticket(ticket, body="One more thing", by=by_ben)
    with pytest.raises(TicketSettled):
        snooze_ticket(ticket, now(aroma) + timedelta(hours=1), by=by_ben)
    reply_to_ticket(ticket, body="It broke again", by=by_member(carla))
    assert get_ticket(aroma, number=1).status_category == "waiting_us"


def test_another_category_brings_its_own_promises(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    target = ticket.first_response_target
    other = categories_of(aroma).last()
    assert other is not None
    changed = change_ticket(ticket, by=by_ben, subject="  New   words ", category=other, priority="urgent")
    assert (changed.subject, changed.category_id, changed.priority_rank) == ("New words", other.pk, 0)
    assert changed.first_response_target != target
    before = changed.last_event
    assert change_ticket(ticket, by=by_ben, priority="urgent").last_event == before
    with pytest.raises(InvalidValue):
        change_ticket(ticket, by=by_ben, priority="whenever")
    derived_is_rebuilt(changed)


def test_only_people_who_may_work_on_tickets_get_them(
    aroma: Merchant, carla: Customer, by_ben: Actor, ben: StaffMember, kai: StaffMember
) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    mine = Membership.objects.get(merchant=aroma, staff=ben)
    with pytest.raises(NotAnAgent):
        assign_ticket(ticket, Membership.objects.get(merchant=aroma, staff=kai), by=by_ben)
    assert assign_ticket(ticket, mine, by=by_ben).assignee_id == mine.pk
    assert assign_ticket(ticket, None, by=by_ben).assignee_id is None


def test_snoozing_hides_until_a_moment_ahead(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    due = ticket.next_due_at
    for wrong in (now(aroma) - timedelta(hours=1), now(aroma) + timedelta(days=400)):
        with pytest.raises(InvalidValue):
            snooze_ticket(ticket, wrong, by=by_ben)
    snoozed = snooze_ticket(ticket, now(aroma) + timedelta(hours=1), by=by_ben)
    assert snoozed.snoozed_until is not None
    assert snoozed.next_due_at == due
    assert wake_ticket(ticket, by=by_ben).snoozed_until is None


def test_a_guest_has_a_ticket_too(aroma: Merchant) -> None:
    new = NewTicket(
        subject="Where is it?", body="My parcel", channel="guest", guest_name="Lu", guest_contact="lu@example.com"
    )
    ticket = open_ticket(aroma, new, by=Actor("member", None, "Lu"))
    assert ticket.customer_id is None
    event = Event.objects.get(merchant=aroma, type="aftersales.ticket_opened")
    assert (event.about_type, event.about_id) == ("aftersales.ticket", ticket.pk)
    with pytest.raises(InvalidValue):
        open_ticket(aroma, NewTicket(subject="x", body="y", channel="guest"), by=Actor("member", None, ""))


def test_an_open_complaint_is_known_to_others(aroma: Merchant, carla: Customer, dario: Customer, by_ben: Actor) -> None:
    assert not has_open_complaint(carla)
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    assert has_open_complaint(carla)
    assert list(customers_with_open_complaint(aroma)) == [carla]
    resolve_ticket(ticket, by=by_ben)
    assert not has_open_complaint(carla)
    assert not customers_with_open_complaint(aroma).exists()


def test_a_ticket_is_its_customer_s_alone(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer, rival_carla: Customer
) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    assert get_member_ticket(carla, ticket.pk) == ticket
    assert list(member_tickets(carla)) == [ticket]
    for other in (dario, rival_carla):
        with pytest.raises(NotFound):
            get_member_ticket(other, ticket.pk)
        assert not member_tickets(other).exists()
    with pytest.raises(NotFound):
        get_ticket(borough, id=ticket.pk)


def test_the_same_trouble_twice_is_suspected(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    first = open_ticket(aroma, complaint(carla, subject="茶罐收到时裂了"), by=by_member(carla))
    open_ticket(aroma, complaint(carla, subject="积分没有到账"), by=by_member(carla))
    open_ticket(aroma, complaint(dario, subject="茶罐收到时裂了"), by=by_member(dario))
    assert suspected_duplicates(aroma, carla, "收到的茶罐裂了") == [first]
    assert suspected_duplicates(aroma, None, "茶罐收到时裂了") == []


def test_history_never_goes_back_and_the_future_is_refused(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    with pytest.raises(InvalidValue):
        reply_to_ticket(ticket, body="Hello", by=by_ben, occurred_at=now(aroma) + timedelta(hours=1))
    late = append_events(ticket, [NewEvent(Kind.WOKE)], by=by_ben, at=ticket.opened_at - timedelta(days=1))
    last = TicketEvent.objects.filter(merchant=aroma, ticket=late).order_by("-sequence")[0]
    assert last.occurred_at == ticket.opened_at


def test_an_api_key_speaks_for_either_side(aroma: Merchant, carla: Customer) -> None:
    key = Actor("api_key", 1, "shop")
    ticket = open_ticket(aroma, complaint(carla), by=key)
    reply_to_ticket(ticket, body="On it", by=key)
    assert get_ticket(aroma, number=1).status_category == StatusCategory.WAITING_CUSTOMER
    reply_to_ticket(ticket, body="Thanks", by=key, author=Author.CUSTOMER)
    assert get_ticket(aroma, number=1).status_category == StatusCategory.WAITING_US
