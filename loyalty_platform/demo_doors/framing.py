"""Lets the demo's own pages show the portal inside a drawn phone. Everywhere else nobody may frame anything."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF
from django.http import HttpRequest, HttpResponseBase


class PhoneFrame:
    """Portal pages may be framed by pages of the same origin. In the settings only where DEMO is on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith("/m/"):
            response["X-Frame-Options"] = "SAMEORIGIN"
            response._csp_replace = {"frame-ancestors": [SELF]}  # type: ignore[attr-defined]  # django-csp's own hook
        return response
