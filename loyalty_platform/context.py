"""What every page may use, whoever looks at it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """`theme` (auto, light, dark), `languages` [(code, name)], `demo`, `public_url`."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "theme": theme if theme in THEMES else "auto",
        "languages": settings.LANGUAGES,
        "demo": settings.DEMO,
        "public_url": settings.PUBLIC_URL,
    }
