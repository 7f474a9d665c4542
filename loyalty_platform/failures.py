"""The answers when nothing else could answer: a problem for machines, a page for people."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from merchants.errors import NotAllowed
from merchants.frames.problems import problem
from merchants.frames.refusals import InternalFault, MalformedBody


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, MalformedBody(), 400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    return _answer(request, NotAllowed(), 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, Http404(), 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, InternalFault(), 500)


def _answer(request: HttpRequest, failure: Exception, status: int) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return problem(failure, request)
    context = {"request_id": getattr(request, "request_id", "")}
    return render(request, f"errors/{status}.html", context, status=status)
