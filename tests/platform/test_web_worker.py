"""The web server's workers: a thread stays with its connection, and nobody is left with all of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from loyalty_platform import web_worker
from loyalty_platform.demo.address import answers
from loyalty_platform.embedded.keeper import free_port

ROOT = Path(__file__).resolve().parents[2]
THREADS = 2


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Two workers of two threads each."""
    port = free_port()
    environment = os.environ | {
        "BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "2", "WEB_THREADS": str(THREADS), "DEMO": "1",
    }  # fmt: skip
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    command = [sys.executable, "-m", "gunicorn", "--config", "loyalty_platform/gunicorn.py"]
    server = subprocess.Popen(
        [*command, "tests.platform.reply_with_thread:application"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while not answers(f"http://127.0.0.1:{port}/health/live"):
        assert server.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    yield port
    server.terminate()
    assert server.wait(40) == 0


def connect(port: int) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", port, timeout=10)


def who(connection: HTTPConnection) -> tuple[int, int]:
    """Process and thread that answer on this connection, which stays open."""
    connection.request("GET", "/who")
    process, thread = connection.getresponse().read().split()
    return int(process), int(thread)


def test_connections_are_shared_by_the_workers(port: int) -> None:
    kept = [connect(port) for _ in range(8)]
    try:
        served = Counter(who(connection)[0] for connection in kept)
    finally:
        for connection in kept:
            connection.close()

    assert len(served) == 2
    assert min(served.values()) >= 2


def test_a_kept_connection_stays_with_its_thread(port: int) -> None:
    with closing(connect(port)) as connection:
        served = Counter(who(connection) for _ in range(100))

    # All of them, unless this machine paused in between for longer than a thread waits.
    assert served.most_common(1)[0][1] >= 50


def test_clients_that_say_nothing_hinder_nobody(port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(2 * THREADS)]
    fell_silent = [connect(port) for _ in range(2 * THREADS)]
    try:
        for connection in fell_silent:
            who(connection)
        with closing(connect(port)) as connection:
            assert who(connection)
        assert all(who(connection) for connection in fell_silent), "and those who speak again are heard"
    finally:
        for client in silent:
            client.close()
        for connection in fell_silent:
            connection.close()


def test_a_killed_worker_is_replaced_and_its_connections_are_nobodys(port: int) -> None:
    with closing(connect(port)) as connection:
        killed, _ = who(connection)
        os.kill(killed, signal.SIGKILL)
    until = time.monotonic() + 30
    while True:
        kept = [connect(port) for _ in range(6)]
        try:
            served = {who(connection)[0] for connection in kept}
        except OSError:  # accepted by the one that was being killed
            served = set()
        finally:
            for connection in kept:
                connection.close()
        if len(served) == 2 and killed not in served:
            return
        assert time.monotonic() < until


def test_who_is_gone_is_not_waited_for() -> None:
    try:
        web_worker._publish(7, 1)
        web_worker._publish(8, 5)
        assert web_worker._fewest() == 1
        web_worker.forget(7)
        assert web_worker._fewest() == 5
    finally:
        web_worker.forget(7)
        web_worker.forget(8)
