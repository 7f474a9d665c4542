"""Post-mortems: written once, owned by somebody, and checked on their day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from aftersales.actions.post_mortems import (
    Learnt,
    change_post_mortem,
    check_effect,
    finish_preventive_action,
    ring_effect_checks,
    write_post_mortem,
)
from aftersales.actions.tickets import open_ticket
from aftersales.errors import PostMortemExists, PostMortemNotOpen
from aftersales.models import PostMortem, RootCause, Ticket, TicketEvent
from aftersales.queries.desk import causes_of
from aftersales.queries.post_mortems import cause_names, effect_known, effect_of, get_post_mortem
from aftersales.tasks import ring_effect_checks as hourly
from customers.models import Customer
from events.models import Event
from loyalty.actions.purchases import record_orders
from merchants.clock import now, today
from merchants.errors import InvalidValue, InvalidValues, NotFound
from merchants.models import SYSTEM, Actor, Membership, Merchant
from tests.aftersales.tickets import by_member, complaint, derived_is_rebuilt
from tests.cast import a_purchase


@pytest.fixture
def cracked(aroma: Merchant, carla: Customer) -> Ticket:
    return open_ticket(aroma, complaint(carla, category_code="damaged"), by=by_member(carla))


@pytest.fixture
def learnt(aroma: Merchant, cracked: Ticket, by_ben: Actor) -> Learnt:
    day = today(aroma)
    return Learnt(
        cause=RootCause.objects.filter(merchant=aroma, parent__isnull=False).order_by("pk")[0],
        summary="外箱太薄，三周内碎了五只茶罐。",
        action="改用双瓦楞纸箱，四角加泡沫。",
        owner=Membership.objects.select_related("staff").get(merchant=aroma, staff_id=by_ben.id),
        due_on=day + timedelta(days=3),
        check_on=day + timedelta(days=33),
        cost_points=600,
        cost_minor=12800,
        minutes=90,
    )


def orders(shop: Merchant, member: Customer, many: int, *, days_ago: float) -> None:
    at = now(shop) - timedelta(days=days_ago)
    record_orders(
        shop, [a_purchase(f"{days_ago}-{n}", member, at=at + timedelta(minutes=n)) for n in range(many)], by=SYSTEM
    )


def tickets(shop: Merchant, member: Customer, many: int, *, days_ago: float, **more: Any) -> None:
    at = now(shop) - timedelta(days=days_ago)
    for n in range(many):
        wanted = complaint(member, category_code="damaged", occurred_at=at + timedelta(minutes=n), **more)
        open_ticket(shop, wanted, by=by_member(member))


def test_a_ticket_has_one_post_mortem_and_its_history_says_so(
    aroma: Merchant, cracked: Ticket, learnt: Learnt, by_ben: Actor
) -> None:
    written = write_post_mortem(cracked, learnt, by=by_ben)

    assert (written.state, written.owner_name, written.written_by) == ("open", "Ben", "Ben")
    assert TicketEvent.objects.filter(merchant=aroma, ticket=cracked, kind="post_mortem_written").count() == 1
    assert Event.objects.get(merchant=aroma, type="aftersales.post_mortem_written").payload["number"] == cracked.number
    with pytest.raises(PostMortemExists):
        write_post_mortem(cracked, learnt, by=by_ben)
    assert PostMortem.objects.filter(merchant=aroma).count() == 1
    derived_is_rebuilt(cracked)


def test_what_cannot_be_is_refused_field_by_field(
    aroma: Merchant, borough: Merchant, cracked: Ticket, learnt: Learnt, by_ben: Actor
) -> None:
    stranger = Membership.objects.select_related("staff").get(merchant=borough)
    wrong = replace(learnt, summary=" ", action="", owner=stranger, cost_minor=-1, check_on=learnt.due_on)

    with pytest.raises(InvalidValues) as refusal:
        write_post_mortem(cracked, wrong, by=by_ben)

    assert {fault.field for fault in refusal.value.faults} == {"summary", "action", "owner", "cost_minor", "check_on"}
    assert not PostMortem.objects.filter(merchant=aroma).exists()


def test_the_check_rings_on_its_day_and_compares_equal_windows(
    aroma: Merchant, carla: Customer, cracked: Ticket, learnt: Learnt, by_ben: Actor
) -> None:
    tickets(aroma, carla, 6, days_ago=35)
    tickets(aroma, carla, 1, days_ago=5)
    tickets(aroma, carla, 1, days_ago=300)
    orders(aroma, carla, 30, days_ago=36)
    orders(aroma, carla, 40, days_ago=6)
    day = today(aroma)
    plan = replace(learnt, due_on=day - timedelta(days=25), check_on=day)
    written = write_post_mortem(cracked, plan, by=by_ben)
    finish_preventive_action(written, occurred_at=now(aroma) - timedelta(days=21))

    assert ring_effect_checks(aroma) == 1

    found = get_post_mortem(aroma, written.pk)
    assert found.state == "checked"
    assert found.window_days == 20  # whole days up to the midnight of the check
    assert found.effect is not None
    assert found.effect["tickets_before"] == 6
    assert found.effect["tickets_after"] == 1
    assert (found.rate_before, found.rate_after) == (Decimal(200), Decimal(25))
    fact = Event.objects.get(merchant=aroma, type="aftersales.effect_checked")
    assert fact.payload["verdict"] == found.effect["verdict"] == "fewer"
    assert ring_effect_checks(aroma) == 0
    with pytest.raises(PostMortemNotOpen):
        change_post_mortem(found, plan)
    tickets(aroma, carla, 3, days_ago=4)
    known = effect_known(found)
    assert known is not None
    assert known.found.tickets_after == 1  # as it was found


def test_the_hourly_clock_finds_the_shop(aroma: Merchant, cracked: Ticket, learnt: Learnt, by_ben: Actor) -> None:
    day = today(aroma)
    plan = replace(learnt, due_on=day - timedelta(days=25), check_on=day)
    written = write_post_mortem(cracked, plan, by=by_ben)
    assert hourly() == 1
    assert hourly() == 0

    # Undone by its day: pointed out, nothing compared, and finishing it asks for a new day.
    found = get_post_mortem(aroma, written.pk)
    assert (found.state, found.rate_before) == ("open", None)
    assert Event.objects.get(merchant=aroma, type="aftersales.effect_checked").payload["verdict"] == "not_done"
    with pytest.raises(InvalidValue):
        finish_preventive_action(found)
    done = finish_preventive_action(found, check_on=day + timedelta(days=30))
    assert (done.state, done.rung_at) == ("done", None)
    assert effect_of(done) is None
    assert hourly() == 0


def test_an_action_is_finished_once_and_the_plan_can_be_changed_until_the_check(
    aroma: Merchant, cracked: Ticket, learnt: Learnt, by_ben: Actor
) -> None:
    written = write_post_mortem(cracked, learnt, by=by_ben)
    finish_preventive_action(written)
    with pytest.raises(PostMortemNotOpen):
        finish_preventive_action(written)

    change_post_mortem(written, replace(learnt, minutes=120))

    assert get_post_mortem(aroma, written.pk).minutes == 120


def test_merged_tickets_and_recoveries_are_no_new_concern(
    aroma: Merchant, carla: Customer, cracked: Ticket, learnt: Learnt, by_ben: Actor
) -> None:
    orders(aroma, carla, 10, days_ago=12)
    orders(aroma, carla, 10, days_ago=2)
    tickets(aroma, carla, 2, days_ago=2)
    Ticket.objects.filter(merchant=aroma).exclude(pk=cracked.pk).update(merged_into=cracked)
    tickets(aroma, carla, 1, days_ago=2, recovers=cracked)
    written = write_post_mortem(cracked, learnt, by=by_ben)
    finish_preventive_action(written, occurred_at=now(aroma) - timedelta(days=9, hours=23))

    checked = check_effect(written)

    # The ticket itself was opened a moment ago, after the last whole day of the window.
    assert checked.effect is not None
    assert (checked.effect["tickets_before"], checked.effect["tickets_after"]) == (0, 0)
    assert checked.effect["verdict"] == "unknown"


def test_causes_are_named_from_the_top(aroma: Merchant, cracked: Ticket) -> None:
    names = cause_names(causes_of(aroma))

    child = RootCause.objects.filter(merchant=aroma, parent__isnull=False).select_related("parent")[0]
    assert child.parent is not None
    assert names[child.pk] == f"{child.parent.name} › {child.name}"


def test_a_rivals_post_mortem_is_not_found(
    aroma: Merchant, borough: Merchant, cracked: Ticket, learnt: Learnt, by_ben: Actor
) -> None:
    written = write_post_mortem(cracked, learnt, by=by_ben)

    with pytest.raises(NotFound):
        get_post_mortem(borough, written.pk)
