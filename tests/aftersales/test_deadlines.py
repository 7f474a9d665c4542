"""The minute's bell: what is due is called for, once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from aftersales.actions.deadlines import ring_deadlines, wake_snoozed
from aftersales.actions.desk import open_desk, publish_calendar, publish_document
from aftersales.actions.tickets import reply_to_ticket, set_ticket_status, snooze_ticket
from aftersales.models import DocumentKind, StatusCategory, Ticket, TicketEvent
from aftersales.queries.desk import default_status
from aftersales.rules.calendars import WEEKDAYS
from aftersales.rules.history import Kind
from aftersales.tasks import ring_deadlines as the_task
from aftersales.tasks import wake_snoozed as the_other_task
from customers.models import Customer
from events.actions.shops import create_sandbox, move_clock
from events.models import Event
from merchants.clock import now, world_now
from merchants.models import Actor, Merchant
from tests.aftersales.desk import a_ticket, as_it_is
from tests.aftersales.tickets import derived_is_rebuilt
from tests.cast import make_customer

HOUR = timedelta(hours=1)


def always_open(shop: Merchant, by: Actor, *, first: int = 30, then: int = 60, resolution: int = 240) -> None:
    """Around the clock, so that minutes are minutes."""
    open_desk(shop, by=by)
    week = {day: [["00:00", "24:00"]] for day in WEEKDAYS}
    publish_calendar(shop, code="default", name="Always", zone="UTC", weekly=week, days={}, by=by)
    promise = {"first_response_minutes": first, "next_response_minutes": then, "resolution_minutes": resolution}
    publish_document(shop, DocumentKind.SLA, {"otherwise": promise}, by=by)


def calls(ticket: Ticket) -> list[str]:
    events = TicketEvent.objects.filter(merchant=ticket.merchant, ticket=ticket, kind=Kind.ESCALATED)
    return [event.payload["deadline"] for event in events.order_by("sequence")]


@pytest.fixture
def long_ago(aroma: Merchant, by_ana: Actor) -> datetime:
    always_open(aroma, by_ana)
    return now(aroma) - timedelta(days=2)


def test_a_missed_deadline_is_called_for_once_however_often_the_bell_rings(
    aroma: Merchant, carla: Customer, long_ago: datetime
) -> None:
    ticket = a_ticket(aroma, carla, occurred_at=now(aroma) - HOUR)
    fresh = a_ticket(aroma, carla)

    assert ring_deadlines() == 1
    assert [ring_deadlines(), the_task(), ring_deadlines()] == [0, 0, 0]

    found = as_it_is(ticket)
    assert calls(found) == ["first_response"]
    assert (found.breaches, found.escalation_level) == (1, 1)
    assert found.next_due_at == found.resolution_due_at
    assert Event.objects.filter(merchant=aroma, type="aftersales.deadline_missed").count() == 1
    assert as_it_is(fresh).last_event == fresh.last_event
    derived_is_rebuilt(found)


def test_every_deadline_of_a_forgotten_ticket_is_called_for(
    aroma: Merchant, carla: Customer, by_ana: Actor, long_ago: datetime
) -> None:
    ticket = a_ticket(aroma, carla, occurred_at=long_ago)
    assert ring_deadlines() == 2
    assert calls(ticket) == ["first_response", "resolution"]
    assert as_it_is(ticket).next_due_at is None

    reply_to_ticket(as_it_is(ticket), body="抱歉，马上处理。", by=by_ana, reference="r1")
    assert ring_deadlines() == 0
    derived_is_rebuilt(as_it_is(ticket))


def test_a_deadline_that_was_met_or_stands_is_not_called_for(
    aroma: Merchant, carla: Customer, by_ana: Actor, long_ago: datetime
) -> None:
    answered = a_ticket(aroma, carla, occurred_at=now(aroma) - timedelta(minutes=40))
    reply_to_ticket(
        answered, body="在看了。", by=by_ana, reference="r1", occurred_at=now(aroma) - timedelta(minutes=20)
    )  # fmt: skip
    paused = a_ticket(aroma, carla, occurred_at=now(aroma) - timedelta(minutes=50))
    set_ticket_status(
        paused, default_status(aroma, StatusCategory.PAUSED), by=by_ana,
        occurred_at=now(aroma) - timedelta(minutes=45),
    )  # fmt: skip
    assert ring_deadlines() == 0
    assert [as_it_is(each).breaches for each in (answered, paused)] == [0, 0]


def test_a_shop_s_history_is_not_rung_for_another_s(
    aroma: Merchant, borough: Merchant, carla: Customer, rival_carla: Customer, by_ana: Actor, long_ago: datetime
) -> None:
    always_open(borough, by_ana, first=10_000, then=10_000, resolution=10_000)
    theirs = a_ticket(borough, rival_carla, occurred_at=long_ago)
    a_ticket(aroma, carla, occurred_at=now(aroma) - HOUR)
    assert ring_deadlines() == 1
    assert calls(theirs) == []


def test_a_sandbox_s_deadlines_come_by_its_own_clock(
    aroma: Merchant, carla: Customer, by_ana: Actor, long_ago: datetime
) -> None:
    twin = create_sandbox(aroma, by=by_ana)
    always_open(twin, by_ana)
    test, live = a_ticket(twin, make_customer(twin, name="Test")), a_ticket(aroma, carla)
    assert ring_deadlines() == 0

    twin = move_clock(twin, forward=HOUR, by=by_ana)

    assert ring_deadlines() == 1
    assert (calls(test), calls(live)) == (["first_response"], [])
    event = TicketEvent.objects.get(merchant=twin, kind=Kind.ESCALATED)
    assert event.occurred_at > world_now() + timedelta(minutes=50)


def test_a_snoozed_ticket_comes_back_when_its_time_has_come(
    aroma: Merchant, carla: Customer, by_ana: Actor, long_ago: datetime
) -> None:
    ticket, later = a_ticket(aroma, carla), a_ticket(aroma, carla)
    until = now(aroma) + HOUR
    snooze_ticket(ticket, until, by=by_ana)
    snooze_ticket(later, until + HOUR, by=by_ana)
    assert the_other_task() == 0
    assert wake_snoozed(until + timedelta(minutes=1)) == 1
    assert wake_snoozed(until + timedelta(minutes=1)) == 0
    assert as_it_is(ticket).snoozed_until is None
    assert as_it_is(later).snoozed_until == until + HOUR
