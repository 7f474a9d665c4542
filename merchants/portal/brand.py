"""A shop's own look for its members: colours as a style sheet, and the logo. Public, and cached by what they are."""

from __future__ import annotations

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_GET

from merchants.errors import NotFound
from merchants.queries import get_merchant
from merchants.rules.brand import brand_css

_FRESH_SECONDS = 300


@require_GET
def brand_style(request: HttpRequest, shop: str) -> HttpResponse:
    """`--brand` and its companions, readable whatever colour the shop chose."""
    try:
        merchant = get_merchant(shop)
    except NotFound as absent:
        raise Http404 from absent
    return _cached(request, brand_css(merchant.brand_colour).encode(), "text/css; charset=utf-8")


@require_GET
def logo(request: HttpRequest, shop: str) -> HttpResponse:
    """The logo's bytes as they were given; 404 when the shop has none."""
    try:
        merchant = get_merchant(shop)
    except NotFound as absent:
        raise Http404 from absent
    if not merchant.logo:
        raise Http404
    return _cached(request, bytes(merchant.logo), merchant.logo_type)


def _cached(request: HttpRequest, content: bytes, content_type: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    response = HttpResponse(content, content_type=content_type)
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_FRESH_SECONDS}"
    response["X-Content-Type-Options"] = "nosniff"
    answer = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(answer, HttpResponse)
    return answer
