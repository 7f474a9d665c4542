"""The keeper: the one process that owns the two servers of a directory.

It holds the lock `keeper.lock` for as long as it lives, so "is somebody serving this directory?" is a question to
the kernel, never to a stale file. Every user of the servers holds `users.lock` shared; when the keeper can take that
lock for itself, nobody is left, and it stops the servers. A user killed with SIGKILL lets go like any other.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

from loyalty_platform.embedded import postgres, valkey
from loyalty_platform.embedded.account import server_account, server_home
from loyalty_platform.embedded.postgres import Postgres
from loyalty_platform.embedded.processes import Seen, ServersFailed, end_leftover, seen, stop_child, watch_over
from loyalty_platform.embedded.valkey import Valkey

_LOOK_EVERY_S = 0.1
_PORT_TRIES = 5


def try_lock(path: Path) -> IO[str] | None:
    """The open file with its exclusive lock, which lives as long as the file is open; None if another has it."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def free_port(wish: int = 0) -> int:
    for port in (wish, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServersFailed("No free port was found on 127.0.0.1.")


def read_run(directory: Path) -> dict[str, Any]:
    try:
        run: dict[str, Any] = json.loads((directory / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return run


@dataclass
class Keeper:
    directory: Path
    linger_s: float
    fast_and_forgetful: bool
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    asked_to_stop: bool = False

    def keep(self, ready: IO[str]) -> None:
        """Start both servers, say so on `ready`, and stay until nobody needs them. One line on `ready` either way."""
        lock = try_lock(self.directory / "keeper.lock")
        if lock is None:
            raise ServersFailed(f"Another process already serves {self.directory}.")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        try:
            self._start()
            ready.write("ready\n")
            ready.flush()
            self._stay()
        finally:
            self._stop()
            lock.close()

    def _start(self) -> None:
        account = server_account()
        home = server_home(self.directory, account)
        before = read_run(self.directory)
        for name, stop in (("postgres", postgres.STOP), ("valkey", valkey.STOP)):
            if name in before.get("children", {}):
                end_leftover(Seen(*before["children"][name]), stop, seconds=20)
        password = self._password()
        database = Postgres(home, account, password, self.fast_and_forgetful)
        store = Valkey(home, account, password, self.fast_and_forgetful)
        database.create_files()
        database.clear_stale_pid()
        ports = before.get("ports", {})
        for server, name in ((store, "valkey"), (database, "postgres")):
            ports[name] = self._start_one(server, name, ports.get(name, 0))
        self._write_run(ports, home, database, store)
        stops = {postgres.STOP: [self.children["postgres"].pid], valkey.STOP: [self.children["valkey"].pid]}
        self.watch = watch_over(stops)

    def _start_one(self, server: Postgres | Valkey, name: str, wish: int) -> int:
        """Start it on the port it had last time, or another: between looking and binding somebody may take it."""
        for attempt in range(_PORT_TRIES):
            port = free_port(wish if attempt == 0 else 0)
            child = self.children[name] = server.start(port)
            try:
                server.wait(child, port)
                return port
            except ServersFailed as failure:
                in_use = "address already in use" in str(failure).lower() or "could not create any TCP" in str(failure)
                if not in_use or attempt == _PORT_TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def _password(self) -> str:
        path = self.directory / "password"
        if not path.exists() or not path.read_text():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(16))
        return path.read_text()

    def _write_run(self, ports: dict[str, int], home: Path, database: Postgres, store: Valkey) -> None:
        run = {
            "keeper": os.getpid(),
            "home": str(home),
            "ports": ports,
            "children": {name: [child.pid, seen(child.pid).mark] for name, child in self.children.items()},
            "database_url": database.url(ports["postgres"]),
            "superuser_url": database.superuser_url(ports["postgres"]),
            "redis_url": store.url(ports["valkey"]),
        }
        part = self.directory / "run.json.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps(run, indent=1))
        part.replace(self.directory / "run.json")

    def _stay(self) -> None:
        alone_since: float | None = None
        while not self.asked_to_stop and all(child.poll() is None for child in self.children.values()):
            users = try_lock(self.directory / "users.lock")
            if users is None:
                alone_since = None
            else:
                alone_since = alone_since or time.monotonic()
                if time.monotonic() - alone_since >= self.linger_s:
                    self.last_lock = users  # held until we are gone: whoever comes now waits, then starts anew
                    return
                users.close()
            time.sleep(_LOOK_EVERY_S)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def _stop(self) -> None:
        for name, stop in (("valkey", valkey.STOP), ("postgres", postgres.STOP)):
            if name in self.children:
                stop_child(self.children[name], stop, seconds=30)
