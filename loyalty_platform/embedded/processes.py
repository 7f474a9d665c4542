"""Children that never outlive whoever started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None, use_errno=True) if _LINUX else None
_PR_SET_PDEATHSIG = 1


class ServersFailed(Exception):
    """The embedded servers cannot run here; the message is one sentence for a person."""


@dataclass(frozen=True)
class Seen:
    """A process as it was seen once. The start mark tells it from a later process that got the same number."""

    pid: int
    mark: str

    def is_alive(self) -> bool:
        return start_mark(self.pid) == self.mark


def start_mark(pid: int) -> str | None:
    """When the living process `pid` began, in the system's own words; None for no process and for a zombie."""
    if _LINUX:
        try:
            # The name stands in parentheses and may itself hold spaces and parentheses.
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if state in "ZX" else fields[18]
    answer = subprocess.run(["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, began = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else began.strip()


def command_line(pid: int) -> str:
    """The program and arguments of a living process; empty for no process and for a zombie."""
    if start_mark(pid) is None:
        return ""
    if _LINUX:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def seen(pid: int) -> Seen:
    return Seen(pid, start_mark(pid) or "")


def dies_with_me(stop: signal.Signals) -> Callable[[], None] | None:
    """What a child calls before it becomes its program, so that the kernel sends it `stop` when this process dies.

    Call `Popen` from the main thread: the kernel watches the thread that forked. None where the kernel cannot do it.
    """
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(stop), 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return arrange


def open_log(path: Path) -> IO[bytes]:
    """A server's log, begun anew once it has grown past 10 MB."""
    grown = path.exists() and path.stat().st_size > 10_000_000
    return path.open("wb" if grown else "ab")


def start(
    command: list[str],
    *,
    stop: signal.Signals,
    log: IO[bytes],
    identity: Mapping[str, Any],
    folder: Path,
    text: bytes | None = None,
) -> subprocess.Popen[bytes]:
    """Start one server as a child, away from the terminal's Ctrl-C; `text` is what it reads from standard input."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd=folder,
        start_new_session=True,
        preexec_fn=dies_with_me(stop),  # noqa: PLW1509 -- the keeper has no threads
        **identity,
    )
    if child.stdin is not None and text is not None:
        child.stdin.write(text)
        child.stdin.close()
    return child


def watch_over(children: Mapping[signal.Signals, Sequence[int]]) -> subprocess.Popen[bytes] | None:
    """Where the kernel has no parent-death signal: a tiny shell in its place. Keep what this returns."""
    return None if _LINUX else start_watch(children)


def start_watch(children: Mapping[signal.Signals, Sequence[int]]) -> subprocess.Popen[bytes]:
    """A shell that wakes when our end of its pipe closes, as it does however we die, and tells the children."""
    kills = "; ".join(f"kill -{int(stop)} {pid}" for stop, pids in children.items() for pid in pids)
    return subprocess.Popen(
        ["/bin/sh", "-c", f"read _; {kills}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def stop_child(child: subprocess.Popen[bytes], polite: signal.Signals, *, seconds: float) -> None:
    if child.poll() is None:
        child.send_signal(polite)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def end_leftover(process: Seen, polite: signal.Signals, *, seconds: float) -> None:
    """End a server whose keeper died. Usually it is already stopping, so wait a moment before saying anything."""
    began = time.monotonic()
    asked = False
    while process.is_alive():
        waited = time.monotonic() - began
        if waited > 1 and not asked:
            os.kill(process.pid, polite)
            asked = True
        if waited > seconds:
            os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.02)
