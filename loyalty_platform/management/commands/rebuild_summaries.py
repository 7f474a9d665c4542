"""`manage.py rebuild_summaries`: what each customer bought, counted anew from the orders; every difference is told."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from commerce.actions.refunds import rebuild_summaries
from merchants.models import Merchant

_SHOWN = 20


class Command(BaseCommand):
    help = "Compare every purchase summary with the orders and mend it; with --check, only say what differs and exit 1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="only the shop with this address")
        parser.add_argument("--check", action="store_true", help="change nothing")

    def handle(self, *arguments: Any, shop: str | None, check: bool, **options: Any) -> None:
        shops = Merchant.objects.order_by("pk").defer("logo")
        if shop is not None:
            shops = shops.filter(slug=shop)
            if not shops:
                raise CommandError(f"There is no shop with the address {shop}.")
        found = 0
        for merchant in shops:
            differences = rebuild_summaries(merchant, write=not check)
            found += len(differences)
            verdict = "agree with the orders" if not differences else f"{len(differences):,} differ"
            self.stdout.write(f"{merchant.slug}: summaries {verdict}{'' if check or not differences else ', mended'}")
            for customer_id, difference in differences[:_SHOWN]:
                self.stdout.write(f"  customer {customer_id}: {difference}")
        if found and check:
            raise SystemExit(1)
