"""Who gets a ticket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aftersales.actions.assigning import pick_assignee
from aftersales.actions.desk import add_category, hand_over_customers, set_advisor, set_agent, set_presence
from aftersales.errors import CoverLoop, NotAnAgent
from aftersales.models import Advisor, Agent, AssignReason, Ticket
from aftersales.queries.desk import categories_of
from aftersales.queries.people import advisor_of, agents_of, get_worker
from customers.models import Customer
from events.actions.shops import create_sandbox
from events.actions.team import remove_staff
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound
from merchants.models import SYSTEM, Actor, Membership, Merchant, StaffMember
from tests.aftersales.desk import a_ticket, an_agent, as_it_is, membership_of
from tests.aftersales.tickets import derived_is_rebuilt
from tests.cast import make_customer


@pytest.fixture
def owner(aroma: Merchant, ana: StaffMember) -> Membership:
    return membership_of(aroma, ana)


@pytest.fixture
def only_lin(aroma: Merchant, owner: Membership, by_ana: Actor) -> Membership:
    """Lin is there; the owner is not."""
    lin = an_agent(aroma, "Lin")
    set_presence(aroma, owner, is_present=False, by=by_ana)
    return lin


def test_tickets_go_round_among_those_present(
    aroma: Merchant, borough: Merchant, carla: Customer, only_lin: Membership
) -> None:
    wang = an_agent(aroma, "Wang")
    takers = [a_ticket(aroma, carla).assignee_id or 0 for _n in range(6)]
    assert sorted(takers[:2]) == sorted(takers[2:4]) == sorted([only_lin.pk, wang.pk])
    assert takers.count(wang.pk) == 3
    assert not Agent.objects.filter(merchant=borough).exists()


def test_only_those_who_have_the_skill_are_asked(
    aroma: Merchant, carla: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    wang = an_agent(aroma, "Wang")
    set_agent(aroma, wang, skills=[" English ", "english", "退款"], cover=None, most_open=30, by=by_ana)
    add_category(aroma, name="Abroad", skill="English", by=by_ana)
    assert Agent.objects.get(merchant=aroma, membership=wang).skills == ["english", "退款"]
    assert [a_ticket(aroma, carla, category_code="abroad").assignee_id for _n in range(3)] == [wang.pk] * 3

    set_presence(aroma, wang, is_present=False, by=by_ana)
    category = categories_of(aroma).get(code="abroad")
    picked = pick_assignee(aroma, customer=None, category=category, at=now(aroma))
    assert picked == (None, AssignReason.NOBODY_SKILLED)


def test_whoever_has_as_many_as_they_take_is_passed_by(
    aroma: Merchant, carla: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    set_agent(aroma, only_lin, skills=[], cover=None, most_open=2, by=by_ana)
    takers = [a_ticket(aroma, carla).assignee_id for _n in range(3)]
    assert takers == [only_lin.pk, only_lin.pk, None]
    picked = pick_assignee(aroma, customer=carla, category=categories_of(aroma)[0], at=now(aroma))
    assert picked == (None, AssignReason.EVERYBODY_FULL)


def test_nobody_present_leaves_the_ticket_to_whoever_comes(
    aroma: Merchant, carla: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    set_presence(aroma, only_lin, is_present=False, by=by_ana)
    ticket = a_ticket(aroma, carla)
    assert ticket.assignee_id is None
    picked = pick_assignee(aroma, customer=carla, category=ticket.category, at=now(aroma))
    assert picked == (None, AssignReason.NOBODY_HERE)


def test_an_absence_with_an_end_is_over_by_itself(
    aroma: Merchant, carla: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    back = now(aroma) + timedelta(hours=2)
    set_presence(aroma, only_lin, is_present=False, until=back, by=by_ana)
    category = a_ticket(aroma, carla).category
    assert pick_assignee(aroma, customer=carla, category=category, at=back - timedelta(minutes=1))[0] is None
    assert pick_assignee(aroma, customer=carla, category=category, at=back)[0] == only_lin
    with pytest.raises(InvalidValue):
        set_presence(aroma, only_lin, is_present=False, until=now(aroma) - timedelta(hours=1), by=by_ana)


def test_the_dedicated_advisor_comes_first_and_their_cover_when_they_are_away(
    aroma: Merchant, carla: Customer, dario: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    wang, zhao = an_agent(aroma, "Wang"), an_agent(aroma, "Zhao")
    set_advisor(carla, wang, by=by_ana)
    set_agent(aroma, wang, skills=[], cover=zhao, most_open=1, by=by_ana)
    first = [a_ticket(aroma, carla) for _n in range(2)]
    assert [(each.assignee_id, each.advisor_id) for each in first] == [(wang.pk, wang.pk)] * 2, "however many they have"

    set_presence(aroma, wang, is_present=False, by=by_ana)
    category = first[0].category
    assert pick_assignee(aroma, customer=carla, category=category, at=now(aroma)) == (zhao, AssignReason.COVER)

    set_presence(aroma, zhao, is_present=False, by=by_ana)
    assert pick_assignee(aroma, customer=carla, category=category, at=now(aroma)) == (
        only_lin,
        AssignReason.ROUND_ROBIN,
    )
    assert a_ticket(aroma, dario).advisor_id is None


def test_people_who_cover_for_each_other_in_a_circle_end_nowhere(
    aroma: Merchant, carla: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    wang, zhao = an_agent(aroma, "Wang"), an_agent(aroma, "Zhao")
    for one, other in ((wang, zhao), (zhao, wang)):
        set_agent(aroma, one, skills=[], cover=other, most_open=30, by=by_ana)
        set_presence(aroma, one, is_present=False, by=by_ana)
    set_advisor(carla, wang, by=by_ana)
    assert a_ticket(aroma, carla).assignee_id == only_lin.pk
    with pytest.raises(CoverLoop):
        set_agent(aroma, wang, skills=[], cover=wang, most_open=30, by=by_ana)


def test_a_new_advisor_is_told_to_the_customer_s_open_tickets(
    aroma: Merchant, carla: Customer, dario: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    wang = an_agent(aroma, "Wang")
    ticket, others = a_ticket(aroma, carla), a_ticket(aroma, dario)
    set_advisor(carla, wang, by=by_ana)
    found = as_it_is(ticket)
    assert (found.advisor_id, found.assignee_id) == (wang.pk, ticket.assignee_id)
    assert as_it_is(others).last_event == others.last_event
    derived_is_rebuilt(found)

    set_advisor(dario, only_lin, by=by_ana)
    assert hand_over_customers(aroma, wang, to=only_lin, by=by_ana) == 1
    assert [advisor_of(each).membership for each in (carla, dario)] == [only_lin, only_lin]  # type: ignore[union-attr]
    assert set_advisor(carla, None, by=by_ana) is None
    assert Advisor.objects.filter(merchant=aroma).count() == 1


def test_advisors_and_covers_are_people_of_the_shop_who_may_work_on_tickets(
    aroma: Merchant, borough: Merchant, carla: Customer, kai: StaffMember, only_lin: Membership, by_ana: Actor
) -> None:
    rhea, cashier = Membership.objects.get(merchant=borough), membership_of(aroma, kai)
    for stranger in (rhea, cashier):
        with pytest.raises(NotAnAgent):
            set_advisor(carla, stranger, by=by_ana)
        with pytest.raises(NotAnAgent):
            set_agent(aroma, only_lin, skills=[], cover=stranger, most_open=30, by=by_ana)
        with pytest.raises(NotAnAgent):
            set_presence(aroma, stranger, is_present=False, by=by_ana)
        with pytest.raises(NotFound):
            get_worker(aroma, stranger.pk)
    assert advisor_of(carla) is None
    assert cashier.pk not in {each.membership.pk for each in agents_of(aroma)}


def test_the_live_team_works_in_the_sandbox_and_is_weighed_by_its_tickets(
    aroma: Merchant, carla: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    twin = create_sandbox(aroma, by=by_ana)
    tester = make_customer(twin, name="Test")
    a_ticket(aroma, carla)
    ticket = a_ticket(twin, tester)
    set_advisor(tester, only_lin, by=SYSTEM)
    assert ticket.assignee_id == as_it_is(ticket).advisor_id == only_lin.pk
    assert [each.open_tickets for each in agents_of(twin) if each.membership == only_lin] == [1]
    assert Ticket.objects.filter(merchant=twin).count() == 1


def test_whoever_leaves_the_team_leaves_tickets_and_customers_to_the_others(
    aroma: Merchant, carla: Customer, only_lin: Membership, by_ana: Actor
) -> None:
    set_advisor(carla, only_lin, by=by_ana)
    ticket = a_ticket(aroma, carla)
    wang = an_agent(aroma, "Wang")
    set_agent(aroma, wang, skills=[], cover=only_lin, most_open=30, by=by_ana)

    remove_staff(only_lin, by=by_ana)

    assert as_it_is(ticket).assignee_id is None
    assert advisor_of(carla) is None
    assert Agent.objects.get(merchant=aroma, membership=wang).cover_id is None
    assert a_ticket(aroma, carla).assignee_id == wang.pk
