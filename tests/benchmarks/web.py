"""The web server as in production: gunicorn with the repository's own configuration, two workers, behind a proxy's header."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings

from loyalty_platform.demo.address import HOST, first_free_port

_READY_WITHIN_S = 30
SCIENCE = ("pandas", "sklearn", "scipy", "pyarrow", "numpy")


@contextmanager
def web(database_url: str, redis_url: str) -> Iterator[tuple[tuple[str, int], int]]:
    """((host, port), process id of the master) while it serves."""
    port = first_free_port(18_000)
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DEMO", "DEBUG", "DJANGO_SETTINGS_MODULE")
    }
    environment = kept | {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "BIND": f"{HOST}:{port}", "SECRET_KEY": settings.SECRET_KEY,
        "BEHIND_PROXY": "1", "WEB_CONCURRENCY": "2", "API_REQUESTS_PER_MINUTE": "100000000", "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "loyalty_platform.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "--config", "loyalty_platform/gunicorn.py", "loyalty_platform.wsgi"]
    server = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)
    try:
        _wait(f"http://{HOST}:{port}/health/ready", server)
        yield (HOST, port), server.pid
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(35)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        with (
            suppress(HTTPError, URLError, OSError),
            urlopen(Request(url, headers={"X-Forwarded-Proto": "https"}), timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("The web server did not become ready.")


def workers_of(master: int) -> list[int]:
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [int(child) for child in children]


def memory_mb(process: int) -> float:
    """Resident memory."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def science_in(process: int) -> list[str]:
    """Which of the heavy packages have a library mapped into the process."""
    maps = Path(f"/proc/{process}/maps").read_text()
    return [name for name in SCIENCE if f"/{name}/" in maps]
