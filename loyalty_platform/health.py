"""Liveness says that the process answers; readiness says that it can do its work."""

from __future__ import annotations

import time

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

_migrations_seen_complete = False


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and Redis answer; otherwise 503 with the part that does not."""
    checks = {"database": _database(), "migrations": _migrations(), "redis": _redis()}
    healthy = all(result["status"] == "ok" for result in checks.values())
    return JsonResponse({"status": "ready" if healthy else "unready", "checks": checks}, status=200 if healthy else 503)


def _database() -> dict[str, object]:
    started = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"status": "unreachable"}
    return {"status": "ok", "milliseconds": round((time.perf_counter() - started) * 1000, 1)}


def _migrations() -> dict[str, object]:
    # Read from disk and table only until complete: a running process's own migrations never become unapplied.
    global _migrations_seen_complete
    if not _migrations_seen_complete:
        try:
            executor = MigrationExecutor(connection)
            _migrations_seen_complete = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return {"status": "unreachable"}
    return {"status": "ok" if _migrations_seen_complete else "pending"}


def _redis() -> dict[str, object]:
    started = time.perf_counter()
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except redis.RedisError:
        return {"status": "unreachable"}
    return {"status": "ok", "milliseconds": round((time.perf_counter() - started) * 1000, 1)}
