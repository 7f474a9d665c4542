"""A till's spend in one statement, where nothing is unusual. Whatever is, goes through `hold_points`.

The SQL function `loyalty_spend` knows no more than the order in which lots are spent, which `open_books` asks it for as
well; that both ways leave the same rows is a property test (docs/decisions/0005).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from django.db import connection

from customers.models import Customer
from events.actions import Recorded, telling
from loyalty.actions.books import NewHold
from loyalty.actions.holds import as_written, default_minutes
from loyalty.facts import PointsSpent
from loyalty.models import Hold, HoldState
from loyalty.queries.programme import find_version_in_force
from merchants.actions.idempotency import Once
from merchants.clock import now, world_now
from merchants.models import Actor, Merchant

_IDS_AT_ONCE = 8
_IDS_KEPT_SECONDS = 60.0  # an id drawn long ago would stand among much younger holds

# Drawn and not used yet, each with the monotonic second from which on it is stale.
_ids: deque[tuple[int, float]] = deque()
_versions: dict[int, int | None] = {}  # merchant → the programme version last seen in force; `loyalty_spend` compares


def spend_plainly(
    member: Customer,
    *,
    points: int,
    reference: str,
    by: Actor,
    minutes: int | None,
    description: str,
    once: Once | None,
    status: int,
    present: Callable[[Hold], bytes],
) -> bytes | None:
    """Spend `points` and remember the answer `present(hold)` under the key of `once`, all in one statement.

    The answer, or None when anything at all is in the way (no such member, too few points, a reference or a key used before
    …): then nothing happened, and `hold_points` finds out what to say. Must not be called inside a transaction that
    claimed the key.
    """
    merchant, at = member.merchant, now(member.merchant)
    if merchant.pk not in _versions:
        _look_up_version(merchant)
    version_id = _versions[merchant.pk]
    waits = timedelta(minutes=default_minutes(merchant, version_id) if minutes is None else minutes)
    hold_id = _draw_id()
    hold = NewHold(-1, 0, reference, points, points, HoldState.CAPTURED, description[:200], [], at, at + waits, at)
    body = present(as_written(merchant, hold, hold_id))
    # The balance is known under the lock only; the statement puts it in.
    fact = Recorded(PointsSpent(hold_id, points, reference, 0), ("customers.customer", member.pk), at)
    told = telling(merchant, [fact], by=by)
    assert told is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT loyalty_spend(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                merchant.pk, member.pk, points, reference, hold.description, at, hold.expires_at, world_now(), version_id,
                hold_id, by.kind, by.id, by.name, told.facts, told.frame, once.key if once else None,
                once.request_hash if once else None, status, body if once else None,
            ],
        )  # fmt: skip
        (next_id,) = cursor.fetchone()
    if next_id is None:
        _keep_id(hold_id)
        _look_up_version(merchant)  # perhaps that was in the way
        return None
    _keep_id(next_id)
    told.nudge_after_commit()
    return body


def _look_up_version(merchant: Merchant) -> None:
    version = find_version_in_force(merchant)
    _versions[merchant.pk] = version.pk if version else None


def _draw_id() -> int:
    while _ids:
        hold_id, stale_from = _ids.pop()
        if time.monotonic() < stale_from:
            return hold_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('loyalty_hold_id_seq') FROM generate_series(1, %s)", [_IDS_AT_ONCE])
        first, *others = (row[0] for row in cursor.fetchall())
    for hold_id in others:
        _keep_id(hold_id)
    return int(first)


def _keep_id(hold_id: int) -> None:
    _ids.append((hold_id, time.monotonic() + _IDS_KEPT_SECONDS))
