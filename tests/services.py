"""The PostgreSQL and Valkey of the tests: those given by the environment, else embedded ones in `var/test`.

Several test runs may go on at once in one checkout. Each takes a *slot*: its own database name and its own range of
Valkey databases, so that they never meet. A slot is a lock that the kernel drops when the run ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from functools import cache
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from loyalty_platform.embedded.attachment import Servers, attach

_DIRECTORY = Path(__file__).resolve().parents[1] / "var" / "test"
_STORES_PER_SLOT = 16  # Valkey databases: one for the run itself, one for each xdist worker
_SLOTS = 512 // _STORES_PER_SLOT
_held: list[Servers | IO[str]] = []  # kept open for as long as this process lives


@cache
def ensure_services() -> tuple[str, str]:
    """The database's and Valkey's addresses, also put into the environment. Call it before settings are read.

    pytest-xdist workers inherit the addresses from the process that started them and only move on to their own Valkey
    database; pytest-django gives them their own database name.
    """
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        servers = attach(_DIRECTORY, linger_s=10, fast_and_forgetful=True)
        slot = _take_slot()
        _held.append(servers)
        os.environ.setdefault("DATABASE_URL", _with_path(servers.database_url, f"loyalty_{slot}"))
        os.environ.setdefault("REDIS_URL", _with_path(servers.redis_url, str(slot * _STORES_PER_SLOT)))
    first = int(urlsplit(os.environ["REDIS_URL"]).path.strip("/") or 0)
    os.environ["REDIS_URL"] = _with_path(os.environ["REDIS_URL"], str(first + _worker()))
    return os.environ["DATABASE_URL"], os.environ["REDIS_URL"]


def _take_slot() -> int:
    for slot in range(_SLOTS):
        file = (_DIRECTORY / f"slot-{slot}.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _held.append(file)
        return slot
    raise RuntimeError(f"{_SLOTS} test runs are already going on in {_DIRECTORY}.")


def _with_path(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=f"/{path}").geturl()


def _worker() -> int:
    """0 for the run itself, 1 for gw0, 2 for gw1, …"""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) + 1 if name else 0
