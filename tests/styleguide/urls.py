"""The style guide and the error pages, as the demo routes them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from loyalty_platform.styleguide import styleguide


def refusal(request: HttpRequest, code: int) -> HttpResponse:
    return render(request, f"errors/{code}.html", status=code)


urlpatterns = [
    path("styleguide/", styleguide),
    path("refusals/<int:code>/", refusal),
    path("i18n/", include("django.conf.urls.i18n")),
]
