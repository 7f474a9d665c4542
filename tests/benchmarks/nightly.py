"""The night of a shop with a million members: what expires, whose tier changes, whether the books balance."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection

from loyalty.actions.nights import expire_lots, reconcile, review_tiers
from merchants.clock import now
from tests.benchmarks.members import members_shop
from tests.benchmarks.report import Report, say


def run(report: Report, *, members: int) -> None:
    shop = members_shop(f"bench-night-{members}", members, due=True)
    at = now(shop)
    started = time.perf_counter()
    expired = expire_lots(shop, at=at, deliver=False)
    took = time.perf_counter() - started
    if expired.lots:
        say(f"    {expired.lots:,} lots with {expired.points:,} points in {took:.1f} s")
        report.above("expiry", expired.lots / took, "lots/s", least=15_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE loyalty_lot, loyalty_account, loyalty_entry, loyalty_allocation")
    started = time.perf_counter()
    changed = review_tiers(shop, at=at, deliver=False)
    took = time.perf_counter() - started
    say(f"    {changed:,} standings changed")
    report.below(f"tier review of {members:,} members", took, "s", least=20)
    started = time.perf_counter()
    again = expire_lots(shop, at=at, deliver=False).lots + review_tiers(shop, at=at, deliver=False)
    report.below("rows changed by a second run", again, f"({time.perf_counter() - started:.1f} s)", least=0)
    ended = review_tiers(shop, at=at + timedelta(days=31), deliver=False)
    say(f"    {ended:,} standings after the grace period")
    proof = reconcile(shop)
    say(f"    {proof.accounts:,} accounts, {proof.entries:,} entries, {proof.lots:,} lots, {proof.fault_count} faults")
    report.below("full reconciliation", proof.seconds, "s", least=30)
    report.below("faults in the books", proof.fault_count, "", least=0)
