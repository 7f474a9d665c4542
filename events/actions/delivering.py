"""Bringing the news: at least once, in any order, each delivery on its own.

A delivery is claimed by a committed update that counts the attempt and sets a lease, so that a listener which kills
its worker is counted too. Then the listener and the settling are one transaction: what a listener writes happens once,
however often it rings.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import connection, transaction

from events.actions.nudging import begin_to_look, nudge
from events.actions.recording import record
from events.facts import DeliveryReplayed
from events.models import Delivery, DeliveryState
from events.registry import find_listener
from events.rules.retries import ATTEMPTS, retry_delay
from merchants.clock import world_now
from merchants.errors import NotFound
from merchants.models import Actor, Merchant

# Longer than any listener may run (tasks are cut off after nine minutes), so that no two run the same delivery at once.
LEASE = timedelta(minutes=10)
_REASON_LENGTH = 2000
log = structlog.get_logger(__name__)

_CLAIM = """
UPDATE events_delivery SET attempts = attempts + 1, due_at = %(until)s
 WHERE id = (
    SELECT id FROM events_delivery WHERE state = 'pending' AND due_at <= %(now)s
     ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
 )
RETURNING id, merchant_id, attempts
"""


class ListenerMissing(Exception):
    """A delivery names a listener that no installed code registers."""


def deliver_due(*, most: int = 1000) -> int:
    """Deliver what is due, up to `most`; how many were tried. Any number of workers may do so at once."""
    begin_to_look()
    for tried in range(most):
        claimed = _claim()
        if claimed is None:
            return tried
        _attempt(*claimed)
    nudge()  # there may be more: let another task go on, so that none runs for ever
    return most


def replay_delivery(merchant: Merchant, number: int, *, by: Actor) -> Delivery:
    """Put a dead delivery back in line with all its attempts. NotFound when it is not dead."""
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(no_key=True, of=("self",))
            .filter(merchant=merchant, pk=number, state=DeliveryState.DEAD)
            .first()
        )
        if delivery is None:
            raise NotFound()
        _revive(merchant, [delivery], by=by)
    return delivery


def replay_dead_deliveries(merchant: Merchant, *, by: Actor, most: int = 1000) -> int:
    """Put the shop's dead deliveries back in line, oldest first; how many."""
    with transaction.atomic():
        dead = Delivery.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(
            merchant=merchant, state=DeliveryState.DEAD
        )
        deliveries = list(dead.order_by("pk")[:most])
        _revive(merchant, deliveries, by=by)
    return len(deliveries)


def _revive(merchant: Merchant, deliveries: list[Delivery], *, by: Actor) -> None:
    moment = world_now()
    Delivery.objects.filter(merchant=merchant, pk__in=[delivery.pk for delivery in deliveries]).update(
        state=DeliveryState.PENDING, attempts=0, due_at=moment, settled_at=None
    )
    for delivery in deliveries:
        fact = DeliveryReplayed(listener=delivery.listener, event_id=delivery.event_id)
        record(merchant, fact, about=delivery, by=by)
    transaction.on_commit(nudge, robust=True)


def _claim() -> tuple[int, int, int] | None:
    """The id, merchant id and attempt of a delivery that is now ours until the lease ends."""
    moment = world_now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": moment, "until": moment + LEASE})
        row: tuple[int, int, int] | None = cursor.fetchone()
    return row


def _attempt(number: int, merchant_id: int, attempt: int) -> None:
    if attempt > ATTEMPTS:  # claimed before and never settled: it takes its worker down with it
        _fail(number, merchant_id, attempt, "The worker ended while this was being delivered.")
        return
    try:
        with transaction.atomic(durable=True):
            _ring(number, merchant_id, attempt)
    except Exception as failure:  # a listener may fail in any way; the next delivery must not suffer
        log.warning("delivery_failed", delivery=number, attempt=attempt, exc_info=failure)
        _fail(number, merchant_id, attempt, f"{type(failure).__name__}: {failure}")


def _ring(number: int, merchant_id: int, attempt: int) -> None:
    delivery = (
        Delivery.objects.select_for_update(no_key=True, of=("self",))
        .select_related("event", "merchant")
        .filter(merchant_id=merchant_id, pk=number, state=DeliveryState.PENDING, attempts=attempt)
        .first()
    )
    if delivery is None:  # the lease ran out and another worker has it now
        return
    listener = find_listener(delivery.listener)
    if listener is None:
        raise ListenerMissing(delivery.listener)
    with structlog.contextvars.bound_contextvars(
        request_id=delivery.event.request_id, merchant=delivery.merchant.slug, delivery=number
    ):
        listener(delivery.event)
    delivery.state, delivery.settled_at, delivery.last_error = DeliveryState.DONE, world_now(), ""
    delivery.save(update_fields=["state", "settled_at", "last_error"])


def _fail(number: int, merchant_id: int, attempt: int, reason: str) -> None:
    moment = world_now()
    mine = Delivery.objects.filter(merchant_id=merchant_id, pk=number, state=DeliveryState.PENDING, attempts=attempt)
    delay = retry_delay(attempt)
    reason = reason.replace("\x00", "")[:_REASON_LENGTH]
    if delay is None:
        mine.update(state=DeliveryState.DEAD, settled_at=moment, last_error=reason, attempts=min(attempt, ATTEMPTS))
    else:
        mine.update(due_at=moment + delay, last_error=reason)
