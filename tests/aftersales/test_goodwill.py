"""Goodwill: a decision and its posting, within budgets that hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aftersales.actions.desk import open_desk, publish_document
from aftersales.actions.goodwill import approve_grant, decline_grant, decline_lapsed_grants, grant_goodwill
from aftersales.actions.tickets import open_ticket
from aftersales.errors import (
    CustomerBudgetSpent,
    GoodwillDecided,
    GoodwillNeedsMember,
    GoodwillNotYours,
    GoodwillSecondPerson,
    GoodwillTooMuch,
    ShopBudgetSpent,
    StaffBudgetSpent,
    TicketBudgetSpent,
    TicketMergedAway,
)
from aftersales.models import GoodwillUse, Grant, Ticket, TicketEvent
from aftersales.queries.goodwill import get_grant, goodwill_given, room_for, signals_of
from aftersales.rules.limits import LimitsDocument
from customers.models import Customer
from events.models import Event
from loyalty.actions.nights import reconcile
from loyalty.models import Entry
from loyalty.queries.balances import balance_of
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound, ReferenceConflict
from merchants.models import SYSTEM, Actor, Merchant, StaffMember
from tests.aftersales.tickets import by_member, complaint, derived_is_rebuilt
from tests.cast import make_staff


@pytest.fixture
def cracked(aroma: Merchant, carla: Customer) -> Ticket:
    return open_ticket(aroma, complaint(carla), by=by_member(carla))


def allow(shop: Merchant, **changes: Any) -> None:
    """The usual limits with `changes`."""
    open_desk(shop, by=SYSTEM)
    document = LimitsDocument().model_dump(mode="json") | changes
    publish_document(shop, "limits", document, note="", by=SYSTEM)


def budgets(shop: Merchant) -> dict[str, int]:
    return dict(GoodwillUse.objects.filter(merchant=shop).values_list("scope", "points"))


def test_points_within_ones_own_limit_are_on_the_account_at_once(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor
) -> None:
    grant = grant_goodwill(cracked, points=200, reason="damaged", note="Third tin", by=by_ben, reference="r1")

    assert (grant.state, grant.n, grant.needs_second) == ("posted", 1, False)
    assert grant.entry is not None
    assert (grant.entry.reference, grant.entry.kind, grant.entry.points) == (
        f"ticket:{cracked.number}:1",
        "goodwill",
        200,
    )
    assert "Third tin" not in grant.entry.reason
    assert balance_of(carla).active == 200
    assert budgets(aroma) == {"ticket": 200, "customer": 200, "staff": 200, "shop": 200}
    assert Event.objects.filter(merchant=aroma, type="aftersales.goodwill_granted", about_id=carla.pk).count() == 1
    assert TicketEvent.objects.filter(merchant=aroma, ticket=cracked, kind="granted").count() == 1
    derived_is_rebuilt(cracked)


def test_the_same_reference_gives_once(aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor) -> None:
    first = grant_goodwill(cracked, points=100, reason="late", by=by_ben, reference="r1")

    assert grant_goodwill(cracked, points=100, reason="late", by=by_ben, reference="r1").pk == first.pk
    with pytest.raises(ReferenceConflict):
        grant_goodwill(cracked, points=101, reason="late", by=by_ben, reference="r1")
    assert balance_of(carla).active == 100
    assert budgets(aroma)["shop"] == 100
    assert grant_goodwill(cracked, points=100, reason="late", by=by_ben, reference="r2").n == 2


def test_more_than_one_may_give_alone_waits_for_somebody_else(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, by_ana: Actor
) -> None:
    asked = grant_goodwill(cracked, points=301, reason="quality", by=by_ben, reference="r1")
    assert (asked.state, asked.entry_id, balance_of(carla).active) == ("waiting", None, 0)
    assert budgets(aroma)["shop"] == 301  # promised already
    with pytest.raises(GoodwillSecondPerson):
        approve_grant(get_grant(aroma, asked.pk), by=by_ben)
    assert balance_of(carla).active == 0

    approve_grant(get_grant(aroma, asked.pk), by=by_ana, note="Fair")

    assert balance_of(carla).active == 301
    assert budgets(aroma)["shop"] == 301
    with pytest.raises(GoodwillDecided):
        approve_grant(get_grant(aroma, asked.pk), by=by_ana)
    with pytest.raises(GoodwillDecided):
        decline_grant(get_grant(aroma, asked.pk), by=by_ana)
    assert balance_of(carla).active == 301
    assert reconcile(aroma).faults == []


def test_the_database_itself_refuses_one_person_deciding_alone(
    aroma: Merchant, cracked: Ticket, by_ben: Actor, ben: StaffMember
) -> None:
    asked = grant_goodwill(cracked, points=301, reason="quality", by=by_ben, reference="r1")

    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(merchant=aroma, pk=asked.pk).update(decided_by_id_kept=ben.pk)


def test_a_declined_grant_gives_its_points_back_to_the_budgets(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, by_ana: Actor
) -> None:
    asked = grant_goodwill(cracked, points=900, reason="gesture", by=by_ben, reference="r1")

    decline_grant(get_grant(aroma, asked.pk), by=by_ana, note="Too much for a scratch")

    assert get_grant(aroma, asked.pk).state == "declined"
    assert set(budgets(aroma).values()) == {0}
    assert not Entry.objects.filter(merchant=aroma, account__customer=carla).exists()


def test_what_nobody_decides_is_declined_after_its_days(aroma: Merchant, cracked: Ticket, by_ben: Actor) -> None:
    asked = grant_goodwill(cracked, points=900, reason="gesture", by=by_ben, reference="r1")
    assert decline_lapsed_grants(aroma) == 0

    Grant.objects.filter(merchant=aroma, pk=asked.pk).update(asked_at=now(aroma) - timedelta(days=7, minutes=1))

    assert decline_lapsed_grants(aroma) == 1
    assert get_grant(aroma, asked.pk).state == "declined"
    assert set(budgets(aroma).values()) == {0}
    assert decline_lapsed_grants(aroma) == 0


def refused(shop: Merchant, member: Customer) -> bool:
    """Nothing moved: no grant, no points; what was taken before a refusal is rolled back."""
    return (
        not Grant.objects.filter(merchant=shop).exists()
        and balance_of(member).active == 0
        and not any(budgets(shop).values())
    )


@pytest.mark.parametrize(
    ("limit", "error", "left"),
    [
        ({"per_ticket": 99}, TicketBudgetSpent, 99),
        ({"per_customer_month": 98}, CustomerBudgetSpent, 98),
        ({"shop_month": 97}, ShopBudgetSpent, 97),
        ({"roles": {"support": {"per_grant": 500, "per_month": 96, "second_above": 300}}}, StaffBudgetSpent, 96),
    ],
    ids=["ticket", "member", "shop", "person"],
)
def test_no_budget_is_passed(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, limit: dict[str, Any], error: Any, left: int
) -> None:
    allow(aroma, **limit)

    with pytest.raises(error) as refusal:
        grant_goodwill(cracked, points=100, reason="late", by=by_ben, reference="r1")

    assert refusal.value.details["left"] == left
    assert refused(aroma, carla)
    assert grant_goodwill(cracked, points=left, reason="late", by=by_ben, reference="r2").state == "posted"
    with pytest.raises(error):
        grant_goodwill(cracked, points=1, reason="late", by=by_ben, reference="r3")
    assert balance_of(carla).active == left


def test_a_role_has_a_limit_at_once_and_some_roles_give_nothing(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, kai: StaffMember
) -> None:
    with pytest.raises(GoodwillTooMuch) as refusal:
        grant_goodwill(cracked, points=1001, reason="late", by=by_ben, reference="r1")
    assert refusal.value.details["most"] == 1000
    for by in (Actor("staff", kai.pk, "Kai"), by_member(carla), SYSTEM):
        with pytest.raises(GoodwillNotYours):
            grant_goodwill(cracked, points=1, reason="late", by=by, reference="r1")
    stranger = make_staff("eve@elsewhere.example", "Eve")
    with pytest.raises(GoodwillNotYours):
        grant_goodwill(cracked, points=1, reason="late", by=Actor("staff", stranger.pk, "Eve"), reference="r1")
    assert refused(aroma, carla)


def test_guests_and_merged_tickets_get_no_points(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor
) -> None:
    guest = open_ticket(aroma, complaint(None, guest_contact="gast@example.com"), by=SYSTEM)
    with pytest.raises(GoodwillNeedsMember):
        grant_goodwill(guest, points=1, reason="late", by=by_ben, reference="r1")
    other = open_ticket(aroma, complaint(carla, subject="Again"), by=by_member(carla))
    Ticket.objects.filter(merchant=aroma, pk=other.pk).update(merged_into=cracked)
    with pytest.raises(TicketMergedAway):
        grant_goodwill(other, points=1, reason="late", by=by_ben, reference="r1")
    for points, reason in ((0, "late"), (-5, "late"), (5, "whim")):
        with pytest.raises(InvalidValue):
            grant_goodwill(cracked, points=points, reason=reason, by=by_ben, reference="r1")
    assert refused(aroma, carla)


def test_the_room_says_what_can_still_be_given(
    aroma: Merchant, cracked: Ticket, by_ben: Actor, kai: StaffMember
) -> None:
    allow(aroma, per_ticket=600)
    grant_goodwill(cracked, points=250, reason="late", by=by_ben, reference="r1")

    room = room_for(cracked, by=by_ben)

    assert room is not None
    assert (room.most, room.alone) == (350, 300)
    assert room.used == {"ticket": 250, "customer": 250, "staff": 250, "shop": 250}
    assert room_for(cracked, by=Actor("staff", kai.pk, "Kai")) is None


def test_many_grants_and_tickets_stand_out(
    aroma: Merchant, carla: Customer, dario: Customer, cracked: Ticket, by_ben: Actor, by_ana: Actor
) -> None:
    for n in range(3):
        grant_goodwill(cracked, points=10, reason="late", by=by_ben, reference=f"r{n}")
    for n in range(4):
        open_ticket(aroma, complaint(carla, subject=f"Again {n}"), by=by_member(carla))

    assert [(each.kind, each.count) for each in signals_of(carla)] == [("grants", 3), ("tickets", 5)]
    assert signals_of(dario) == []
    assert goodwill_given(carla).posted == 30


def test_a_rivals_grant_is_not_found(aroma: Merchant, borough: Merchant, cracked: Ticket, by_ben: Actor) -> None:
    grant = grant_goodwill(cracked, points=10, reason="late", by=by_ben, reference="r1")

    with pytest.raises(NotFound):
        get_grant(borough, grant.pk)
