"""The witnesses: pgbench on the product's own tables, writing the same rows by one statement on the server.

They show what this machine's PostgreSQL can do in this minute, so that figures of different days may be compared.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from loyalty_platform.embedded.account import postgres_binaries, server_account

SQL = Path(__file__).with_name("witnesses.sql")
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the witnesses write: the shop, its customers `first` … `first + members − 1`, a product and a version."""

    merchant: int
    first: int
    members: int
    product: int
    version: int

    @property
    def variables(self) -> dict[str, int]:
        return {
            "merchant": self.merchant, "first": self.first, "last": self.first + self.members - 1, "members": self.members,
            "product": self.product, "version": self.version,
        }  # fmt: skip


_SPREAD = r"\set customer random(:first, :last)" "\n"
_HOT = r"\set customer :first" "\n"
EARN = "SELECT bench_earn(:merchant, :customer, :product, :version);\n"
SPEND = "SELECT bench_spend(:merchant, :customer);\n"
READ = """SELECT a.wallet, a.balance, a.held, a.arrears, s.tier, s.since, l.expires_at, l.points
FROM loyalty_account a
LEFT JOIN loyalty_tierstanding s ON s.customer_id = a.customer_id
LEFT JOIN LATERAL (
    SELECT expires_at, remaining - held AS points FROM loyalty_lot
    WHERE account_id = a.id AND remaining > 0 AND expires_at > now() ORDER BY expires_at LIMIT 1
) l ON true
WHERE a.merchant_id = :merchant AND a.customer_id = :customer;
"""  # in the simple protocol: parsed and planned each time, as psycopg2 sends statements
BATCH = (
    r"\set start random(0, :members - 1)"
    "\n" + "SELECT bench_earn_batch(:merchant, :first, :members, :start, 100, :product, :version);\n"
)


def create_functions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SQL.read_text())


def pgbench(
    script: str, ground: Ground, *, clients: int, seconds: float, hot: bool = False, simple: bool = False
) -> float:
    """Transactions per second."""
    database = settings.DATABASES["default"]
    binaries = postgres_binaries(server_account())
    environment = os.environ | {
        "PGHOST": database["HOST"], "PGPORT": str(database["PORT"]), "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"], "PGDATABASE": database["NAME"],
    }  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(("" if "start" in script else _HOT if hot else _SPREAD) + script)
        file.flush()
        command = [
            str(binaries / "pgbench"), "--no-vacuum", "--client", str(clients), "--jobs", "1",
            "--time", str(max(1, round(seconds))), "--protocol", "simple" if simple else "prepared", "--file", file.name,
            *(part for name, value in ground.variables.items() for part in ("--define", f"{name}={value}")),
        ]  # fmt: skip
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = _TPS.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench: {done.stderr[-2000:]}")
    return float(found[1])
