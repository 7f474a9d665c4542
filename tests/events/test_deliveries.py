"""News reaches its listeners at least once, whoever dies on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from events.actions import record
from events.actions.delivering import LEASE, deliver_due, replay_dead_deliveries, replay_delivery
from events.facts import DeliveryReplayed, ShopOpened
from events.models import Delivery, DeliveryState, Event
from events.queries import dead_deliveries, delivery_counts
from events.rules.retries import ATTEMPTS, RETRY_AFTER, retry_delay
from events.tasks import sweep_deliveries
from merchants.clock import world_now
from merchants.errors import NotFound
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Merchant, StaffMember
from tests.events.listening import Heard
from tests.parallel import in_parallel

# Each delivery is its own durable transaction, so these tests commit.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _told_of_the_cast(aroma: Merchant) -> None:
    """What the cast's own registration owes is delivered before the test begins."""
    deliver_due()


def _tell(shop: Merchant, name: str) -> Delivery:
    number = record(shop, ShopOpened(name=name), about=None, by=SYSTEM)
    return Delivery.objects.get(merchant=shop, event_id=number)


def test_a_fact_is_delivered_once(aroma: Merchant, heard: Heard) -> None:
    delivery = _tell(aroma, "hello")
    assert deliver_due() == 1
    assert deliver_due() == 0
    assert heard.names == ["hello"]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DONE, 1)


def test_many_workers_deliver_each_once(aroma: Merchant, heard: Heard) -> None:
    for number in range(40):
        _tell(aroma, str(number))
    tried = in_parallel(lambda _: deliver_due(), times=6, threads=6)
    assert sum(tried) == 40
    assert sorted(heard.names, key=int) == [str(number) for number in range(40)]


def test_a_failure_is_tried_again_when_its_time_comes_and_not_before(
    aroma: Merchant, heard: Heard, time_machine: Any
) -> None:
    start = world_now()
    time_machine.move_to(start, tick=False)
    heard.failures = 2
    delivery = _tell(aroma, "hello")
    deliver_due()
    delivery.refresh_from_db()
    assert delivery.due_at == world_now() + timedelta(seconds=10)
    assert delivery.last_error == "ConnectionError: The other side does not answer."
    time_machine.move_to(start + timedelta(seconds=9), tick=False)
    assert sweep_deliveries() == 0
    time_machine.move_to(start + timedelta(seconds=11), tick=False)
    assert sweep_deliveries() == 1
    delivery.refresh_from_db()
    assert delivery.due_at == world_now() + timedelta(minutes=1)
    time_machine.move_to(start + timedelta(minutes=2), tick=False)
    sweep_deliveries()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.last_error) == (DeliveryState.DONE, 3, "")
    assert heard.names == ["hello"] * 3


def test_after_the_last_try_it_is_given_up_and_staff_can_replay_it(
    aroma: Merchant, ana: StaffMember, by_ana: Actor, heard: Heard, time_machine: Any, client: Client
) -> None:
    moment = world_now()
    heard.failures = ATTEMPTS
    delivery = _tell(aroma, "hello")
    for delay in (timedelta(0), *RETRY_AFTER):
        moment += delay + timedelta(seconds=1)
        time_machine.move_to(moment)
        assert deliver_due() == 1
    assert len(heard.names) == ATTEMPTS
    time_machine.move_to(moment + timedelta(days=30))
    assert deliver_due() == 0
    assert [dead.pk for dead in dead_deliveries(aroma)] == [delivery.pk]
    assert delivery_counts(aroma) == {"pending": 0, "dead": 1}

    client.force_login(ana)
    client.cookies["language"] = "en"
    page = client.get(reverse("events:delivery-list", args=[aroma.slug])).content.decode()
    assert "The other side does not answer." in page
    address = reverse("events:delivery-replay", args=[aroma.slug, public_id("dlv", delivery.pk)])
    assert client.post(address).status_code == 302
    assert deliver_due() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DONE, 1)
    replayed = Event.objects.get(merchant=aroma, type=DeliveryReplayed.wire)
    assert replayed.actor_name == "Ana"


def test_all_that_was_given_up_can_be_replayed_together(aroma: Merchant, borough: Merchant, heard: Heard) -> None:
    ours, theirs = _tell(aroma, "ours"), _tell(borough, "theirs")
    for shop in (aroma, borough):
        Delivery.objects.filter(merchant=shop).update(state=DeliveryState.DEAD)
    assert replay_dead_deliveries(aroma, by=SYSTEM) == 1
    deliver_due()
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.state, theirs.state) == (DeliveryState.DONE, DeliveryState.DEAD)
    assert heard.names == ["ours"]


def test_only_the_dead_are_replayed(aroma: Merchant, borough: Merchant, heard: Heard) -> None:
    delivery = _tell(aroma, "hello")
    with pytest.raises(NotFound):
        replay_delivery(aroma, delivery.pk, by=SYSTEM)
    Delivery.objects.filter(merchant=aroma).update(state=DeliveryState.DEAD)
    with pytest.raises(NotFound):
        replay_delivery(borough, delivery.pk, by=SYSTEM)


def test_one_listener_s_failure_is_nothing_to_the_next_delivery(aroma: Merchant, heard: Heard) -> None:
    heard.failures = 1
    _tell(aroma, "first")
    _tell(aroma, "second")
    assert deliver_due() == 2
    assert heard.names == ["first", "second"]
    assert delivery_counts(aroma)["pending"] == 1


def test_a_worker_that_died_is_counted_and_its_delivery_goes_on_after_the_lease(
    aroma: Merchant, heard: Heard, time_machine: Any
) -> None:
    delivery = _tell(aroma, "hello")
    # What a worker leaves that claimed and was killed: an attempt counted and a lease in due_at.
    Delivery.objects.filter(merchant=aroma, pk=delivery.pk).update(attempts=1, due_at=world_now() + LEASE)
    assert deliver_due() == 0
    time_machine.move_to(world_now() + LEASE + timedelta(seconds=1))
    assert deliver_due() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DONE, 2)


def test_a_delivery_that_kills_every_worker_is_parked(aroma: Merchant, heard: Heard) -> None:
    delivery = _tell(aroma, "poison")
    Delivery.objects.filter(merchant=aroma, pk=delivery.pk).update(attempts=ATTEMPTS)
    deliver_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    assert "worker ended" in delivery.last_error
    assert heard.names == []


def test_a_listener_that_no_longer_exists_is_a_reason_not_a_crash(aroma: Merchant, heard: Heard) -> None:
    delivery = _tell(aroma, "hello")
    Delivery.objects.filter(merchant=aroma, pk=delivery.pk).update(listener="loyalty.subscribers.gone")
    deliver_due()
    delivery.refresh_from_db()
    assert delivery.last_error == "ListenerMissing: loyalty.subscribers.gone"


def test_a_delivery_stays_within_its_merchant(aroma: Merchant, borough: Merchant, heard: Heard) -> None:
    delivery = _tell(aroma, "hello")
    with pytest.raises(DatabaseError, match="same_merchant"), connection.cursor() as cursor:
        cursor.execute("UPDATE events_delivery SET merchant_id = %s WHERE id = %s", [borough.pk, delivery.pk])


def test_the_retry_table_waits_longer_each_time_and_ends() -> None:
    delays = [retry_delay(attempt) for attempt in range(1, ATTEMPTS + 1)]
    assert delays[-1] is None
    waits = [delay for delay in delays if delay is not None]
    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits) == 8
