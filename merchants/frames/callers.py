"""From an Authorization header to the shop and the actor, without SQL when it was seen a moment ago."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from merchants.actions.callers import TOUCH_INTERVAL, touch_api_key
from merchants.clock import world_now
from merchants.frames.limits import Allowance, take_token
from merchants.frames.refusals import KeyExpired, KeyRevoked, RateLimited, Unauthenticated
from merchants.models import Actor, ApiKey, Merchant
from merchants.queries import find_caller
from merchants.rules.api_keys import looks_like_key

_LIFETIME_SECONDS = 5.0
_MOST_CALLERS = 2000


@dataclass(slots=True)
class Caller:
    """Who calls. Shared by the requests of a process while it is warm: nobody may change `merchant` or `key`."""

    key: ApiKey
    merchant: Merchant
    actor: Actor
    scopes: frozenset[str]
    per_minute: int
    epoch: bytes | None
    read_at: float  # monotonic seconds
    touch_after: datetime


_callers: dict[str, Caller] = {}


def admit(authorization: str) -> tuple[Caller, Allowance]:
    """The caller of this request and what it may still do.

    Else Unauthenticated, KeyRevoked, KeyExpired, RateLimited.
    """
    scheme, _, secret = authorization.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not looks_like_key(secret):
        raise Unauthenticated()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    caller = _callers.get(digest)
    allowance = take_token(digest, per_minute=caller.per_minute if caller else settings.API_REQUESTS_PER_MINUTE)
    if caller is None or not _still_warm(caller, allowance):
        caller = _read(digest, allowance)
    moment = world_now()
    _check_state(caller.key, moment)
    if allowance.wait_seconds:
        raise RateLimited(retry_after=allowance.wait_seconds)
    if moment >= caller.touch_after:
        caller.touch_after = moment + TOUCH_INTERVAL
        touch_api_key(caller.key, at=moment)
    return caller, allowance


def _still_warm(caller: Caller, allowance: Allowance) -> bool:
    # The epoch turns with every revocation and settings change, so the lifetime only bounds what a lost turn could
    # cost.
    return (
        allowance.epoch is not None
        and allowance.epoch == caller.epoch
        and time.monotonic() - caller.read_at < _LIFETIME_SECONDS
    )


def _read(digest: str, allowance: Allowance) -> Caller:
    key = find_caller(digest)
    if key is None:
        _callers.pop(digest, None)
        raise Unauthenticated()
    caller = Caller(
        key=key,
        merchant=key.merchant,
        actor=Actor(kind="api_key", id=key.pk, name=key.name),
        scopes=frozenset(key.scopes),
        per_minute=key.requests_per_minute or settings.API_REQUESTS_PER_MINUTE,
        epoch=allowance.epoch,  # read before the row was: a change in between turns it once more
        read_at=time.monotonic(),
        touch_after=(key.last_used_at + TOUCH_INTERVAL) if key.last_used_at else world_now() - timedelta(seconds=1),
    )
    if len(_callers) >= _MOST_CALLERS:
        _callers.clear()
    _callers[digest] = caller
    return caller


def _check_state(key: ApiKey, moment: datetime) -> None:
    if key.revoked_at is not None:
        raise KeyRevoked()
    if key.expires_at is not None and key.expires_at <= moment:
        raise KeyExpired()
