"""The embedded servers: found by everybody, outliving nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest
import redis

from loyalty_platform.embedded.attachment import Servers, attach, erase, is_kept
from loyalty_platform.embedded.keeper import free_port, read_run
from loyalty_platform.embedded.processes import Seen, seen, start_mark, start_watch

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for the module, with a space in its path; making it costs more than all else here."""
    folder = tmp_path_factory.mktemp("var of our shop")
    for parent in (folder, *folder.parents[:2]):  # root's server runs as nobody, who must be able to enter
        if parent.owner() == Path.home().owner() and parent != Path("/tmp"):
            parent.chmod(0o755)
    yield folder
    erase(folder)


def ask(servers: Servers, question: str) -> object:
    connection = psycopg2.connect(servers.database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def eventually(holds: Callable[[], bool], *, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def servers_of(folder: Path) -> list[Seen]:
    return [Seen(*child) for child in read_run(folder)["children"].values()]


def another_user(folder: Path) -> subprocess.Popen[str]:
    """Another process that attaches, says so, and stays."""
    program = "import sys, time; print(1, flush=True); time.sleep(60)"
    command = ["--dir", str(folder), "--fast", "run", "--", sys.executable, "-c", program]
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    user = subprocess.Popen(
        [sys.executable, "-m", "loyalty_platform.embedded", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "1\n"
    user.stdout.close()
    return user


def test_both_servers_answer_on_loopback_and_only_with_the_password(shop: Path) -> None:
    servers = attach(shop, fast_and_forgetful=True)
    try:
        assert ask(servers, "SHOW listen_addresses") == "127.0.0.1"
        with redis.Redis.from_url(servers.redis_url) as store:
            assert store.ping()
            assert store.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            port = store.connection_pool.connection_kwargs["port"]
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(servers.database_url.replace("postgres://loyalty:", "postgres://loyalty:x"))
    finally:
        servers.let_go()


def test_the_application_is_no_superuser_yet_searches_chinese_and_makes_test_databases(shop: Path) -> None:
    servers = attach(shop, fast_and_forgetful=True)
    try:
        assert ask(servers, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        ask(servers, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert ask(servers, "SELECT cardinality(show_trgm('张三丰')) > 0") is True
        ask(servers, "CREATE DATABASE trial")
        ask(servers, "DROP DATABASE trial")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(servers, "CREATE ROLE intruder SUPERUSER")
    finally:
        servers.let_go()


def test_a_second_process_finds_the_same_servers_and_the_last_one_out_stops_them(shop: Path) -> None:
    mine = attach(shop, fast_and_forgetful=True)
    other = another_user(shop)
    running = servers_of(shop)
    assert read_run(shop)["keeper"] == mine.keeper
    mine.let_go()
    time.sleep(0.5)
    assert all(server.is_alive() for server in running)
    other.kill()  # no farewell: the kernel drops its lock
    other.wait()
    assert eventually(lambda: not any(server.is_alive() for server in running))
    assert eventually(lambda: not is_kept(shop))


def test_killing_the_keeper_leaves_no_orphan_and_loses_no_row(shop: Path) -> None:
    servers = attach(shop, fast_and_forgetful=True)
    ask(servers, "CREATE TABLE kept (n int)")
    ask(servers, "INSERT INTO kept VALUES (7)")
    running = servers_of(shop)
    os.kill(servers.keeper, signal.SIGKILL)
    assert eventually(lambda: not any(server.is_alive() for server in running))
    servers.let_go()
    again = attach(shop, fast_and_forgetful=True)
    try:
        assert again.keeper != servers.keeper
        assert ask(again, "SELECT n FROM kept") == 7
        ask(again, "DROP TABLE kept")
    finally:
        again.let_go()


def test_a_pid_file_left_behind_does_not_stop_the_next_start(shop: Path) -> None:
    attach(shop, fast_and_forgetful=True).let_go()
    assert eventually(lambda: not is_kept(shop))
    # A number that now belongs to somebody else: to this very process.
    pid_file = Path(read_run(shop)["home"]) / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    servers = attach(shop, fast_and_forgetful=True)
    try:
        assert ask(servers, "SELECT 1") == 1
    finally:
        servers.let_go()


def test_erasing_starts_over(shop: Path) -> None:
    servers = attach(shop, fast_and_forgetful=True)
    ask(servers, "CREATE TABLE before (n int)")
    running = servers_of(shop)
    servers.let_go()
    erase(shop)
    assert not any(server.is_alive() for server in running)
    assert not shop.exists()
    again = attach(shop, fast_and_forgetful=True)
    try:
        assert ask(again, "SELECT to_regclass('before') IS NULL") is True
    finally:
        again.let_go()


def test_a_wished_port_is_given_only_when_it_is_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port


def test_a_zombie_counts_as_gone() -> None:
    child = subprocess.Popen(["true"])
    assert eventually(lambda: start_mark(child.pid) is None)  # it ended, and nobody has asked how
    assert child.wait() == 0


def test_without_the_kernels_help_a_shell_watches_over_the_children() -> None:
    child = subprocess.Popen(["sleep", "60"])
    watch = start_watch({signal.SIGTERM: [child.pid]})
    assert seen(child.pid).is_alive()
    assert watch.stdin is not None
    watch.stdin.close()  # what the kernel does for us when we die
    assert child.wait(10) == -signal.SIGTERM
    assert watch.wait(10) == 0
