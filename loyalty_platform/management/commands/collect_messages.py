"""Bring the message catalogues up to date with the sources (`make messages`)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from loyalty_platform.catalogues import catalogue_path, compile_all, merged

LANGUAGES = ("zh_Hans",)


class Command(BaseCommand):
    help = "Collects translatable strings into locale/<language>/LC_MESSAGES/django.po and compiles them."

    def handle(self, *args: Any, **options: Any) -> None:
        for language in LANGUAGES:
            catalogue = merged(language)
            path = catalogue_path(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            catalogue.save(str(path))
            untranslated = len(catalogue.untranslated_entries())
            self.stdout.write(f"{language}: {len(catalogue)} strings, {untranslated} to translate")
        compile_all()
