"""Fail when a catalogue is not complete and true to the sources: one of the gates of `make check`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty_platform.catalogues import faults
from loyalty_platform.management.commands.collect_messages import LANGUAGES


class Command(BaseCommand):
    help = "Checks that every string is in the catalogues, translated, with the same placeholders."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = [f"{language}: {fault}" for language in LANGUAGES for fault in faults(language)]
        if problems:
            shown = "\n".join(problems[:40])
            raise CommandError(f"{len(problems)} faults in the catalogues; `make messages` helps.\n{shown}")
        self.stdout.write("Catalogues are complete.")
