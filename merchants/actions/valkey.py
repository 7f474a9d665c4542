"""The shared memory of all processes: what may be lost, and must be quick."""

from __future__ import annotations

import functools

import redis
from django.conf import settings


@functools.cache
def valkey() -> redis.Redis:
    """One client for the process (a pool inside). Callers catch `redis.RedisError`: the memory may be away."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
