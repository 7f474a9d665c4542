"""The app's pages and resources; loyalty_platform.urls mounts each list under its door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

dashboard_patterns: list[URLPattern | URLResolver] = []
portal_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = []
