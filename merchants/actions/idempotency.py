"""Idempotency keys: claimed, and answered, in the transaction of the request's effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db import connection

from merchants.actions.sending import send_with_next
from merchants.clock import world_now
from merchants.models import Merchant

# What the documentation promises to integrators who retry.
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Once:
    """A request that says its key: what it asked, as a hash, so that the same key cannot mean something else later."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of a key: nothing ("free"), that a twin is at work, or the earlier request's hash and answer."""

    outcome: Literal["free", "in_flight", "known"]
    request_hash: str
    status: int
    body: bytes


def claim_idempotency_key(merchant: Merchant, key: str) -> Claim:
    """Claim `key` until the end of the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM merchants_claim_idempotency(%s, %s)", [merchant.pk, key])
        outcome, request_hash, status, body = cursor.fetchone()
    return Claim(outcome, request_hash or "", status or 0, bytes(body or b""))


def settle_idempotency_key(merchant: Merchant, once: Once, *, status: int, body: bytes) -> None:
    """Remember the answer, with the effect."""
    send_with_next(
        "SELECT merchants_settle_idempotency(%s, %s, %s, %s, %s, %s)",
        [merchant.pk, once.key, once.request_hash, status, body, world_now()],
    )


def prune_idempotency_keys() -> int:
    """Drop what is older than KEPT_FOR, a slice at a time so that no long lock is held; how many went."""
    oldest_kept = world_now() - KEPT_FOR
    dropped = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM merchants_idempotencyrecord WHERE id IN ("
                "SELECT id FROM merchants_idempotencyrecord WHERE created_at < %s ORDER BY created_at LIMIT 5000)",
                [oldest_kept],
            )
            if not cursor.rowcount:
                return dropped
            dropped += cursor.rowcount
