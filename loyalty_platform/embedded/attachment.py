"""Get to the servers of a directory: started if need be, and up for as long as this process lives."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loyalty_platform.embedded.account import server_account, server_home
from loyalty_platform.embedded.keeper import read_run, try_lock
from loyalty_platform.embedded.processes import ServersFailed

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str
    superuser_url: str
    keeper: int
    home: Path  # where their files lie
    hold: IO[str]  # the shared lock that says "in use"; closing it lets go

    def let_go(self) -> None:
        self.hold.close()


def attach(directory: Path, *, linger_s: float = 0, fast_and_forgetful: bool = False) -> Servers:
    """The running servers of `directory`, started now if need be.

    `linger_s`: how long they stay up after the last user left. `fast_and_forgetful`: no fsync, for tests. Both are the
    choice of whoever starts them. Raises ServersFailed with one sentence for a person.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    hold = (directory / "users.lock").open("a")
    fcntl.flock(hold, fcntl.LOCK_SH)  # waits here while a keeper is on its way out
    try:
        with (directory / "start.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not is_kept(directory):
                _start_keeper(directory, linger_s, fast_and_forgetful)
        run = read_run(directory)
        return Servers(
            run["database_url"], run["redis_url"], run["superuser_url"], run["keeper"], Path(run["home"]), hold
        )
    except BaseException:
        hold.close()
        raise


def is_kept(directory: Path) -> bool:
    lock = try_lock(directory / "keeper.lock")
    if lock is None:
        return True
    lock.close()
    return False


def stop(directory: Path) -> bool:
    """Stop the servers of `directory`, users or not. False when none were running."""
    directory = directory.resolve()
    if not directory.is_dir():
        return False
    with (directory / "start.lock").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if not is_kept(directory):
            return False
        os.kill(read_run(directory)["keeper"], signal.SIGTERM)
        while is_kept(directory):
            time.sleep(0.02)
    return True


def erase(directory: Path) -> None:
    """Stop the servers of `directory` and delete all their files."""
    stop(directory)
    for folder in {server_home(directory, server_account()), directory}:
        shutil.rmtree(folder, ignore_errors=True)


def _start_keeper(directory: Path, linger_s: float, fast_and_forgetful: bool) -> None:
    command = [sys.executable, "-m", "loyalty_platform.embedded", "--dir", str(directory)]
    command += ["--linger", str(linger_s), *(["--fast"] if fast_and_forgetful else []), "keep"]
    with (directory / "keeper.log").open("ab") as log:
        keeper = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=_ROOT,
            start_new_session=True,
            text=True,
        )
    assert keeper.stdout is not None
    said = keeper.stdout.readline().strip()
    keeper.stdout.close()
    if said != "ready":
        keeper.wait()
        raise ServersFailed(said or f"The embedded servers did not start; {directory / 'keeper.log'} says why.")
