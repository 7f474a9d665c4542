"""Refusals and failures as RFC 9457 `application/problem+json`.

{"type": "/developers/errors/insufficient_points", "title": "Conflict", "status": 409, "detail": "40 points short.",
 "code": "insufficient_points", "request_id": "…", "short_by": 40, "errors": [{"pointer": "/points", …}]}
"""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from pydantic_core import to_json
from rest_framework import exceptions as drf

from merchants.errors import DomainError, InvalidValue, InvalidValues, NotAllowed, NotFound
from merchants.frames import refusals
from merchants.frames.validation import invalid_values

log = structlog.get_logger(__name__)

_TITLES: dict[int, str | Promise] = {
    400: _("Bad request"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Conflict"),
    410: _("Gone"),
    413: _("Too large"),
    415: _("Unsupported media type"),
    422: _("Not valid"),
    429: _("Too many requests"),
    500: _("Internal fault"),
    503: _("Unavailable"),
}


def problem_response(failure: Exception, context: dict[str, Any]) -> HttpResponse:
    """REST framework's exception handler, for views that are not Endpoints."""
    return problem(failure, context["request"])


def problem(failure: Exception, request: HttpRequest) -> HttpResponse:
    """Answer `failure`, in the active language. What nobody foresaw is logged and shown as an internal fault."""
    refusal = as_refusal(failure)
    if refusal.http_status >= 500:
        log.error("request_failed", code=refusal.code, path=request.path_info, exc_info=failure)
    body = problem_document(refusal) | {"request_id": getattr(request, "request_id", "")}
    response = HttpResponse(
        to_json(body, fallback=str), status=refusal.http_status, content_type="application/problem+json"
    )
    if isinstance(refusal, refusals.DoorRefusal):
        for name, value in refusal.headers().items():
            response[name] = value
    return response


def problem_document(refusal: DomainError) -> dict[str, Any]:
    """The members of a problem document but its request id, in the active language: also for one item of a batch."""
    document: dict[str, Any] = {
        "type": f"/developers/errors/{refusal.code}",
        "title": str(_TITLES.get(refusal.http_status, _TITLES[400])),
        "status": refusal.http_status,
        "detail": refusal.text(),
        "code": refusal.code,
        **refusal.details,
    }
    if isinstance(refusal, InvalidValues):
        document["errors"] = [_fault(fault) for fault in refusal.faults]
    elif refusal.pointer is not None:
        document["errors"] = [_fault(refusal)]
    return document


def as_refusal(failure: Exception) -> DomainError:  # a table with one line a kind
    """The refusal that `failure` amounts to."""
    if isinstance(failure, DomainError):
        return failure
    if isinstance(failure, ValidationError):
        return invalid_values(failure)
    if isinstance(failure, Http404 | drf.NotFound):
        return NotFound()
    if isinstance(failure, RequestDataTooBig):
        return refusals.BodyTooLarge()
    if isinstance(failure, drf.MethodNotAllowed):
        return refusals.MethodNotAllowed(method=str(failure.args[0]) if failure.args else "")
    if isinstance(failure, drf.NotAuthenticated | drf.AuthenticationFailed):
        return refusals.Unauthenticated()
    if isinstance(failure, drf.PermissionDenied):
        return NotAllowed()
    if isinstance(failure, drf.ParseError):
        return refusals.MalformedBody()
    if isinstance(failure, DatabaseError | InterfaceError):
        return _of_database(failure)
    return refusals.InternalFault()


def _of_database(failure: Exception) -> DomainError:
    if isinstance(failure, OperationalError | InterfaceError):  # gone, restarting, a lock not given, a deadlock
        return refusals.Unavailable()
    if isinstance(failure, DataError):
        return refusals.OutOfRange()
    if isinstance(failure, IntegrityError) and getattr(failure.__cause__, "pgcode", "") == "23505":
        log.warning("unforeseen_unique_violation", reason=str(failure))
        return refusals.Conflict()
    return refusals.InternalFault()


def _fault(fault: DomainError) -> dict[str, Any]:
    details = fault.details if isinstance(fault, InvalidValue) else {}
    return {"pointer": fault.pointer or "", "code": fault.code, "detail": fault.text(), **details}
