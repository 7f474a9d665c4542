"""Several programs started together and stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from loyalty_platform.embedded.processes import dies_with_me, watch_over

_LOOK_EVERY_S = 0.2
_PATIENCE_S = 15


@dataclass
class Crew:
    """The programs live until one of them ends, Ctrl-C, SIGTERM, or the death of our own parent.

    `logs`: the folder for what each program says; None lets them talk to the terminal.
    """

    logs: Path | None = None
    members: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopped_by: str = ""

    def __post_init__(self) -> None:
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        log = None
        if self.logs is not None:
            self.logs.mkdir(parents=True, exist_ok=True)
            log = self.log_of(name).open("wb")
        member = subprocess.Popen(
            list(command),
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # the terminal's Ctrl-C comes to us alone, and each member is told once
            preexec_fn=dies_with_me(signal.SIGTERM),  # noqa: PLW1509 -- no threads here
        )
        if log is not None:
            log.close()
        self.members[name] = member
        self._watch = watch_over({signal.SIGTERM: [each.pid for each in self.members.values()]})

    def log_of(self, name: str) -> Path:
        assert self.logs is not None
        return self.logs / f"{name}.log"

    def is_up(self) -> bool:
        """Look once whether there is a reason to stop; `stopped_by` then says which."""
        if not self.stopped_by and os.getppid() != self._parent:
            self.stopped_by = "parent"
        if not self.stopped_by:
            self.stopped_by = next((name for name, member in self.members.items() if member.poll() is not None), "")
        return not self.stopped_by

    def stay(self) -> None:
        while self.is_up():
            time.sleep(_LOOK_EVERY_S)

    def stop(self) -> None:
        """Ask every member, wait for all, then end whatever is left of them and of their own children."""
        for member in self.members.values():
            if member.poll() is None:
                member.terminate()
        until = time.monotonic() + _PATIENCE_S
        for member in self.members.values():
            with suppress(subprocess.TimeoutExpired):
                member.wait(max(until - time.monotonic(), 0.1))
            with suppress(ProcessLookupError):
                os.killpg(member.pid, signal.SIGKILL)
        for member in self.members.values():
            member.wait()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.stopped_by = self.stopped_by or signal.Signals(number).name
