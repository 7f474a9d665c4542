"""Keeping who is in which segment: when a tree is new, when something happened to somebody, and each night for all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from analytics.actions.lifecycle import restage_customers
from analytics.actions.nudging import nudge_after_commit
from analytics.facts import SegmentEntered, SegmentFilled, SegmentLeft, SegmentsReconciled
from analytics.models import Segment, SegmentCheck
from analytics.queries.membership import REACHABLE, REACHABLE_EACH, members_selection
from analytics.queries.planning import whole_shop
from analytics.queries.segments import tree_of, trees_in_force
from analytics.rules.segment_order import asking_about, in_order
from analytics.rules.segment_tree import moves_with_time, segments_named
from customers.actions import Retagged, retag
from events.actions import Recorded, record, record_many
from merchants.clock import now, today, world_now
from merchants.models import SYSTEM, Merchant

DRAIN_TASK = "analytics.tasks.drain_dirty"
_AT_ONCE = 5000
_RECOUNTED_UP_TO = 5_000  # members; who can be reached in larger segments is counted by night
_WORST_KEPT = 20
_STILL_ON_ITS_WAY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Filled:
    entered: int
    left: int
    members: int
    reachable: int


def mark_dirty(merchant: Merchant, customer_ids: Sequence[int], *, reason: str) -> int:
    """Have these customers looked at again, within seconds; how many. Nobody in a shop that computes nothing yet."""
    statement = """
    INSERT INTO analytics_dirtycustomer (merchant_id, customer_id, reason, marked_at)
    SELECT %(merchant)s, c.id, %(reason)s, %(at)s FROM customers_customer c
     WHERE c.merchant_id = %(merchant)s AND c.id = ANY (%(ids)s::bigint[]) AND (
        EXISTS (SELECT FROM analytics_segment s WHERE s.merchant_id = %(merchant)s AND s.archived_at IS NULL)
        OR EXISTS (SELECT FROM analytics_lifecyclerhythm r WHERE r.merchant_id = %(merchant)s))
     ORDER BY c.id
    """
    values: dict[str, Any] = {
        "merchant": merchant.pk,
        "reason": reason[:64],
        "at": world_now(),
        "ids": list(customer_ids),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        marked = int(cursor.rowcount)
        if marked:
            nudge_after_commit(merchant, DRAIN_TASK)
    return marked


def drain_dirty(merchant: Merchant, *, most: int = 2000) -> int:
    """Look again at everybody who waits, `most` at a time; how many people."""
    people = 0
    while taken := _drain_some(merchant, most):
        people += taken
    return people


@transaction.atomic
def _drain_some(merchant: Merchant, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM analytics_dirtycustomer WHERE id IN (
                SELECT id FROM analytics_dirtycustomer WHERE merchant_id = %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING customer_id
            """,
            [merchant.pk, most],
        )
        ids = sorted({customer_id for (customer_id,) in cursor.fetchall()})
    if not ids:
        return 0
    restage_customers(merchant, ids)
    segments = _lock_all(merchant)
    trees = {code: tree_of(segment) for code, segment in segments.items() if segment.filled_version is not None}
    for code in in_order({code: segments_named(tree) for code, tree in trees.items()}):
        segment = segments[code]
        if segment.filled_version != segment.version:
            continue  # its new tree is about to be filled for all
        moved = retag(merchant, segment.tag, members_selection(merchant, trees[code], only=ids), among=ids)
        if moved.entered or moved.left:
            _tell(segment, moved)
            _keep_size(segment, moved)
    return len(ids)


def _lock_all(merchant: Merchant) -> dict[str, Segment]:
    """Every segment in use, locked in the order of their ids: no two batches write the same membership at once."""
    locked = Segment.objects.select_for_update(no_key=True, of=("self",)).select_related("tag", "merchant")
    return {segment.code: segment for segment in locked.filter(merchant=merchant, archived_at=None).order_by("id")}


def fill_new_segments(merchant: Merchant) -> int:
    """Fill every segment whose tree in force is not the one that its members show; how many."""
    filled = 0
    trees = trees_in_force(merchant)
    for code in in_order({code: segments_named(tree) for code, (_, tree) in trees.items()}):
        segment = trees[code][0]
        if segment.filled_version != segment.version:
            fill_segment(segment)
            filled += 1
    return filled


def fill_segment(segment: Segment) -> Filled:
    """Write the members of its tree in force, and of the segments that ask about it. No person's timeline tells it."""
    filled = _fill(segment)
    asks_about = {code: segments_named(tree) for code, (_, tree) in trees_in_force(segment.merchant).items()}
    affected = asking_about(segment.code, asks_about)
    for code in in_order(asks_about):
        if code in affected:
            _fill(trees_in_force(segment.merchant)[code][0])
    return filled


@transaction.atomic
def _fill(segment: Segment) -> Filled:
    segment = _locked(segment)
    moved = _retag_whole(segment)
    segment.filled_version = segment.version
    segment.save(update_fields=["filled_version"])
    _keep_size(segment, moved, recount=True)
    fact = SegmentFilled(
        segment.code, segment.name, segment.version, segment.members, len(moved.entered), len(moved.left)
    )
    record(segment.merchant, fact, about=segment, by=SYSTEM)
    return Filled(len(moved.entered), len(moved.left), segment.members, segment.reachable)


def _locked(segment: Segment) -> Segment:
    return (
        Segment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("tag", "merchant")
        .get(merchant=segment.merchant, pk=segment.pk)
    )


def _retag_whole(segment: Segment) -> Retagged:
    with whole_shop():
        return retag(segment.merchant, segment.tag, members_selection(segment.merchant, tree_of(segment)))


def reconcile_segments(merchant: Merchant) -> SegmentCheck:
    """The nightly full pass: every segment for everybody. What changes is moved by time, or drift that events missed.

    A tree without days, points and nightly figures moves only by events: what differs there is drift, unless something
    happened to the person in the last minutes and is still on its way.
    """
    started = time.perf_counter()
    drain_dirty(merchant)
    trees = trees_in_force(merchant)
    by_time = drift = 0
    worst: list[dict[str, Any]] = []
    for code in in_order({code: segments_named(tree) for code, (_, tree) in trees.items()}):
        segment, tree = trees[code]
        with transaction.atomic():
            segment = _locked(segment)
            if segment.archived_at is not None or segment.filled_version != segment.version:
                continue
            moved = _retag_whole(segment)
            _tell(segment, moved)
            _keep_size(segment, moved, recount=True)
        changes = [*moved.entered, *moved.left]
        missed = 0 if moves_with_time(tree) else len(set(changes) - _on_their_way(merchant, changes))
        drift += missed
        by_time += len(changes) - missed
        if changes:
            worst.append(
                {"segment": code, "entered": len(moved.entered), "left": len(moved.left), "is_drift": missed > 0}
            )
    with transaction.atomic():
        check = SegmentCheck.objects.create(
            merchant=merchant, checked_at=now(merchant), segments=len(trees), customers=_live(merchant),
            by_time=by_time, drift=drift, seconds=round(time.perf_counter() - started, 3),
            worst=sorted(worst, key=lambda each: -(each["entered"] + each["left"]))[:_WORST_KEPT],
        )  # fmt: skip
        record(merchant, SegmentsReconciled(len(trees), by_time, drift), about=check, by=SYSTEM)
    return check


def _live(merchant: Merchant) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM customers_customer WHERE merchant_id = %s AND archived_at IS NULL", [merchant.pk]
        )
        (customers,) = cursor.fetchone() or (0,)
    return int(customers)


def _on_their_way(merchant: Merchant, customer_ids: Sequence[int]) -> set[int]:
    """Those of `customer_ids` to whom something happened just now: its delivery or their place in the queue is pending."""
    if not customer_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.about_id FROM events_event e
             WHERE e.merchant_id = %(merchant)s AND e.about_type = 'customers.customer' AND e.about_id = ANY (%(ids)s::bigint[])
               AND e.recorded_at > %(since)s AND e.type <> ALL (%(ours)s::text[])
            """,
            {
                "merchant": merchant.pk,
                "ids": list(customer_ids),
                "since": world_now() - _STILL_ON_ITS_WAY,
                "ours": [SegmentEntered.wire, SegmentLeft.wire],
            },
        )
        return {customer_id for (customer_id,) in cursor.fetchall()}


def _tell(segment: Segment, moved: Retagged) -> None:
    facts = [
        Recorded(kind(segment.pk, segment.code, segment.name), ("customers.customer", customer_id))
        for kind, ids in ((SegmentEntered, moved.entered), (SegmentLeft, moved.left))
        for customer_id in ids
    ]
    for start in range(0, len(facts), _AT_ONCE):
        record_many(segment.merchant, facts[start : start + _AT_ONCE], by=SYSTEM)


_DAY = """
INSERT INTO analytics_segmentday AS d (merchant_id, segment_id, day, members, reachable, entered, "left")
VALUES (%(merchant)s, %(segment)s, %(day)s, %(members)s, %(reachable)s, %(entered)s, %(left)s)
ON CONFLICT (segment_id, day) DO UPDATE SET members = excluded.members, reachable = excluded.reachable,
    entered = d.entered + excluded.entered, "left" = d."left" + excluded."left"
"""


def _keep_size(segment: Segment, moved: Retagged, *, recount: bool = False) -> None:
    """The segment's size, and its line of today. The caller holds the segment's lock."""
    merchant = segment.merchant
    segment.members = _tagged(segment) if recount else max(segment.members + len(moved.entered) - len(moved.left), 0)
    if recount or segment.members <= _RECOUNTED_UP_TO:
        segment.reachable = _reachable(segment)
    segment.reachable = min(segment.reachable, segment.members)
    segment.counted_at = now(merchant)
    segment.save(update_fields=["members", "reachable", "counted_at"])
    values: dict[str, Any] = {
        "merchant": merchant.pk, "segment": segment.pk, "day": today(merchant), "members": segment.members,
        "reachable": segment.reachable, "entered": len(moved.entered), "left": len(moved.left),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DAY, values)


_CARRIERS = (
    "SELECT t.customer_id FROM customers_customertag t WHERE t.merchant_id = %(merchant)s AND t.tag_id = %(tag)s"
)


def _tagged(segment: Segment) -> int:
    return _count(segment, _CARRIERS)


def _reachable(segment: Segment) -> int:
    if segment.members <= _RECOUNTED_UP_TO:
        return _count(
            segment,
            f"SELECT r.id FROM ({_CARRIERS}) c JOIN customers_customer r ON r.id = c.customer_id "  # noqa: S608  # our own words
            f"WHERE r.merchant_id = %(merchant)s AND {REACHABLE_EACH}",
        )
    with whole_shop():
        return _count(
            segment,
            f"SELECT c.customer_id FROM ({_CARRIERS}) c JOIN ({REACHABLE}) reach ON reach.customer_id = c.customer_id",  # noqa: S608  # ours
        )


def _count(segment: Segment, chosen: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({chosen}) chosen",  # noqa: S608  # our own words
            {"merchant": segment.merchant_id, "tag": segment.tag_id},
        )
        (rows,) = cursor.fetchone() or (0,)
    return int(rows)
