"""Every address of the platform. Each app lists its own under the three doors; this file only joins them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import include, path

import aftersales.urls
import analytics.urls
import commerce.urls
import customers.urls
import events.urls
import loyalty.urls
import merchants.urls
from loyalty_platform import developers, health, metrics, openapi
from loyalty_platform.demo_doors.routes import demo_patterns
from loyalty_platform.styleguide import styleguide

_APPS = {
    "merchants": merchants.urls,
    "events": events.urls,
    "customers": customers.urls,
    "commerce": commerce.urls,
    "loyalty": loyalty.urls,
    "aftersales": aftersales.urls,
    "analytics": analytics.urls,
}


def _door(suffix: str, patterns: str) -> list[Any]:
    return [
        path("", include((getattr(urls, patterns), f"{name}{suffix}")))
        for name, urls in _APPS.items()
        if getattr(urls, patterns)
    ]


handler400 = "loyalty_platform.failures.bad_request"
handler403 = "loyalty_platform.failures.forbidden"
handler404 = "loyalty_platform.failures.not_found"
handler500 = "loyalty_platform.failures.server_error"

urlpatterns = [
    # First, and its busiest app first: patterns are tried in order, and tills call the most.
    path("api/v1/openapi.json", openapi.openapi, name="openapi"),
    path("api/v1/", include(_door("-api", "api_patterns")[::-1])),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("developers/", developers.reference, name="developers"),
    path("developers/quick-start/", developers.quick_start, name="developers-quick-start"),
    path("developers/errors/", developers.errors, name="developers-errors"),
    path("developers/errors/<slug:code>", developers.error, name="developers-error"),
    *events.urls.site_patterns,
    *merchants.urls.site_patterns,
    path("account/", include("allauth.urls")),
    path("dashboard/<slug:shop>/", include(_door("", "dashboard_patterns"))),
    path("m/<slug:shop>/", include(_door("-portal", "portal_patterns"))),
]
if settings.DEMO:
    urlpatterns[:0] = demo_patterns
if settings.DEBUG or settings.DEMO or settings.TESTING:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
