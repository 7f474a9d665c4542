"""A fact is written with the change it tells of, once, and stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import structlog
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from events.actions import Recorded, record, record_many
from events.actions.shops import create_sandbox, move_clock
from events.facts import ShopOpened, StaffInvited
from events.models import Delivery, Event
from events.queries import AuditFilter, audit_log, timeline
from merchants.clock import now
from merchants.models import SYSTEM, Actor, Merchant
from tests.events.listening import Heard

pytestmark = pytest.mark.django_db


def test_a_fact_says_who_did_what_to_whom_and_when(aroma: Merchant, by_ana: Actor) -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-12345678"):
        number = record(aroma, StaffInvited(email="x@y.example", role="cashier"), about=aroma, by=by_ana)
    event = Event.objects.get(merchant=aroma, pk=number)
    assert event.type == "merchants.staff_invited"
    assert event.payload == {"email": "x@y.example", "role": "cashier"}
    assert (event.about_type, event.about_id) == ("merchants.merchant", aroma.pk)
    assert (event.actor_kind, event.actor_id, event.actor_name) == ("staff", by_ana.id, "Ana")
    assert event.request_id == "req-12345678"
    assert abs(event.occurred_at - now(aroma)) < timedelta(seconds=5)


def test_a_fact_falls_with_its_transaction(aroma: Merchant) -> None:
    before = Event.objects.filter(merchant=aroma).count()
    with transaction.atomic():
        record(aroma, ShopOpened(name="never"), about=None, by=SYSTEM)
        transaction.set_rollback(True)
    assert Event.objects.filter(merchant=aroma).count() == before


def test_many_facts_are_one_statement_and_keep_their_order(aroma: Merchant, heard: Heard) -> None:
    past = datetime(2025, 1, 1, tzinfo=UTC)
    facts = [Recorded(ShopOpened(name=str(n)), ("customers.customer", n), past + timedelta(days=n)) for n in range(300)]
    with CaptureQueriesContext(connection) as queries:
        numbers = record_many(aroma, facts, by=SYSTEM)
    assert len(queries) == 1
    assert numbers == sorted(numbers)
    events = list(Event.objects.filter(merchant=aroma, pk__in=numbers).order_by("pk"))
    assert [event.payload["name"] for event in events] == [str(n) for n in range(300)]
    assert [event.about_id for event in events] == list(range(300))
    assert events[0].occurred_at == past
    assert Delivery.objects.filter(merchant=aroma, event__in=events, listener=heard.name).count() == 300


def test_history_is_remembered_and_nobody_is_told(aroma: Merchant, heard: Heard) -> None:
    number = record(aroma, ShopOpened(name="past"), about=None, by=SYSTEM, deliver=False)
    assert not Delivery.objects.filter(merchant=aroma, event_id=number).exists()


@pytest.mark.parametrize("change", ["UPDATE events_event SET type = 'x'", "DELETE FROM events_event"])
def test_what_is_written_is_written(change: str, aroma: Merchant) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_sandbox_records_by_its_own_clock(aroma: Merchant) -> None:
    twin = create_sandbox(aroma, by=SYSTEM)
    twin = move_clock(twin, forward=timedelta(days=30), by=SYSTEM)
    event = Event.objects.get(merchant=twin, pk=record(twin, ShopOpened(name="later"), about=None, by=SYSTEM))
    assert timedelta(days=29) < event.occurred_at - event.recorded_at < timedelta(days=31)


def test_the_timeline_of_one_is_not_that_of_another(aroma: Merchant, borough: Merchant) -> None:
    record(aroma, ShopOpened(name="seven"), about=("customers.customer", 7), by=SYSTEM)
    record(aroma, ShopOpened(name="eight"), about=("customers.customer", 8), by=SYSTEM)
    record(borough, ShopOpened(name="theirs"), about=("customers.customer", 7), by=SYSTEM)
    assert [event.payload["name"] for event in timeline(aroma, ("customers.customer", 7))] == ["seven"]


def test_the_audit_log_narrows(aroma: Merchant, by_ana: Actor) -> None:
    record(aroma, StaffInvited(email="x@y.example", role="cashier"), about=None, by=by_ana)
    assert [event.type for event in audit_log(aroma, AuditFilter(actor_name="an"))] == ["merchants.staff_invited"]
    assert not audit_log(aroma, AuditFilter(actor_kind="member")).exists()
    assert not audit_log(aroma, AuditFilter(until=datetime(2020, 1, 1, tzinfo=UTC))).exists()
    assert audit_log(aroma).count() >= 2
