"""The token bucket of each API key, read together with the callers' epoch in one round trip."""

from __future__ import annotations

import functools
import hashlib
import math
import threading
import time
from dataclasses import dataclass
from typing import Any

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
_BUCKET_NAME = hashlib.sha1(_BUCKET.encode(), usedforsecurity=False).hexdigest()  # as the server names a script
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
            wait_ms, remaining, full_ms, epoch = _line().ask(_question(bucket, per_minute))
        except redis.RedisError as failure:
            # For a moment nobody asks again, so that a hanging network does not slow every request.
            _away_until = time.monotonic() + _PAUSE_SECONDS
            log.warning("rate_limits_lifted", reason=str(failure))
        else:
            return Allowance(per_minute, remaining, math.ceil(full_ms / 1000), math.ceil(wait_ms / 1000), epoch)
    return Allowance(per_minute, per_minute, 0, 0, None)


class _Line:
    """One thread's own connection, on which the bucket's script is asked for by its name.

    The client's way through pool, retries and options costs more than the answer takes to come.
    """

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        pool = client.connection_pool
        self._connection = pool.connection_class(**pool.connection_kwargs)

    def ask(self, question: bytes) -> Any:
        try:
            return self._ask(question)
        except redis.exceptions.NoScriptError:  # a new server, or one that forgot
            self._ask(_packed("SCRIPT", "LOAD", _BUCKET))
        except redis.ConnectionError:  # perhaps it only hung up on an idle line: once more, on a new one
            self._connection.disconnect()
        try:
            return self._ask(question)
        except redis.exceptions.NoScriptError:
            self._ask(_packed("SCRIPT", "LOAD", _BUCKET))
            return self._ask(question)

    def _ask(self, question: bytes) -> Any:
        self._connection.send_packed_command([question])
        return self._connection.read_response()


_lines = threading.local()


def _line() -> _Line:
    line: _Line | None = getattr(_lines, "line", None)
    if line is None or line.client is not valkey():
        line = _lines.line = _Line(valkey())
    return line


@functools.lru_cache(maxsize=4096)
def _question(bucket: str, per_minute: int) -> bytes:
    return _packed(
        "EVALSHA",
        _BUCKET_NAME,
        "2",
        f"api:bucket:{bucket}",
        CALLERS_EPOCH,
        str(per_minute),
        str(_WINDOW_SECONDS * 1000),
    )


def _packed(*words: str) -> bytes:
    """A command as the protocol writes it: an array of texts, each with its length in bytes."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        text = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(text), text))
    return b"".join(parts)
