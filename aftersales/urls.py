"""This app's addresses, by door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from aftersales.api.addresses import ticket_api_patterns
from aftersales.dashboard.care_addresses import care_patterns
from aftersales.dashboard.desk_addresses import desk_patterns
from aftersales.dashboard.inbox_addresses import inbox_patterns
from aftersales.portal.addresses import member_patterns
from aftersales.portal.rating import rating_patterns

dashboard_patterns: list[URLPattern | URLResolver] = [
    *inbox_patterns,
    *care_patterns,
    *desk_patterns,
]
portal_patterns: list[URLPattern | URLResolver] = [
    *rating_patterns,
    *member_patterns,
]
api_patterns: list[URLPattern | URLResolver] = [*ticket_api_patterns]
