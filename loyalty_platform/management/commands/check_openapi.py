"""`manage.py check_openapi`: exits 1 when docs/openapi.json is not what the views say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty_platform.openapi import OPENAPI_FILE, build_openapi


class Command(BaseCommand):
    help = "Fail when docs/openapi.json is out of date."

    def handle(self, *args: Any, **options: Any) -> None:
        committed = OPENAPI_FILE.read_text(encoding="utf-8") if OPENAPI_FILE.exists() else ""
        if committed != build_openapi():
            raise CommandError("docs/openapi.json is out of date: run `manage.py write_openapi` and commit it.")
        self.stdout.write("docs/openapi.json is up to date.")
