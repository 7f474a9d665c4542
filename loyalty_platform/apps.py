"""The composing app: templates, commands and the embedded servers live here."""

from __future__ import annotations

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "loyalty_platform"
    verbose_name = "Platform"
