"""The web server as production runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from loyalty_platform.demo.address import answers
from loyalty_platform.embedded.keeper import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """Two processes of it on a port of their own; its address."""
    url = f"127.0.0.1:{free_port()}"
    environment = {**os.environ, "BIND": url, "WEB_CONCURRENCY": "2", "DEMO": "1", "TMPDIR": str(tmp_path)}
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    command = [sys.executable, "-m", "gunicorn", "--config", "loyalty_platform/gunicorn.py", "loyalty_platform.wsgi"]
    master = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not answers(f"http://{url}/health/live"):
        assert master.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    yield f"http://{url}"
    master.terminate()
    assert master.wait(40) == 0


def test_metrics_sum_over_the_processes_and_are_for_loopback(web: str, tmp_path: Path) -> None:
    for _ in range(20):
        assert answers(f"{web}/health/live")
    with urlopen(f"{web}/metrics") as answer:
        text = answer.read().decode()
    counted = re.search(r'^loyalty_request_seconds_count{door="other",method="GET",status="200"} ([\d.]+)$', text, re.M)
    assert counted is not None
    assert float(counted[1]) >= 21
    assert list(tmp_path.glob("loyalty-metrics-*/*.db"))
