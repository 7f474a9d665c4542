"""`manage.py load_orders FILE --shop SLUG`: a merchant's own orders, through the path that every order takes."""

from __future__ import annotations

import csv
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import translation

from customers.rules.files import guarded
from loyalty_platform.order_files.orders import Fault, OrderFile
from loyalty_platform.order_files.reading import UnreadableFile, read_rows
from merchants.models import Actor, Merchant

_SHOWN = 10


class Command(BaseCommand):
    help = "Load orders from CSV (UTF-8 or GB18030), Excel or NDJSON. Loading a file again changes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--shop", required=True, help="the shop's address, as in /dashboard/ADDRESS/")
        parser.add_argument("--dry-run", action="store_true", help="check everything and keep nothing")
        parser.add_argument("--register", action="store_true", help="register customers who are not known yet")
        parser.add_argument("--source", default="import", help="where the orders and customer ids come from")
        parser.add_argument("--errors", type=Path, help="where refused orders are listed (FILE.errors.csv)")

    def handle(
        self,
        *arguments: Any,
        file: Path,
        shop: str,
        dry_run: bool,
        register: bool,
        source: str,
        errors: Path | None,
        **options: Any,
    ) -> None:
        merchant = Merchant.objects.filter(slug=shop).first()
        if merchant is None:
            raise CommandError(f"There is no shop with the address {shop}.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        by = Actor("system", None, f"load_orders {file.name}"[:120])
        job = OrderFile(merchant, by, source, dry_run, register)
        started = time.monotonic()
        with translation.override(merchant.language):
            try:
                faults = self._load(job, file)
            except UnreadableFile as failure:
                raise CommandError(str(failure)) from failure
        list_at = errors or file.with_name(f"{file.name}.errors.csv")
        if faults:
            _write(list_at, faults)
        elif errors is None:
            list_at.unlink(missing_ok=True)  # of an earlier try
        self._tell(job, faults, list_at, time.monotonic() - started)
        if faults:
            raise SystemExit(2)

    def _load(self, job: OrderFile, file: Path) -> list[Fault]:
        faults: list[Fault] = []
        for batch in job.load(read_rows(file)):
            faults += batch
            for fault in batch[: max(0, _SHOWN - len(faults) + len(batch))]:
                self.stderr.write(f"row {fault.row}, order {fault.order}: {fault.column or fault.code}: {fault.reason}")
        return faults

    def _tell(self, job: OrderFile, faults: list[Fault], list_at: Path, seconds: float) -> None:
        count = job.count
        verb = "would be recorded" if job.dry_run else "recorded"
        self.stdout.write(
            f"{count.rows:,} rows in {seconds:.1f} s ({count.rows / max(seconds, 0.001):,.0f}/s): {count.orders:,} orders "
            f"{verb} with {count.points:,} points, {count.repeats:,} known before, {count.refused:,} refused; "
            f"{count.registered:,} customers registered, {count.guests:,} orders without a customer"
        )
        if faults:
            self.stdout.write(f"Refused orders are listed in {list_at}; put them right and load the file again.")


def _write(path: Path, faults: list[Fault]) -> None:
    """Readable for spreadsheets, and without a cell that one would run as a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["row", "order", "column", "code", "reason"])
        for fault in faults:
            cells = (fault.order, fault.column, fault.code, fault.reason)
            writer.writerow([fault.row, *(guarded(cell.strip()) for cell in cells)])
