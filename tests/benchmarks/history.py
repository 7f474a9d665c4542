"""`load_demo` on empty tables: the grocer's year, while the web answers."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings

from loyalty_platform.demo_data.grocer import BASKETS
from tests.benchmarks.report import Report, percentile, say
from tests.benchmarks.web import web
from tests.benchmarks.wire import Load, drive


def run(report: Report, *, households: int | None = None) -> None:
    name = f"bench_{secrets.token_hex(4)}"
    url = str(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl())
    _admin(f"CREATE DATABASE {name}")
    try:
        environment = os.environ | {"DATABASE_URL": url, "DEMO": "1"}
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        subprocess.run([*manage, "migrate", "--verbosity", "0", "--skip-checks"], env=environment, check=True)
        with web(url, os.environ["REDIS_URL"]) as (address, _master):
            answers: list[Load] = []
            probe = threading.Thread(target=lambda: answers.append(_ask(address)), daemon=True)
            started = time.perf_counter()
            loading = subprocess.Popen(
                [*manage, "load_demo", "--shop", "journey", *(["--households", str(households)] if households else [])],
                env=environment,
            )
            probe.start()
            if loading.wait():
                raise RuntimeError("load_demo failed")
            took = time.perf_counter() - started
            probe.join(60)
        report.below(f"load_demo, {BASKETS:,} orders with lines, points, tiers", took, "s", least=60, aim=35)
        if answers:
            slow = percentile(answers[0].latencies_ms, 0.99)
            say(
                f"    {len(answers[0].latencies_ms):,} pages meanwhile, p99 {slow:.0f} ms, {answers[0].failures} failures"
            )
            report.below("web answers meanwhile (failures)", answers[0].failures, "", least=0)
    finally:
        _drop(name)


def _ask(address: tuple[str, int]) -> Load:
    request = b"GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n"

    def gently() -> bytes:
        time.sleep(0.05)
        return request

    return drive(address, gently, connections=1, seconds=20)


def _drop(name: str) -> None:
    """Autovacuum may be at work in it, and is not ours to end: it leaves when asked to."""
    for _ in range(30):
        try:
            _admin(f"DROP DATABASE IF EXISTS {name}")
        except psycopg2.errors.ObjectInUse:
            time.sleep(1)
        else:
            return


def _admin(sql: str) -> None:
    database = settings.DATABASES["default"]
    connection = psycopg2.connect(
        host=database["HOST"], port=database["PORT"], user=database["USER"], password=database["PASSWORD"],
        dbname=database["NAME"],
    )  # fmt: skip
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()
