"""The OpenAPI document: made from the views, committed as docs/openapi.json, served as committed."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

OPENAPI_FILE: Path = settings.BASE_DIR / "docs" / "openapi.json"


def build_openapi() -> str:
    """The document as text, the same on every machine and in every language setting."""
    with translation.override("en"):
        generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
        document: dict[str, Any] = generator.get_schema(request=None, public=True)
    document.setdefault("components", {})["securitySchemes"] = {
        "apiKey": {"type": "http", "scheme": "bearer", "description": "`lk_live_…` or `lk_test_…`, from API keys."}
    }
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_committed(), content_type="application/json")


@functools.cache
def _committed() -> str:
    try:
        return OPENAPI_FILE.read_text(encoding="utf-8")
    except FileNotFoundError as absent:
        raise Http404 from absent
