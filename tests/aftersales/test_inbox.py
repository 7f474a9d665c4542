"""The inbox finds what is asked for, counts alike, and the rebuild finds what was tampered with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from aftersales.actions.bulk import BulkChange, bulk_change, preview_bulk
from aftersales.actions.gathering import merge_tickets
from aftersales.actions.presence import leave_ticket, note_presence
from aftersales.actions.tickets import (
    assign_ticket,
    close_ticket,
    open_ticket,
    reply_to_ticket,
    resolve_ticket,
    snooze_ticket,
)
from aftersales.errors import MoveNotAllowed
from aftersales.models import Ticket
from aftersales.queries.desk import default_status
from aftersales.queries.inbox import (
    MOST_COUNTED,
    ORDERS,
    InboxFilter,
    counts_of,
    inbox,
    ticket_ids_found,
    view_counts,
    views_for,
)
from customers.models import Customer
from merchants.clock import now
from merchants.errors import InvalidValue
from merchants.models import Actor, Membership, Merchant, StaffMember
from tests.aftersales.tickets import by_member, complaint

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(aroma: Merchant, ben: StaffMember) -> Membership:
    return Membership.objects.get(merchant=aroma, staff=ben)


@pytest.fixture
def desk(aroma: Merchant, carla: Customer, dario: Customer, mine: Membership, by_ben: Actor) -> dict[str, Ticket]:
    """One ticket for every view."""
    names = ("mine", "nobody's", "old", "waiting", "asleep", "solved", "merged")
    past = now(aroma) - timedelta(days=30)
    tickets = {
        name: open_ticket(
            aroma,
            complaint(
                dario if name == "old" else carla,
                subject=f"The {name} one",
                occurred_at=past if name == "old" else None,
            ),
            by=by_member(dario if name == "old" else carla),
        )
        for name in names
    }
    for name, ticket in tickets.items():
        assign_ticket(ticket, mine if name == "mine" else None, by=by_ben)
    reply_to_ticket(tickets["waiting"], body="And?", by=by_ben)
    assign_ticket(tickets["waiting"], None, by=by_ben)
    snooze_ticket(tickets["asleep"], now(aroma) + timedelta(days=1), by=by_ben)
    resolve_ticket(tickets["solved"], by=by_ben)
    merge_tickets(tickets["mine"], [tickets["merged"]], by=by_ben)
    return tickets


def found(shop: Merchant, wanted: InboxFilter) -> set[str]:
    return {ticket.subject.split()[1] for ticket in inbox(shop, wanted)}


def test_each_view_shows_what_it_says_and_counts_alike(
    aroma: Merchant, borough: Merchant, desk: dict[str, Ticket], mine: Membership
) -> None:
    shown = {name: found(aroma, view.wanted) for name, view in views_for(aroma, mine).items()}
    assert shown == {
        "mine": {"mine"},
        "unassigned": {"nobody's", "old", "waiting"},
        "overdue": {"old"},
        "open": {"mine", "nobody's", "old", "waiting"},
        "waiting_customer": {"waiting"},
        "snoozed": {"asleep"},
        "recovery": set(),
        "resolved": {"solved"},
    }
    assert view_counts(aroma, mine) == {name: len(rows) for name, rows in shown.items()}
    assert set(view_counts(borough, None).values()) == {0}


def test_filters_narrow(aroma: Merchant, desk: dict[str, Ticket], mine: Membership, dario: Customer) -> None:
    everything = {"mine", "nobody's", "old", "waiting", "asleep", "solved"}
    old, present = desk["old"], now(aroma)
    for wanted, names in (
        (InboxFilter(), everything),
        (InboxFilter(states=("waiting_us",)), {"mine", "nobody's", "old", "asleep"}),
        (InboxFilter(statuses=(old.status_id,), priorities=(old.priority,)), {"mine", "nobody's", "old", "asleep"}),
        (InboxFilter(categories=(old.category_id,)), everything),
        (InboxFilter(categories=(0,)), set()),
        (InboxFilter(customer=dario.pk), {"old"}),
        (InboxFilter(assignee=mine.pk), {"mine"}),
        (InboxFilter(channels=("wechat",)), set()),
        (InboxFilter(opened_until=present - timedelta(days=1)), {"old"}),
        (InboxFilter(opened_from=present - timedelta(days=1)), everything - {"old"}),
        (InboxFilter(text="nobody's"), {"nobody's"}),
        (InboxFilter(text="#1"), {"mine"}),
        (InboxFilter(text="Dario"), {"old"}),
        (InboxFilter(text="THE old ONE"), {"old"}),
        (InboxFilter(text="old", states=("closed",)), set()),
        (InboxFilter(text="%"), set()),
        (InboxFilter(text="The%one"), set()),
        (InboxFilter(text="'; --"), set()),
    ):  # fmt: skip
        assert found(aroma, wanted) == names, wanted


def test_every_order_has_all_of_them(aroma: Merchant, desk: dict[str, Ticket]) -> None:
    for order in ORDERS.values():
        assert inbox(aroma, InboxFilter()).order_by(*order).count() == 6


def test_chinese_is_found_by_any_two_characters(aroma: Merchant, borough: Merchant, carla: Customer) -> None:
    ticket = open_ticket(aroma, complaint(carla, subject="收到的紫砂壶盖子裂了"), by=by_member(carla))
    for text in ("紫砂", "砂壶盖", "裂了", "紫砂 裂了"):
        assert ticket_ids_found(aroma, text) == [ticket.pk], text
    for text in ("砂紫", "茶杯", "紫砂 茶杯", "裂", ""):
        assert ticket_ids_found(aroma, text) == [], text
    assert ticket_ids_found(borough, "紫砂") == []


def test_counts_stop_somewhere(aroma: Merchant) -> None:
    assert MOST_COUNTED == 999
    assert counts_of({}) == {}


def test_many_at_once_previewed_then_done(
    aroma: Merchant, borough: Merchant, desk: dict[str, Ticket], rival_carla: Customer, by_ben: Actor
) -> None:
    theirs = open_ticket(borough, complaint(rival_carla), by=by_member(rival_carla))
    close_ticket(desk["solved"], by=by_ben)
    ids = [desk[name].pk for name in ("mine", "solved", "old", "merged")] + [theirs.pk]
    change = BulkChange(status=default_status(aroma, "paused"), priority="low")
    before = {ticket.pk: ticket.last_event for ticket in Ticket.objects.filter(merchant=aroma)}
    preview = preview_bulk(aroma, ids, change, by=by_ben)
    assert {ticket.pk: ticket.last_event for ticket in Ticket.objects.filter(merchant=aroma)} == before
    outcomes = bulk_change(aroma, ids, change, by=by_ben)
    assert [(each.ticket.pk, each.is_changed, type(each.refusal)) for each in outcomes] == [
        (each.ticket.pk, each.is_changed, type(each.refusal)) for each in preview
    ]
    by_pk = {each.ticket.pk: each for each in outcomes}
    assert theirs.pk not in by_pk
    assert by_pk[desk["mine"].pk].ticket.status_category == "paused"
    assert isinstance(by_pk[desk["solved"].pk].refusal, MoveNotAllowed)
    assert by_pk[desk["merged"].pk].refusal is not None
    untouched = Ticket.objects.get(merchant=aroma, pk=desk["solved"].pk)
    assert (untouched.status_category, untouched.last_event) == ("closed", before[untouched.pk])
    with pytest.raises(InvalidValue):
        bulk_change(aroma, range(1, 500), change, by=by_ben)


def test_colleagues_see_each_other_at_a_ticket(
    aroma: Merchant, desk: dict[str, Ticket], mine: Membership, ana: StaffMember
) -> None:
    boss = Membership.objects.get(merchant=aroma, staff=ana)
    ticket = desk["mine"]
    assert note_presence(ticket, mine, False) == []
    (other,) = note_presence(ticket, boss, True)
    assert (other.name, other.is_typing) == ("Ben", False)
    assert note_presence(ticket, mine, False)[0].is_typing
    assert note_presence(desk["old"], mine, False) == []
    leave_ticket(ticket, boss)
    assert note_presence(ticket, mine, False) == []


@pytest.fixture
def tampering() -> Iterator[Any]:
    with connection.cursor() as cursor:
        yield cursor


def test_the_rebuild_finds_what_was_tampered_with_and_mends_it(
    aroma: Merchant, desk: dict[str, Ticket], tampering: Any
) -> None:
    out = StringIO()
    call_command("rebuild_tickets", stdout=out)
    assert "aroma: rows agree with their histories" in out.getvalue()
    tampering.execute(
        "UPDATE aftersales_ticket SET reply_count = reply_count + 1, breaches = 9 WHERE id = %s", [desk["old"].pk]
    )
    for mend in (False, True):
        out = StringIO()
        with pytest.raises(SystemExit) as exit_:
            call_command("rebuild_tickets", shop="aroma", mend=mend, stdout=out)
        assert exit_.value.code == 1
        assert f"#{desk['old'].number} breaches: row 9, history 0" in out.getvalue()
    call_command("rebuild_tickets", shop="aroma", stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("rebuild_tickets", shop="nowhere", stdout=StringIO())


def test_who_left_the_team_is_nobody_s_difference(aroma: Merchant, desk: dict[str, Ticket], mine: Membership) -> None:
    mine.delete()
    assert Ticket.objects.get(merchant=aroma, pk=desk["mine"].pk).assignee_id is None
    call_command("rebuild_tickets", shop="aroma", stdout=StringIO())


def test_history_and_messages_cannot_be_changed(aroma: Merchant, desk: dict[str, Ticket], tampering: Any) -> None:
    for statement in (
        "UPDATE aftersales_ticketevent SET kind = 'closed'",
        "DELETE FROM aftersales_ticketevent",
        "UPDATE aftersales_message SET body_text = 'x'",
        "DELETE FROM aftersales_message",
    ):
        with pytest.raises(Exception, match="append-only"):
            tampering.execute(f"SAVEPOINT s; {statement}")
        tampering.execute("ROLLBACK TO SAVEPOINT s")
