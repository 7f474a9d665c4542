"""What every request gets: an id, a language, and the short way for machines."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import cast

import structlog
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from loyalty_platform.metrics import REQUEST_SECONDS

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_ACCEPTABLE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_PERMISSIONS_POLICY = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
log = structlog.get_logger("request")


class RequestIdentity:
    """Gives each request an id (the caller's own if it is well formed), binds it to the logs and sends it back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _ACCEPTABLE_ID.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # declared on our own request types in merchants.frames
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        response["X-Request-Id"] = request_id
        response["Permissions-Policy"] = _PERMISSIONS_POLICY
        door = _door(request.path_info)
        REQUEST_SECONDS.labels(door, request.method or "", str(response.status_code)).observe(seconds)
        if response.status_code >= 500 or settings.LOG_REQUESTS:
            log.info(
                "request",
                method=request.method,
                path=request.path_info,
                status=response.status_code,
                milliseconds=round(seconds * 1000, 1),
            )
        return response


class MachineLane:
    """Sends `/api/`, `/health/` and `/metrics` straight to their views, past the browser's middleware."""

    PREFIXES = ("/api/", "/health/", "/metrics")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        inner = BaseHandler()  # with no middleware of its own: None there means "not loaded yet"
        inner._view_middleware = inner._template_response_middleware = inner._exception_middleware = []  # type: ignore[attr-defined]  # stubs omit them
        self.straight = convert_exception_to_response(inner._get_response)  # type: ignore[attr-defined]  # the innermost call; stubs omit it

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(self.PREFIXES):
            return self.get_response(request)
        # Cookies never authenticate a machine, so a forged cross-site form can do nothing here.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return cast(HttpResponseBase, self.straight(request))  # no middleware here is asynchronous


class ChosenLanguage(LocaleMiddleware):
    """The language that a person chose (cookie), else the browser's, else Chinese; told to caches by `Vary`."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        else:
            super().process_request(request)


def _door(path: str) -> str:
    first = path.strip("/").split("/", 1)[0]
    return {"api": "api", "m": "portal", "dashboard": "dashboard", "static": "static"}.get(first, "other")
