"""`/developers/`: the API reference, the quick start and every refusal with its code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from loyalty_platform.markdown import to_html
from merchants.errors import DomainError

QUICK_START: Path = settings.BASE_DIR / "docs" / "quickstart.md"
# Base classes say what a family has in common; nobody ever receives them.
_FAMILIES = frozenset({"refused_at_door"})
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@require_GET
def reference(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own files; trying out is on only where nothing is live."""
    return render(request, "developers/reference.html", {"tabs": _tabs("developers"), "try_it": settings.DEMO})


@require_GET
def quick_start(request: HttpRequest) -> HttpResponse:
    if not QUICK_START.exists():
        raise Http404
    text = to_html(QUICK_START.read_text(encoding="utf-8"))
    return render(request, "developers/quick_start.html", {"tabs": _tabs("developers-quick-start"), "text": text})


@require_GET
def errors(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "developers/errors.html",
        {"tabs": _tabs("developers-errors"), "refusals": [_drawn(refusal) for refusal in refusals()]},
    )


@require_GET
def error(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem's `type` points at."""
    found = next((refusal for refusal in refusals() if refusal.code == code), None)
    if found is None:
        raise Http404
    return render(request, "developers/error.html", {"tabs": _tabs("developers-errors"), "refusal": _drawn(found)})


def refusals() -> list[type[DomainError]]:
    """Every refusal of the installed apps, one for each code, by code."""
    by_code = {kind.code: kind for kind in _below(DomainError) if kind.code not in _FAMILIES}
    return [by_code[code] for code in sorted(by_code)]


def _drawn(refusal: type[DomainError]) -> dict[str, object]:
    # A template would call the class; a placeholder shows by its name, for its value comes with the answer.
    message = _PLACEHOLDER.sub(r"{\1}", str(refusal.message)).replace("%%", "%")
    return {"code": refusal.code, "http_status": refusal.http_status, "message": message}


def _below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _tabs(active: str) -> list[dict[str, object]]:
    pages = [
        ("developers", _("API reference")),
        ("developers-quick-start", _("Quick start")),
        ("developers-errors", _("Errors")),
    ]
    return [{"label": label, "url": reverse(name), "active": name == active} for name, label in pages]
