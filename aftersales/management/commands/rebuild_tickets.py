"""`manage.py rebuild_tickets`: derive every ticket's figures anew from its history, and report what differs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from aftersales.actions.rebuilding import mend_tickets
from aftersales.queries.rebuilding import differences_of
from merchants.models import Merchant

_SHOWN = 20


class Command(BaseCommand):
    help = "Fold every ticket's history anew and report each figure that differs; exit 1 when any does. --mend writes them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="only the shop with this address")
        parser.add_argument("--mend", action="store_true", help="write what the histories amount to")

    def handle(self, *arguments: Any, shop: str | None, mend: bool, **options: Any) -> None:
        shops = Merchant.objects.order_by("pk").defer("logo")
        if shop is not None:
            shops = shops.filter(slug=shop)
            if not shops:
                raise CommandError(f"There is no shop with the address {shop}.")
        found = 0
        for merchant in shops:
            differences = list(differences_of(merchant))
            found += len(differences)
            verdict = f"{len(differences):,} figures differ" if differences else "rows agree with their histories"
            self.stdout.write(f"{merchant.slug}: {verdict}")
            for each in differences[:_SHOWN]:
                self.stdout.write(f"  #{each.number} {each.column}: row {each.row}, history {each.history}")
            if mend and differences:
                mended = mend_tickets(merchant, sorted({each.ticket_id for each in differences}))
                self.stdout.write(f"  {mended:,} tickets mended")
        if found:
            raise SystemExit(1)
