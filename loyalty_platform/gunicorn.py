"""How gunicorn serves the platform; the environment says the rest (docs/operations.md)."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.urls import get_resolver

_M_ARENA_MAX = -8  # of malloc.h
_LARGE_BODY_BYTES = 100_000
_libc: Any = ctypes.CDLL(None)

# Each process writes its figures into a file here, and /metrics adds them up. The library looks for the variable when
# it is imported, which is why that comes afterwards.
_own_metrics_folder = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
metrics_folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix="loyalty-metrics-"))
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics_folder)

from prometheus_client import multiprocess  # noqa: E402

from loyalty_platform.web_worker import forget  # noqa: E402

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "loyalty_platform.web_worker.KeepingThreadWorker"
threads = int(os.environ.get("WEB_THREADS", "8"))  # each keeps one database connection open
preload_app = True  # imported once and shared by fork: less memory, and no slow first request
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than a load balancer's usual 60 s, so that it never meets a connection just closed
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- heartbeats must not wait for a disk
control_socket_disable = True
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")


def post_fork(server: Any, worker: Any) -> None:
    gc.set_threshold(20_000, 20, 50)  # a batch of 500 orders makes 100,000 plain objects and no cycle
    with suppress(OSError, AttributeError):  # glibc alone keeps a heap for each thread, and gives little of it back
        _libc.mallopt(_M_ARENA_MAX, 2)


def post_request(worker: Any, req: Any, environ: dict[str, Any], resp: Any) -> None:
    """A batch takes tens of megabytes for a tenth of a second; unasked, the allocator would keep them for the next one."""
    if int(environ.get("CONTENT_LENGTH") or 0) > _LARGE_BODY_BYTES:
        with suppress(AttributeError):
            _libc.malloc_trim(0)


def on_starting(server: Any) -> None:
    metrics_folder.mkdir(parents=True, exist_ok=True)
    for leftover in metrics_folder.glob("*.db"):
        leftover.unlink()


def when_ready(server: Any) -> None:
    """Still before the first fork: the views, which Django would import at each worker's first request."""
    get_resolver().url_patterns  # noqa: B018 -- reading it is what imports them
    # All of it stays: the collector need not look through it again, nor touch pages that the workers share.
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    forget(worker.age)
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    if _own_metrics_folder:
        shutil.rmtree(metrics_folder, ignore_errors=True)
