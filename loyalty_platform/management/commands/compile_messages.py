"""Compile the message catalogues, which git keeps only as text."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from loyalty_platform.catalogues import compile_all


class Command(BaseCommand):
    help = "Compiles locale/*/LC_MESSAGES/*.po without needing gettext's programs."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        compile_all()
