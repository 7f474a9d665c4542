"""This app's addresses, by door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from analytics.api import reports, segments
from analytics.dashboard import addresses

dashboard_patterns: list[URLPattern | URLResolver] = addresses.patterns
portal_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = [
    path("segments", segments.SegmentList.as_view(), name="segment-list"),
    path("segments/schema", segments.SegmentSchema.as_view(), name="segment-schema"),
    path("segments/count", segments.SegmentCount.as_view(), name="segment-count"),
    path("segments/<str:segment_id>", segments.SegmentDetail.as_view(), name="segment-detail"),
    path("segments/<str:segment_id>/members", segments.SegmentMembers.as_view(), name="segment-members"),
    path(
        "segments/<str:segment_id>/members/<str:customer_id>",
        segments.SegmentMembership.as_view(),
        name="segment-membership",
    ),
    path("reports", reports.ReportList.as_view(), name="report-list"),
    path("reports/<slug:report>", reports.ReportDetail.as_view(), name="report-detail"),
]
