"""`make bench`: every figure of docs/performance.md, beside its witness of the same minute."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.benchmarks import customers_search, desk_deadlines, desk_inbox, history, http, insight, models, nightly
from tests.benchmarks.report import Report, say

PARTS = ("http", "load", "nightly", "search", "insight", "models", "desk")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}, separated by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument(
        "--members", type=int, default=1_000_000, help="of the shop whose night and search are measured"
    )
    parser.add_argument("--households", type=int, help="of the grocer's year, only so many")
    given = parser.parse_args()
    parts = given.only.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    call_command("migrate", verbosity=0, skip_checks=True)
    _tell_machine()
    report = Report()
    if "http" in parts:
        say("Over HTTP, beside pgbench on the same tables")
        http.run(report, rounds=given.rounds, seconds=given.seconds)
    if "load" in parts:
        say("A year of purchases")
        history.run(report, households=given.households)
    if "nightly" in parts:
        say(f"The night of {given.members:,} members")
        nightly.run(report, members=given.members)
    if "search" in parts:
        say(f"Finding one of {given.members:,} customers")
        times = customers_search.main(given.members)
        report.below("search, p95 of SQL", times.search_p95_ms, "ms", least=50, aim=15)
        report.below("customer page, p95 of SQL", times.page_p95_ms, "ms", least=50, aim=15)
    if "insight" in parts:
        say(f"What {given.members:,} customers with ten orders each tell")
        insight.run(report, customers=given.members)
    if "models" in parts:
        say("What the models reach on real shops, and what they cost")
        models.run(report, households=given.households, customers=given.members)
    if "desk" in parts:
        say(f"A complaint desk with {given.members:,} tickets")
        desk_inbox.run(report, tickets=given.members)
        desk_deadlines.run(report, tickets=given.members)
    report.print()
    report.keep(Path(settings.BASE_DIR / "var" / "bench" / "figures.json"))
    return 0


def _tell_machine() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version(), current_setting('synchronous_commit'), current_setting('fsync')")
        version, synchronous, fsync = cursor.fetchone() or ("", "", "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    say(f"{os.cpu_count()} CPUs, {memory:.0f} GiB, Python {platform.python_version()}, {version.split(' on ')[0]}")
    say(
        f"synchronous_commit {synchronous}, fsync {fsync}, fdatasync {_fdatasync_ms():.2f} ms, load {os.getloadavg()[0]:.1f}"
    )


def _fdatasync_ms() -> float:
    with tempfile.NamedTemporaryFile(dir=settings.BASE_DIR / "var") as file:
        started = time.perf_counter()
        for _ in range(50):
            file.write(b"x" * 8192)
            file.flush()
            os.fdatasync(file.fileno())
        return (time.perf_counter() - started) / 50 * 1000


if __name__ == "__main__":
    sys.exit(main())
