"""`manage.py write_openapi`: writes docs/openapi.json from the views."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from loyalty_platform.openapi import OPENAPI_FILE, build_openapi


class Command(BaseCommand):
    help = "Write docs/openapi.json from the API's views."

    def handle(self, *args: Any, **options: Any) -> None:
        OPENAPI_FILE.write_text(build_openapi(), encoding="utf-8")
        self.stdout.write(f"Wrote {OPENAPI_FILE.name}.")
