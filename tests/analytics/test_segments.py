"""Segments as the shop meets them: made, filled, entered and left, explained, changed, refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from analytics.actions.membership import drain_dirty, fill_new_segments, reconcile_segments
from analytics.actions.segments import (
    archive_segment,
    change_segment,
    create_segment,
    restore_segment,
    restore_version,
    stop_using_segment,
    use_segment,
)
from analytics.errors import SegmentInUse, SegmentIsArchived
from analytics.frames.segment_documents import read_tree
from analytics.models import DirtyCustomer, Segment, SegmentVersion
from analytics.queries.membership import count_tree, explain_membership, members_of, sample_tree
from analytics.queries.segments import growth_of, segments_on, tree_of, uses_of, versions_of
from analytics.rules.segment_tree import as_json, of_json
from customers.actions import tag_customer, untag_customer
from customers.actions.consents import give_consent
from customers.errors import TagIsDynamic, TagNameTaken
from customers.models import Customer
from customers.queries import tags_on
from events.actions.delivering import deliver_due
from events.models import Event
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import refund_order
from merchants.clock import now
from merchants.errors import InvalidValues
from merchants.models import SYSTEM, Actor, Merchant
from tests.cast import a_line, a_purchase, make_customer

BUYERS: dict[str, Any] = {"kind": "orders", "at_least": 1}


def buys(shop: Merchant, customer: Customer, number: str = "A-1", yuan: int = 100, **more: Any) -> None:
    at = more.pop("at", None) or now(shop)
    record_orders(shop, [a_purchase(number, customer, a_line(yuan, **more), at=at, currency=shop.currency)], by=SYSTEM)


def segment(shop: Merchant, document: dict[str, Any], name: str = "Buyers", **more: Any) -> Segment:
    made = create_segment(shop, name=name, tree=of_json(document), by=SYSTEM, **more)
    fill_new_segments(shop)
    made.refresh_from_db()
    return made


def names_in(it: Segment) -> set[str]:
    return {customer.number for customer in members_of(it)}


def personal_facts(shop: Merchant) -> list[tuple[str, int | None]]:
    kinds = ["analytics.segment_entered", "analytics.segment_left"]
    rows = Event.objects.filter(merchant=shop, type__in=kinds).order_by("id")
    return [(row.type.removeprefix("analytics.segment_"), row.about_id) for row in rows]


def settle(shop: Merchant) -> None:
    """What the worker does after a commit."""
    deliver_due()
    drain_dirty(shop)


def test_a_new_segment_tags_its_members_and_no_timeline_tells_it(
    aroma: Merchant, carla: Customer, dario: Customer, by_ana: Actor
) -> None:
    buys(aroma, carla)
    made = segment(aroma, BUYERS)

    assert names_in(made) == {carla.number}
    assert [tag.name for tag in tags_on(carla)] == ["Buyers"]
    assert not tags_on(dario)
    assert (made.members, made.filled_version) == (1, 1)
    assert personal_facts(aroma) == []
    filled = Event.objects.get(merchant=aroma, type="analytics.segment_filled")
    assert (filled.payload["members"], filled.payload["entered"]) == (1, 1)


def test_an_order_brings_its_buyer_in_and_a_refund_takes_them_out(
    aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    made = segment(aroma, BUYERS)
    settle(aroma)
    buys(aroma, dario)
    settle(aroma)

    assert names_in(made) == {dario.number}
    assert personal_facts(aroma) == [("entered", dario.pk)]
    made.refresh_from_db()
    assert made.members == 1
    assert [(day.members, day.entered, day.left) for day in growth_of(made)] == [(1, 1, 0)]
    assert not DirtyCustomer.objects.filter(merchant=aroma).exists()

    order = dario.orders.get()
    refund_order(order, number="R-1", by=SYSTEM)
    settle(aroma)
    assert names_in(made) == set()
    assert personal_facts(aroma) == [("entered", dario.pk), ("left", dario.pk)]
    assert [(day.members, day.entered, day.left) for day in growth_of(made)] == [(0, 1, 1)]


def test_the_rival_s_customers_and_orders_change_nothing(
    aroma: Merchant, borough: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    mine, theirs = segment(aroma, BUYERS), segment(borough, BUYERS)
    buys(borough, rival_carla)
    settle(borough)
    settle(aroma)

    assert names_in(mine) == set()
    assert [customer.pk for customer in members_of(theirs)] == [rival_carla.pk]
    assert personal_facts(aroma) == []


def test_hands_neither_stick_nor_remove_what_is_computed(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    buys(aroma, carla)
    made = segment(aroma, BUYERS)
    with pytest.raises(TagIsDynamic):
        tag_customer(dario, tag="buyers", by=SYSTEM)
    with pytest.raises(TagIsDynamic):
        untag_customer(carla, tag="Buyers", by=SYSTEM)
    assert names_in(made) == {carla.number}
    with pytest.raises(TagNameTaken):
        create_segment(aroma, name="buyers ", tree=of_json(BUYERS), by=SYSTEM)
    assert Segment.objects.filter(merchant=aroma).count() == 1


def test_reachable_are_those_who_agreed_and_have_an_address(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    nobody = make_customer(aroma, number="M000003", name="No address")
    for customer, channel in ((carla, "email"), (nobody, "sms")):
        give_consent(customer, purpose="offers", channel=channel, source="test", text_version="1", by=SYSTEM)
    counted = count_tree(aroma, of_json({"kind": "joined", "window": {"last_days": 5}}))
    assert (counted.customers, counted.members, counted.reachable) == (3, 3, 1)
    made = segment(aroma, {"kind": "joined", "window": {"last_days": 5}}, name="All")
    assert (made.members, made.reachable) == (3, 1)


def test_a_segment_asks_about_another_and_follows_it_at_once(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    buys(aroma, carla)
    segment(aroma, BUYERS, code="buyers")
    rest = segment(
        aroma, {"kind": "not", "of": {"kind": "segment", "segment": "buyers"}}, name="Not yet", code="a-rest"
    )
    assert names_in(rest) == {dario.number}

    buys(aroma, dario, number="A-2")
    settle(aroma)
    assert names_in(rest) == set()
    assert {each.code for each in segments_on(dario)} == {"buyers"}


def test_no_segment_asks_about_itself(aroma: Merchant, carla: Customer) -> None:
    first = segment(aroma, BUYERS, code="first")
    segment(aroma, {"kind": "segment", "segment": "first"}, name="Second", code="second")
    ring = {"kind": "all", "of": [BUYERS, {"kind": "segment", "segment": "second"}]}
    with pytest.raises(InvalidValues) as refused:
        change_segment(first, tree=of_json(ring), by=SYSTEM)

    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [("segment_cycle", "/tree/of/1/segment")]
    assert "Buyers → Second → Buyers" in refused.value.faults[0].text()
    assert SegmentVersion.objects.filter(merchant=aroma, segment=first).count() == 1
    with pytest.raises(InvalidValues):
        change_segment(first, tree=of_json({"kind": "segment", "segment": "first"}), by=SYSTEM)


def test_what_the_shop_does_not_have_is_refused_where_it_stands(
    aroma: Merchant, borough: Merchant, carla: Customer
) -> None:
    segment(borough, BUYERS, code="rivals", name="Rivals")
    document = {
        "kind": "any",
        "of": [
            {"kind": "tag", "any_of": ["VIP"]},
            {"kind": "not", "of": {"kind": "tier", "any_of": ["gold", "platinum"]}},
            {"kind": "custom_field", "key": "skin", "is_known": True},
            {"kind": "segment", "segment": "rivals"},
            {"kind": "tickets", "categories": ["unheard-of"]},
        ],
    }
    with pytest.raises(InvalidValues) as refused:
        create_segment(aroma, name="Odd", tree=of_json(document), by=SYSTEM)
    assert {(fault.pointer, fault.code) for fault in refused.value.faults} == {
        ("/tree/of/0/any_of/0", "unknown_tag"),
        ("/tree/of/1/of/any_of/1", "unknown_tier"),
        ("/tree/of/2/key", "unknown_field"),
        ("/tree/of/3/segment", "unknown_segment"),
        ("/tree/of/4/categories/0", "unknown_category"),
    }
    assert not Segment.objects.filter(merchant=aroma).exists()


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ({"kind": "all", "of": [BUYERS, {"kind": "orders", "at_least": "x"}]}, "/tree/of/1/at_least", "wrong_type"),
        ({"kind": "orders", "at_least": 3, "at_most": 2}, "/tree", "bounds_crossed"),
        ({"kind": "not", "of": {"kind": "churn", "any_of": ["huge"]}}, "/tree/of/any_of/0", "not_a_choice"),
        ({"kind": "all", "of": [{"kind": "wish"}]}, "/tree/of/0/kind", "union_tag_invalid"),
        ({"of": []}, "/tree/kind", "union_tag_not_found"),
        ({"kind": "orders", "window": {"last_days": 0}}, "/tree/window/last_days", "too_small"),
        ({"kind": "orders", "colour": "red"}, "/tree/colour", "unknown_field"),
        ({"kind": "profile", "field": "city"}, "/tree", "one_question"),
        ({"kind": "trait", "key": "x", "at_least": "many"}, "/tree/at_least", "wrong_type"),
        ([], "/tree", "wrong_type"),
    ],
)  # fmt: skip
def test_a_document_s_faults_point_at_their_places(document: Any, pointer: str, code: str) -> None:
    with pytest.raises(InvalidValues) as refused:
        read_tree(document)
    assert (pointer, code) in {(fault.pointer, fault.code) for fault in refused.value.faults}


def test_a_tree_nested_beyond_reason_is_refused_and_does_not_fall_over() -> None:
    document: dict[str, Any] = BUYERS
    for _ in range(2000):
        document = {"kind": "not", "of": document}
    with pytest.raises(InvalidValues):
        read_tree(document)


def test_versions_are_kept_and_can_come_back(aroma: Merchant, carla: Customer, dario: Customer, by_ana: Actor) -> None:
    buys(aroma, carla)
    made = segment(aroma, BUYERS)
    same = change_segment(made, tree=of_json({"kind": "orders", "at_least": 1, "measure": "count"}), by=by_ana)
    assert same.version == 1

    changed = change_segment(made, tree=of_json({"kind": "not", "of": BUYERS}), note="the others", by=by_ana)
    assert (changed.version, changed.filled_version) == (2, 1)
    fill_new_segments(aroma)
    assert names_in(changed) == {dario.number}
    assert personal_facts(aroma) == []

    back = restore_version(changed, 1, by=by_ana)
    fill_new_segments(aroma)
    assert names_in(back) == {carla.number}
    assert [version.number for version in versions_of(back)] == [3, 2, 1]
    assert as_json(tree_of(back)) == as_json(tree_of(back, number=1))
    with pytest.raises(DatabaseError), transaction.atomic():
        SegmentVersion.objects.filter(merchant=aroma, number=1).update(note="never happened")


def test_a_segment_in_use_stays(aroma: Merchant, carla: Customer) -> None:
    buys(aroma, carla)
    base = segment(aroma, BUYERS, code="base")
    other = segment(aroma, {"kind": "segment", "segment": "base"}, name="Other")
    use_segment(other, kind="offer", reference="7", label="Spring")

    assert [(use.kind, use.label) for use in uses_of(base)] == [("segment", "Other")]
    for held in (base, other):
        with pytest.raises(SegmentInUse):
            archive_segment(held, by=SYSTEM)
    assert names_in(base) == names_in(other) == {carla.number}

    assert stop_using_segment(other, kind="offer", reference="7")
    archive_segment(other, by=SYSTEM)
    archived = archive_segment(base, by=SYSTEM)
    assert not tags_on(carla)
    with pytest.raises(SegmentIsArchived):
        change_segment(archived, name="New", by=SYSTEM)
    restore_segment(archived, by=SYSTEM)
    fill_new_segments(aroma)
    assert names_in(archived) == {carla.number}


def test_the_night_tells_time_from_drift(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    lasting = segment(aroma, BUYERS)
    recent = segment(aroma, BUYERS | {"window": {"last_days": 30}}, name="Recent")
    long_ago = now(aroma) - timedelta(days=31)
    buys(aroma, carla, at=long_ago)
    settle(aroma)
    assert (names_in(lasting), names_in(recent)) == ({carla.number}, set())
    assert reconcile_segments(aroma).drift == 0

    # Something wrote past the record: no event, so nobody was marked.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE commerce_purchasesummary SET orders = 1 WHERE customer_id = %s", [dario.pk])
        cursor.execute(
            "INSERT INTO commerce_purchasesummary (merchant_id, customer_id, orders, spend_minor, refunded_minor) "
            "VALUES (%s, %s, 1, 100, 0) ON CONFLICT DO NOTHING",
            [aroma.pk, dario.pk],
        )
    make_quiet(aroma)
    check = reconcile_segments(aroma)
    assert (check.drift, check.by_time) == (1, 0)
    assert names_in(lasting) == {carla.number, dario.number}
    assert personal_facts(aroma)[-1] == ("entered", dario.pk)
    assert reconcile_segments(aroma).drift == 0


def make_quiet(shop: Merchant) -> None:
    """As if what happened had happened an hour ago: events are never changed otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER events_append_only")
        cursor.execute("UPDATE events_event SET recorded_at = recorded_at - interval '1 hour'")
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER events_append_only")


def test_why_somebody_is_not_in_it(aroma: Merchant, carla: Customer) -> None:
    tag_customer(carla, tag="VIP", by=SYSTEM)
    buys(aroma, carla, yuan=250)
    tree = of_json(
        {
            "kind": "all",
            "of": [
                {"kind": "orders", "at_least": 3},
                {"kind": "not", "of": {"kind": "tag", "any_of": ["VIP"]}},
                {"kind": "any", "of": [{"kind": "orders", "measure": "spend_minor", "at_least": 20000}, BUYERS]},
            ],
        }
    )
    with translation.override("en"):
        checked = explain_membership(carla, tree)

    assert not checked.holds
    assert [part.holds for part in checked.parts] == [False, False, True]
    few, vip, either = checked.parts
    assert (few.sentence, few.found) == ("Orders: at least 3", "1")
    assert (vip.parts[0].holds, vip.parts[0].found) == (True, "VIP")
    assert [part.holds for part in either.parts] == [True, True]
    assert either.parts[0].found.endswith("250.00")
    assert explain_membership(carla, tree.of[2]).holds


def test_ten_sample_people_are_the_same_ten(aroma: Merchant) -> None:
    for n in range(25):
        make_customer(aroma, number=f"S{n:03}", name=f"S {n}")
    everybody = of_json({"kind": "joined", "window": {"last_days": 5}})
    first, again = sample_tree(aroma, everybody), sample_tree(aroma, everybody)
    assert len({customer.pk for customer in first}) == 10
    assert [customer.pk for customer in first] == [customer.pk for customer in again]
