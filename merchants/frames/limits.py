"""The token bucket of each API key, read together with the callers' epoch in one round trip."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import redis
import structlog

from merchants.actions.callers import CALLERS_EPOCH
from merchants.actions.valkey import valkey

_WINDOW_SECONDS = 60
_PAUSE_SECONDS = 1.0
_BUCKET = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local capacity = tonumber(ARGV[1])
local per_ms = capacity / tonumber(ARGV[2])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(state[1]) or capacity
local at = tonumber(state[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * per_ms)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) / per_ms) end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {wait, math.floor(tokens), math.ceil((capacity - tokens) / per_ms), redis.call('GET', KEYS[2]) or '0'}
"""
log = structlog.get_logger(__name__)
_away_until = 0.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key may still do.

    `epoch` None means that the shared memory is away: nothing is limited, nothing cached.
    """

    per_minute: int
    remaining: int
    full_in_seconds: int
    wait_seconds: int
    epoch: bytes | None

    def headers(self) -> tuple[tuple[str, str], ...]:
        """`RateLimit` and `RateLimit-Policy`, draft-ietf-httpapi-ratelimit-headers."""
        if self.epoch is None:
            return ()
        return (
            ("RateLimit-Policy", f'"default";q={self.per_minute};w={_WINDOW_SECONDS}'),
            ("RateLimit", f'"default";r={self.remaining};t={self.full_in_seconds}'),
        )


def take_token(bucket: str, *, per_minute: int) -> Allowance:
    """Take one of `bucket`'s tokens; it holds at most `per_minute` and refills evenly.

    Without the shared memory everybody passes: a till must not stop because a cache is away.
    """
    global _away_until
    if time.monotonic() >= _away_until:
        try:
            wait_ms, remaining, full_ms, epoch = _script()(
                keys=[f"api:bucket:{bucket}", CALLERS_EPOCH], args=[per_minute, _WINDOW_SECONDS * 1000]
            )
        except redis.RedisError as failure:
            # For a moment nobody asks again, so that a hanging network does not slow every request.
            _away_until = time.monotonic() + _PAUSE_SECONDS
            log.warning("rate_limits_lifted", reason=str(failure))
        else:
            return Allowance(per_minute, remaining, math.ceil(full_ms / 1000), math.ceil(wait_ms / 1000), epoch)
    return Allowance(per_minute, per_minute, 0, 0, None)


_registered: redis.commands.core.Script | None = None


def _script() -> redis.commands.core.Script:
    global _registered
    if _registered is None or _registered.registered_client is not valkey():
        _registered = valkey().register_script(_BUCKET)
    return _registered
