"""Every address of the platform. Each app lists its own under the three doors; this file only joins them."""

from __future__ import annotations

from typing import Any

from django.urls import include, path

import commerce.urls
import customers.urls
import events.urls
import loyalty.urls
import merchants.urls
from loyalty_platform import health, metrics

_APPS = {
    "merchants": merchants.urls,
    "events": events.urls,
    "customers": customers.urls,
    "commerce": commerce.urls,
    "loyalty": loyalty.urls,
}


def _door(suffix: str, patterns: str) -> list[Any]:
    return [
        path("", include((getattr(urls, patterns), f"{name}{suffix}")))
        for name, urls in _APPS.items()
        if getattr(urls, patterns)
    ]


urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("account/", include("allauth.urls")),
    *merchants.urls.site_patterns,
    path("dashboard/<slug:shop>/", include(_door("", "dashboard_patterns"))),
    path("m/<slug:shop>/", include(_door("-portal", "portal_patterns"))),
    path("api/v1/", include(_door("-api", "api_patterns"))),
]
