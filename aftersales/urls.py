"""This app's addresses, by door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

dashboard_patterns: list[URLPattern | URLResolver] = []
portal_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = []
