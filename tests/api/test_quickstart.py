"""The quick start does what it says: every block of docs/quickstart.md is run against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from customers.models import Customer
from loyalty.actions.nights import reconcile
from loyalty.queries.balances import balance_of
from merchants.models import Merchant
from tests.cast import make_key

TEXT = (Path(__file__).parents[2] / "docs" / "quickstart.md").read_text(encoding="utf-8")


def blocks(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL))


def run(command: list[str], program: str, **environment: str) -> str:
    done = subprocess.run(
        command, input=program, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_quick_start_works_as_written(
    transactional_db: None, live_server: Any, aroma: Merchant, carla: Customer
) -> None:
    access = {"LOYALTY_URL": live_server.url, "LOYALTY_KEY": make_key(aroma)}

    first = run(["bash", "-euo", "pipefail"], blocks("sh"), **access)
    assert '"points":218' in first
    again = run(["bash", "-euo", "pipefail"], blocks("sh"), **access)
    assert '"is_new":true' in again  # the Idempotency-Key gives the first answer
    printed = run([sys.executable, "-"], blocks("python"), **access)

    assert printed.splitlines()[:3] == ["218 积分 普通会员", "captured 100", "45 points taken back"]
    assert "3 recorded, 0 refused" in printed
    assert "4 orders" in printed
    newcomer = Customer.objects.get(merchant=aroma, phone="+8613700007000")
    assert balance_of(newcomer).active == 218 - 100 - 45 + 3 * 128
    assert balance_of(carla).active == 0
    assert reconcile(aroma).faults == []
