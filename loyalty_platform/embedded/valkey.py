"""One Valkey: loopback only, with a password, every write kept on disk, nothing ever evicted."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from loyalty_platform.embedded.account import Account, own_folder, valkey_binary
from loyalty_platform.embedded.processes import ServersFailed, open_log, start

STOP = signal.SIGTERM
DATABASES = 512  # one per test process


@dataclass(frozen=True)
class Valkey:
    home: Path
    account: Account
    password: str
    fast_and_forgetful: bool

    @property
    def log(self) -> Path:
        return self.home / "valkey.log"

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{port}/0"

    def start(self, port: int) -> subprocess.Popen[bytes]:
        files = own_folder(self.home / "valkey", self.account)
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": self.password,
            "dir": f'"{files}"',
            "appendonly": "no" if self.fast_and_forgetful else "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "databases": DATABASES,
            "daemonize": "no",
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        with open_log(self.log) as log:
            # The settings go in through standard input: a password on the command line is everybody's to read.
            return start(
                [str(valkey_binary(self.account)), "-"],
                stop=STOP,
                log=log,
                identity=self.account.identity,
                folder=files,
                text=text.encode(),
            )

    def wait(self, child: subprocess.Popen[bytes], port: int, *, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        with redis.Redis(port=port, password=self.password) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError:  # not listening yet, or still loading its files
                    if child.poll() is not None or time.monotonic() > until:
                        said = self.log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
                        raise ServersFailed(f"Valkey did not start: {said[-1]}") from None
                    time.sleep(0.02)
