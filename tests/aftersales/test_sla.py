"""What customers are promised, and what open tickets make of a new promise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aftersales.actions.desk import open_desk, publish_calendar, publish_document
from aftersales.actions.retargeting import retarget_open_tickets
from aftersales.actions.tickets import reply_to_ticket, set_ticket_status
from aftersales.errors import DraftOutdated
from aftersales.models import CalendarVersion, DeskVersion, DocumentKind, StatusCategory, Ticket
from aftersales.queries.desk import calendar_version, default_status, find_document
from aftersales.queries.retargeting import Deadlines, deadlines_of, preview_calendar, preview_sla
from aftersales.rules.calendars import WEEKDAYS, BusinessCalendar
from aftersales.rules.sla import SlaDocument, SlaRule, rule_for, targets_for
from customers.models import Customer
from events.actions.delivering import deliver_due
from events.models import Event
from loyalty.actions.purchases import record_orders
from merchants.clock import now
from merchants.errors import InvalidValues
from merchants.models import SYSTEM, Actor, Merchant
from tests.aftersales.desk import a_ticket
from tests.cast import a_line, a_purchase

ALWAYS = {day: [["00:00", "24:00"]] for day in WEEKDAYS}
codes = st.sampled_from(["gold", "silver", ""])
priorities = st.sampled_from(["low", "normal", "high", "urgent"])
categories = st.sampled_from(["delivery", "quality"])


def a_document(*rules: dict[str, Any], **otherwise: Any) -> dict[str, Any]:
    known = {
        "first_response_minutes": 60,
        "next_response_minutes": 120,
        "resolution_minutes": 600,
        "calendar": "default",
    }
    return {"rules": list(rules), "otherwise": known | otherwise}


def a_rule(name: str = "VIP", **more: Any) -> dict[str, Any]:
    return {"name": name, "first_response_minutes": 15, "next_response_minutes": 30, "resolution_minutes": 240, **more}


@given(
    rules=st.lists(
        st.builds(
            SlaRule, name=st.just("r"), first_response_minutes=st.integers(1, 500),
            tiers=st.lists(codes.filter(bool), max_size=2).map(tuple),
            priorities=st.lists(priorities, max_size=2).map(tuple),
            categories=st.lists(categories, min_size=1, max_size=2).map(tuple),
        ),
        max_size=6,
    ),
    tier=codes, priority=priorities, category=categories,
)  # fmt: skip
def test_the_first_rule_that_applies_decides(rules: list[SlaRule], tier: str, priority: str, category: str) -> None:
    document = SlaDocument(rules=tuple(rules))
    wanted = [
        rule for rule in rules
        if (not rule.tiers or tier in rule.tiers) and (not rule.priorities or priority in rule.priorities)
        and category in rule.categories
    ]  # fmt: skip
    known = {"tier": tier, "priority": priority, "category": category}
    assert rule_for(document, **known) == (wanted[0] if wanted else None)
    assert targets_for(document, **known).first_response_minutes == (
        wanted[0].first_response_minutes if wanted else None
    )


def test_a_rule_below_one_for_everybody_is_refused() -> None:
    with pytest.raises(ValidationError, match="comes last"):
        SlaDocument.model_validate(a_document(a_rule("all"), a_rule("gold", tiers=["gold"])))


def test_a_published_version_stays_as_it_was(aroma: Merchant, by_ana: Actor) -> None:
    open_desk(aroma, by=by_ana)
    first = find_document(aroma, DocumentKind.SLA)
    assert first is not None
    second = publish_document(aroma, DocumentKind.SLA, a_document(), note="Faster", by=by_ana)

    assert (second.number, second.note, second.published_by) == (2, "Faster", "Ana")
    assert find_document(aroma, DocumentKind.SLA) == (second, SlaDocument.model_validate(a_document()))
    changes: list[dict[str, Any]] = [{"note": "x"}, {"document": {}}]
    for change in changes:
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            DeskVersion.objects.filter(merchant=aroma, pk=first[0].pk).update(**change)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        CalendarVersion.objects.filter(merchant=aroma).delete()
    assert DeskVersion.objects.get(merchant=aroma, pk=first[0].pk).document == first[0].document


def test_publishing_the_same_again_changes_nothing(aroma: Merchant, by_ana: Actor) -> None:
    version = publish_document(aroma, DocumentKind.SLA, a_document(), by=by_ana)
    told = Event.objects.filter(merchant=aroma, type="aftersales.desk_published").count()

    assert publish_document(aroma, DocumentKind.SLA, a_document(), by=by_ana) == version
    assert Event.objects.filter(merchant=aroma, type="aftersales.desk_published").count() == told


def test_a_change_made_on_an_older_version_is_refused(aroma: Merchant, by_ana: Actor, by_ben: Actor) -> None:
    open_desk(aroma, by=by_ben)
    publish_document(aroma, DocumentKind.SLA, a_document(), by=by_ben, after=1)
    with pytest.raises(DraftOutdated):
        publish_document(aroma, DocumentKind.SLA, a_document(first_response_minutes=5), by=by_ana, after=1)
    assert DeskVersion.objects.filter(merchant=aroma, kind=DocumentKind.SLA).count() == 2


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (a_document(calendar="moon"), "/otherwise/calendar"),
        (a_document(a_rule(calendar="moon")), "/rules/0/calendar"),
        (a_document(a_rule(categories=["nothing"])), "/rules/0/categories"),
        (a_document(a_rule(first_response_minutes=0)), "/rules/0/first_response_minutes"),
        (a_document(a_rule(priorities=["top"])), "/rules/0/priorities/0"),
        (a_document(soon=1), "/otherwise/soon"),
    ],
)
def test_rules_that_name_what_is_not_there_are_refused_at_their_place(
    aroma: Merchant, by_ana: Actor, document: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidValues) as refused:
        publish_document(aroma, DocumentKind.SLA, document, by=by_ana)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert DeskVersion.objects.filter(merchant=aroma, kind=DocumentKind.SLA, number__gt=1).count() == 0


def test_a_preview_of_service_levels_is_what_then_happens(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer, rival_carla: Customer, by_ana: Actor
) -> None:
    publish_calendar(
        aroma, code="default", name="Hours", zone="Asia/Shanghai", weekly=ALWAYS, days={}, by=by_ana
    )  # fmt: skip
    fresh = a_ticket(aroma, carla, category_code="quality", priority="high")
    answered = a_ticket(aroma, dario)
    reply_to_ticket(answered, body="On it", by=by_ana, reference="r1")
    settled = a_ticket(aroma, dario)
    set_ticket_status(settled, default_status(aroma, StatusCategory.RESOLVED), by=by_ana)
    rivals = a_ticket(borough, rival_carla)
    document = SlaDocument.model_validate(a_document(a_rule(priorities=["high"]), resolution_minutes=30))

    moved = preview_sla(aroma, document)
    before = {each.pk: deadlines_of(each) for each in Ticket.objects.filter(merchant=aroma)}
    assert {each.ticket.pk for each in moved} <= {fresh.pk, answered.pk}
    assert deadlines_of(Ticket.objects.get(merchant=aroma, pk=fresh.pk)) == before[fresh.pk], "a preview writes nothing"

    version = publish_document(aroma, DocumentKind.SLA, document, by=by_ana)
    deliver_due()

    after = {each.pk: deadlines_of(each) for each in Ticket.objects.filter(merchant=aroma)}
    assert {each.ticket.pk: (each.before, each.after) for each in moved} == {
        pk: (before[pk], after[pk]) for pk in after if before[pk] != after[pk]
    }
    assert fresh.pk in {each.ticket.pk for each in moved}
    assert Ticket.objects.get(merchant=aroma, pk=fresh.pk).sla_version_id == version.pk
    assert after[settled.pk] == Deadlines(None, None, None)
    assert Ticket.objects.get(merchant=borough, pk=rivals.pk).last_event == rivals.last_event
    assert retarget_open_tickets(aroma).moved == 0


def test_a_preview_of_hours_is_what_then_happens(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    open_desk(aroma, by=by_ana)
    ticket = a_ticket(aroma, carla)
    old = calendar_version(aroma, "default")
    days = {(now(aroma) + timedelta(days=n)).date().isoformat(): {"name": "休", "periods": []} for n in range(3)}
    moved = preview_calendar(aroma, "default", BusinessCalendar.read("Asia/Shanghai", ALWAYS, days))

    new = publish_calendar(
        aroma, code="default", name="Hours", zone="Asia/Shanghai", weekly=ALWAYS, days=days, by=by_ana
    )  # fmt: skip
    deliver_due()

    found = Ticket.objects.get(merchant=aroma, pk=ticket.pk)
    assert (found.calendar_id, old.number, new.number, new.is_default) == (new.pk, 1, 2, True)
    assert [(each.ticket.pk, each.before, each.after) for each in moved] == [
        (ticket.pk, deadlines_of(ticket), deadlines_of(found))
    ]


def test_a_member_who_rises_is_promised_more_at_once(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    publish_document(aroma, DocumentKind.SLA, a_document(a_rule(tiers=["gold"])), by=by_ana)
    ticket = a_ticket(aroma, carla)
    assert ticket.first_response_target == 60

    record_orders(aroma, [a_purchase("A-1", carla, a_line(6000), at=now(aroma))], by=SYSTEM)
    deliver_due()

    found = Ticket.objects.get(merchant=aroma, pk=ticket.pk)
    assert (found.tier, found.first_response_target, found.resolution_target) == ("gold", 15, 240)
    assert found.first_response_due_at is not None
    assert ticket.first_response_due_at is not None
    assert found.first_response_due_at < ticket.first_response_due_at


def test_many_open_tickets_are_moved_some_at_a_time(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    tickets = [a_ticket(aroma, carla) for _n in range(5)]
    publish_document(aroma, DocumentKind.SLA, a_document(first_response_minutes=7), by=by_ana)
    moved = [retarget_open_tickets(aroma, most=2) for _n in range(4)]
    assert [(each.moved, each.more) for each in moved] == [(2, True), (2, True), (1, False), (0, False)]
    found = Ticket.objects.filter(merchant=aroma, pk__in=[each.pk for each in tickets])
    assert set(found.values_list("first_response_target", flat=True)) == {7}
