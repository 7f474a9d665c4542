"""`manage.py audit_ledger`: prove from the rows alone that balances, lots and entries agree. Exits 1 otherwise."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from loyalty.actions.nights import reconcile
from merchants.models import Merchant

_SHOWN = 20


class Command(BaseCommand):
    help = "Prove the points ledger of every shop, or of one, and keep the result for the dashboard."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="only the shop with this address")

    def handle(self, *arguments: Any, shop: str | None, **options: Any) -> None:
        shops = Merchant.objects.order_by("pk").defer("logo")
        if shop is not None:
            shops = shops.filter(slug=shop)
            if not shops:
                raise CommandError(f"There is no shop with the address {shop}.")
        disagreeing = 0
        for merchant in shops:
            proof = reconcile(merchant)
            disagreeing += bool(proof.fault_count)
            self.stdout.write(
                f"{merchant.slug}: {proof.accounts:,} accounts, {proof.entries:,} entries, {proof.lots:,} lots, "
                f"{proof.points_outstanding:,} points outstanding: "
                + (f"{proof.fault_count:,} FAULTS" if proof.fault_count else "books balance")
                + f" ({proof.seconds:.1f} s)"
            )
            for fault in proof.faults[:_SHOWN]:
                self.stdout.write(
                    f"  account {fault['account']}: {fault['check']}: expected {fault['expected']}, found {fault['found']}"
                )
        if disagreeing:
            raise SystemExit(1)
