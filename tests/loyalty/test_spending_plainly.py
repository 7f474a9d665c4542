"""A till's spend in one statement leaves exactly what the ordinary way leaves, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.actions import archive_customer
from customers.models import Customer
from events.models import Delivery, Event
from loyalty.actions.holds import hold_points
from loyalty.actions.purchases import record_orders
from loyalty.actions.spending import spend_plainly
from loyalty.errors import InsufficientPoints
from loyalty.models import Account, Allocation, Entry, Hold, Lot
from merchants.actions.idempotency import Once, claim_idempotency_key
from merchants.clock import now
from merchants.errors import ReferenceConflict
from merchants.models import SYSTEM, IdempotencyRecord, Merchant
from tests.cast import a_line, a_purchase, make_customer, make_programme, make_shop, make_staff, publish_terms

pytestmark = pytest.mark.django_db
ONCE = Once("k-1", "f" * 64)
NAMELESS = {"id", "entry_id", "hold_id", "event_id"}  # drawn from sequences, by each way its own


def plainly(
    member: Customer, points: int, reference: str = "till:1", *, once: Once | None = ONCE, **more: Any
) -> bytes | None:
    given: dict[str, Any] = {"minutes": None, "description": ""} | more
    return spend_plainly(
        member, points=points, reference=reference, by=SYSTEM, once=once, status=201,
        present=lambda hold: str(hold.pk).encode(), **given,
    )  # fmt: skip


def rows(shop: Merchant) -> list[dict[str, Any]]:
    """Every row that a spend may touch, in an order of their own and without the ids of the new ones."""
    found: list[dict[str, Any]] = []
    models: tuple[Any, ...] = (Account, Lot, Hold, Entry, Allocation, Event, Delivery)
    for model in models:
        for row in model.objects.filter(merchant=shop).order_by("pk").values():
            if "payload" in row:
                row["payload"] = {name: value for name, value in row["payload"].items() if name != "hold_id"}
            kept = {"id"} if model in (Account, Lot) else set()
            found.append({name: value for name, value in row.items() if name not in NAMELESS - kept})
    return sorted(found, key=repr)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    orders=st.lists(st.tuples(st.integers(1, 300), st.integers(0, 80)), max_size=5),
    expiry=st.sampled_from([("months", 2), ("year_end", 0), ("none", 0)]),
    pending=st.sampled_from([0, 10]),
    held=st.integers(0, 200),
    spent=st.integers(0, 200),
    points=st.integers(1, 700),
    minutes=st.sampled_from([None, 7]),
    description=st.sampled_from(["", "柜台 \\ 'quoted' \" 3%"]),
)
def test_both_ways_leave_the_same_rows(
    orders: list[tuple[int, int]],
    expiry: tuple[str, int],
    pending: int,
    held: int,
    spent: int,
    points: int,
    minutes: int | None,
    description: str,
) -> None:
    with undone(), time_machine.travel("2026-11-02T04:00:00Z", tick=False):
        shop = make_shop("plain", "Plain", make_staff("plain@example.com", "P"))
        make_programme(shop, expiry={"kind": expiry[0], "months": expiry[1]}, pending_days=pending)
        member = make_customer(shop, number="M1")
        for n, (yuan, days_ago) in enumerate(orders):
            at = now(shop) - timedelta(days=days_ago)
            record_orders(shop, [a_purchase(f"A-{n}", member, a_line(yuan), at=at)], by=SYSTEM)
        for earlier, capture in ((held, False), (spent, True)):
            try:
                if earlier:
                    hold_points(member, points=earlier, reference=f"earlier:{capture}", by=SYSTEM, capture=capture)
            except InsufficientPoints:
                pass
        before = rows(shop)

        with undone():
            answer = plainly(member, points, minutes=minutes, description=description)
            by_statement = rows(shop)
            if answer is not None:
                assert Event.objects.filter(merchant=shop).latest("pk").payload["hold_id"] == int(answer)
                assert Entry.objects.get(merchant=shop, reference="spend:till:1").hold_id == int(answer)
        with undone():
            try:
                hold_points(
                    member, points=points, reference="till:1", by=SYSTEM, capture=True, minutes=minutes,
                    description=description,
                )  # fmt: skip
            except InsufficientPoints:
                assert answer is None
                assert by_statement == before
            else:
                assert answer is not None
                assert by_statement == rows(shop)


@pytest.fixture
def rich(aroma: Merchant, carla: Customer) -> Customer:
    """Carla with 300 points."""
    record_orders(aroma, [a_purchase("A-1", carla, a_line(300), at=now(aroma))], by=SYSTEM)
    return carla


def test_the_answer_is_remembered_with_the_spend(aroma: Merchant, rich: Customer) -> None:
    answer = plainly(rich, 100)

    claim = claim_idempotency_key(aroma, ONCE.key)
    assert (claim.outcome, claim.request_hash, claim.status, claim.body) == ("known", ONCE.request_hash, 201, answer)


def test_a_spend_without_a_key_is_not_remembered(aroma: Merchant, rich: Customer) -> None:
    assert plainly(rich, 100, once=None)

    assert Hold.objects.get(merchant=aroma).points == 100
    assert not IdempotencyRecord.objects.filter(merchant=aroma).exists()


def test_whatever_is_unusual_changes_nothing(aroma: Merchant, rich: Customer, dario: Customer) -> None:
    assert plainly(rich, 100) is not None
    hold_points(rich, points=50, reference="till:2", by=SYSTEM)
    gone = make_customer(aroma, number="M3")
    record_orders(aroma, [a_purchase("A-3", gone, at=now(aroma))], by=SYSTEM)
    archive_customer(gone, by=SYSTEM)
    before = rows(aroma)

    assert plainly(rich, 10, "till:3") is None, "a key that was used before"
    assert plainly(rich, 100, "till:1", once=None) is None, "a reference that was used before"
    assert plainly(rich, 50, "till:2", once=None) is None, "a reference that points are held under"
    assert plainly(rich, 151, "till:3", once=None) is None, "more than there is"
    assert plainly(dario, 1, "till:3", once=None) is None, "somebody who never bought"
    assert plainly(gone, 1, "till:3", once=None) is None, "somebody who left"
    assert rows(aroma) == before
    with pytest.raises(ReferenceConflict):
        hold_points(rich, points=99, reference="till:1", by=SYSTEM, capture=True)


def test_a_rivals_member_has_no_points_here(aroma: Merchant, rich: Customer, rival_carla: Customer) -> None:
    stranger = Customer(pk=rival_carla.pk, merchant=aroma)

    assert plainly(stranger, 1) is None
    assert not Hold.objects.filter(merchant=aroma).exists()
    assert not Hold.objects.filter(merchant=rival_carla.merchant).exists()


def test_a_new_programme_is_noticed_by_the_spend_after_it(aroma: Merchant, rich: Customer) -> None:
    assert plainly(rich, 10, "till:1", once=None) is not None
    publish_terms(aroma, hold_minutes=5)

    assert plainly(rich, 10, "till:2", once=None) is None  # thought of the old one: the ordinary way decides this once
    assert plainly(rich, 10, "till:2", once=None) is not None
    hold = Hold.objects.get(merchant=aroma, reference="till:2")
    assert hold.expires_at - hold.created_at == timedelta(minutes=5)
