"""Who else looks at a ticket now, or types in it: in shared memory, gone by itself after half a minute."""

from __future__ import annotations

import json
from dataclasses import dataclass

import redis

from aftersales.models import Ticket
from merchants.actions.valkey import valkey
from merchants.clock import world_now
from merchants.models import Membership

SEEN_FOR_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody else at the same ticket."""

    membership_id: int
    name: str
    is_typing: bool


def note_presence(ticket: Ticket, membership: Membership, typing: bool) -> list[Present]:
    """Say that `membership` looks at the ticket, perhaps types; the others who do, by name. Nobody when the memory is away."""
    key = f"desk:presence:{ticket.merchant_id}:{ticket.pk}"
    at = int(world_now().timestamp())
    mine = json.dumps({"name": str(membership.staff), "typing": bool(typing), "at": at}, ensure_ascii=False)
    try:
        with valkey().pipeline(transaction=False) as pipeline:
            pipeline.hset(key, str(membership.pk), mine)
            pipeline.expire(key, SEEN_FOR_SECONDS * 2)
            pipeline.hgetall(key)
            _set, _kept, seen = pipeline.execute()
    except redis.RedisError:
        return []
    return _others(seen, membership.pk, at)


def leave_ticket(ticket: Ticket, membership: Membership) -> None:
    """The person looks elsewhere."""
    try:
        valkey().hdel(f"desk:presence:{ticket.merchant_id}:{ticket.pk}", str(membership.pk))
    except redis.RedisError:
        return


def _others(seen: dict[bytes, bytes], mine: int, at: int) -> list[Present]:
    found = []
    for who, what in seen.items():
        told = json.loads(what)
        if int(who) != mine and at - told["at"] <= SEEN_FOR_SECONDS:
            found.append(Present(int(who), told["name"], told["typing"]))
    return sorted(found, key=lambda each: (not each.is_typing, each.name))
