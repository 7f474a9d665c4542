"""This app's addresses, by door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from analytics.api import insight, reports, segments
from analytics.dashboard import addresses
from analytics.portal import picks

dashboard_patterns: list[URLPattern | URLResolver] = addresses.patterns
portal_patterns: list[URLPattern | URLResolver] = [path("for-you", picks.for_you, name="for-you")]
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
    path("customers/<str:customer_id>/insight", insight.CustomerInsight.as_view(), name="customer-insight"),
    path(
        "customers/<str:customer_id>/recommendations",
        insight.CustomerRecommendations.as_view(),
        name="customer-recommendations",
    ),
    path("reports", reports.ReportList.as_view(), name="report-list"),
    path("reports/<slug:report>", reports.ReportDetail.as_view(), name="report-detail"),
]
