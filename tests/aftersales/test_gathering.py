"""Tickets that belong together."""

from __future__ import annotations

import pytest

from aftersales.actions.gathering import link_tickets, merge_tickets, split_ticket, unlink_tickets, unmerge_ticket
from aftersales.actions.tickets import add_ticket_note, close_ticket, open_ticket, reply_to_ticket, set_ticket_status
from aftersales.errors import MergeNotPossible, NothingToSplit, NotMerged, TicketMergedAway, TicketSettled
from aftersales.models import Message, Ticket, TicketLink
from aftersales.queries.desk import default_status
from aftersales.queries.history import events_of
from aftersales.queries.tickets import family_of, get_ticket, links_of, member_tickets, thread_of
from customers.models import Customer
from events.models import Event
from merchants.models import Actor, Merchant
from tests.aftersales.tickets import by_member, complaint, derived_is_rebuilt

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(aroma: Merchant, carla: Customer) -> Ticket:
    return open_ticket(aroma, complaint(carla, body="first"), by=by_member(carla))


@pytest.fixture
def second(aroma: Merchant, carla: Customer) -> Ticket:
    return open_ticket(aroma, complaint(carla, body="second"), by=by_member(carla))


def said(ticket: Ticket) -> list[str]:
    return [item.message.body_text for item in thread_of(ticket) if item.message is not None]


def test_a_merged_ticket_goes_on_in_the_other(first: Ticket, second: Ticket, carla: Customer, by_ben: Actor) -> None:
    reply_to_ticket(first, body="We look into it", by=by_ben)
    survivor = merge_tickets(first, [second], by=by_ben)
    assert survivor.waiting_since == second.opened_at
    gone = get_ticket(first.merchant, id=second.pk)
    assert gone.merged_into_id == first.pk
    assert (gone.next_due_at, gone.due_at, gone.status_category) == (None, None, "waiting_us")
    assert said(survivor) == ["first", "second", "We look into it"]
    assert list(member_tickets(carla)) == [survivor]
    with pytest.raises(TicketMergedAway):
        reply_to_ticket(gone, body="Hello", by=by_ben)
    assert reply_to_ticket(gone, body="And?", by=by_member(carla)).ticket_id == first.pk
    for ticket in (survivor, gone):
        derived_is_rebuilt(ticket)


def test_unmerging_takes_nothing_apart(first: Ticket, second: Ticket, carla: Customer, by_ben: Actor) -> None:
    before = get_ticket(first.merchant, id=second.pk)
    merge_tickets(first, [second], by=by_ben)
    third = open_ticket(first.merchant, complaint(carla, body="third"), by=by_member(carla))
    merge_tickets(third, [first], by=by_ben)
    assert {each.pk for each in family_of(third)} == {first.pk, second.pk, third.pk}
    unmerge_ticket(first, by=by_ben)
    assert said(get_ticket(first.merchant, id=third.pk)) == ["third"]
    assert said(get_ticket(first.merchant, id=first.pk)) == ["first", "second"]
    again = unmerge_ticket(second, by=by_ben)
    assert again.status_category == before.status_category
    assert again.first_response_due_at is not None
    with pytest.raises(NotMerged):
        unmerge_ticket(second, by=by_ben)
    for ticket in (first, second, third):
        derived_is_rebuilt(ticket)


def test_tickets_of_two_people_are_never_merged(
    first: Ticket, second: Ticket, dario: Customer, rival_carla: Customer, borough: Merchant, by_ben: Actor
) -> None:
    theirs = open_ticket(first.merchant, complaint(dario), by=by_member(dario))
    rival = open_ticket(borough, complaint(rival_carla), by=by_member(rival_carla))
    for others in ([theirs], [second, theirs], [first], []):
        with pytest.raises(MergeNotPossible):
            merge_tickets(first, others, by=by_ben)
    with pytest.raises(Exception, match="not_found"):
        merge_tickets(first, [rival], by=by_ben)
    assert not Ticket.objects.filter(merchant=first.merchant, merged_into__isnull=False).exists()


def test_an_open_ticket_does_not_vanish_into_a_closed_one(first: Ticket, second: Ticket, by_ben: Actor) -> None:
    close_ticket(first, by=by_ben)
    with pytest.raises(TicketSettled):
        merge_tickets(first, [second], by=by_ben)
    merge_tickets(second, [first], by=by_ben)
    with pytest.raises(TicketMergedAway):
        merge_tickets(second, [first], by=by_ben)
    with pytest.raises(TicketMergedAway):
        set_ticket_status(first, default_status(first.merchant, "waiting_us"), by=by_ben)


def test_another_concern_becomes_a_ticket_of_its_own(first: Ticket, carla: Customer, by_ben: Actor) -> None:
    asked = reply_to_ticket(first, body="And where are my points?", by=by_member(carla))
    note = add_ticket_note(first, body="Points were held", by=by_ben)
    for wrong in (
        [],
        [note.pk],
        [10**9],
        list(Message.objects.filter(merchant=first.merchant).values_list("pk", flat=True)),
    ):
        with pytest.raises(NothingToSplit):
            split_ticket(first, wrong, "Points", by=by_ben)
    assert Ticket.objects.filter(merchant=first.merchant).count() == 1
    new = split_ticket(first, [asked.pk, note.pk], "Points", by=by_ben, reference="s1")
    assert split_ticket(first, [asked.pk, note.pk], "Points", by=by_ben, reference="s1").pk == new.pk
    assert said(new) == ["And where are my points?", "Points were held"]
    assert said(get_ticket(first.merchant, id=first.pk)) == ["first", "And where are my points?", "Points were held"]
    assert links_of(new)[0][0] == first
    assert TicketLink.objects.filter(merchant=first.merchant).count() == 1
    assert Event.objects.filter(merchant=first.merchant, type="aftersales.ticket_split").count() == 1
    assert new.customer_id == carla.pk
    for ticket in (first, new):
        derived_is_rebuilt(ticket)


def test_a_link_is_made_once_in_whichever_direction(first: Ticket, second: Ticket, by_ben: Actor) -> None:
    link_tickets(first, second, by=by_ben)
    told = events_of(first).count()
    link_tickets(second, first, by=by_ben)
    assert events_of(first).count() == told
    assert [each for each, _kind in links_of(second)] == [first]
    unlink_tickets(second, first, by=by_ben)
    unlink_tickets(second, first, by=by_ben)
    assert links_of(first) == []
    with pytest.raises(MergeNotPossible):
        link_tickets(first, first, by=by_ben)
