"""The desk when everybody comes at once. Real threads, real commits."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from aftersales.actions.deadlines import ring_deadlines
from aftersales.actions.desk import open_desk, publish_document, set_presence
from aftersales.actions.retargeting import retarget_open_tickets
from aftersales.errors import DraftOutdated
from aftersales.models import DeskVersion, DocumentKind, Ticket, TicketEvent, TicketStatus
from aftersales.rules.history import Kind
from customers.models import Customer
from merchants.clock import now
from merchants.models import SYSTEM, Actor, Merchant, StaffMember
from tests.aftersales.desk import a_ticket, an_agent, membership_of
from tests.aftersales.test_deadlines import always_open
from tests.aftersales.tickets import derived_is_rebuilt
from tests.cast import make_customer
from tests.races.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_round_robin_is_fair_when_twelve_customers_write_at_once(
    aroma: Merchant, ana: StaffMember, by_ana: Actor
) -> None:
    open_desk(aroma, by=by_ana)
    agents = [an_agent(aroma, name) for name in ("Lin", "Wang", "Zhao")]
    set_presence(aroma, membership_of(aroma, ana), is_present=False, by=by_ana)
    customers = [make_customer(aroma, name=f"C{n}") for n in range(12)]

    for _round in range(3):
        opened = all_at_once([partial(a_ticket, aroma, customer) for customer in customers])
        assert all(isinstance(ticket, Ticket) for ticket in opened), opened

    shares = Counter(Ticket.objects.filter(merchant=aroma).values_list("assignee", flat=True))
    assert sum(shares.values()) == 36
    assert set(shares) == {agent.pk for agent in agents}
    assert max(shares.values()) - min(shares.values()) <= 2, shares


def test_eight_bells_at_once_call_for_each_missed_deadline_once(
    aroma: Merchant, carla: Customer, by_ana: Actor
) -> None:
    always_open(aroma, by_ana)
    late = [a_ticket(aroma, carla, occurred_at=now(aroma) - timedelta(hours=1)) for _n in range(25)]

    answers = all_at_once([ring_deadlines] * 8)

    assert sum(answers) == 25, answers
    assert ring_deadlines() == 0
    assert TicketEvent.objects.filter(merchant=aroma, kind=Kind.ESCALATED).count() == 25
    assert set(Ticket.objects.filter(merchant=aroma).values_list("breaches", flat=True)) == {1}
    derived_is_rebuilt(late[0])


def test_a_desk_that_many_open_at_once_is_one_desk(aroma: Merchant, borough: Merchant) -> None:
    answers = all_at_once([partial(open_desk, aroma, by=SYSTEM)] * 8)
    assert sorted(answers) == [False] * 7 + [True]
    assert TicketStatus.objects.filter(merchant=aroma).count() == 6
    assert not TicketStatus.objects.filter(merchant=borough).exists()


def test_of_two_changes_to_the_same_version_one_is_published(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    open_desk(aroma, by=by_ana)
    ticket = a_ticket(aroma, carla)
    documents = [{"otherwise": {"first_response_minutes": minutes}} for minutes in (5, 6)]
    answers = all_at_once(
        [partial(publish_document, aroma, DocumentKind.SLA, each, by=by_ana, after=1) for each in documents]
        + [partial(retarget_open_tickets, aroma)]
    )
    assert [type(answer) for answer in answers].count(DraftOutdated) == 1
    assert list(DeskVersion.objects.filter(merchant=aroma, kind="sla").values_list("number", flat=True)) == [1, 2]
    retarget_open_tickets(aroma)
    found = Ticket.objects.get(merchant=aroma, pk=ticket.pk)
    assert found.first_response_target in (5, 6)
    derived_is_rebuilt(found)
