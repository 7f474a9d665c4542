"""The addresses of this app's staff pages, below /dashboard/<shop>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from analytics.dashboard import (
    builder,
    exports,
    lifecycle,
    model_cards,
    panels,
    people,
    recommendations,
    reports,
    rfm,
    segments,
    story,
)

patterns: list[URLPattern | URLResolver] = [
    path("insight/figures/", reports.report_index, name="reports"),
    path("insight/figures/<slug:report>", reports.report_page, name="report"),
    path("insight/figures/<slug:report>/export", reports.export_report, name="report-export"),
    path("insight/story", story.story_panel, name="story-panel"),
    path("insight/rfm/", rfm.rfm, name="rfm"),
    path("insight/people", people.people, name="people"),
    path("insight/people/export", people.export_people, name="people-export"),
    path("insight/segments/", segments.segment_list, name="segment-list"),
    path("insight/segments/new", builder.segment_new, name="segment-new"),
    path("insight/segments/preview", builder.segment_preview, name="segment-preview"),
    path("insight/segments/<str:segment>", segments.segment_page, name="segment"),
    path("insight/segments/<str:segment>/edit", builder.segment_edit, name="segment-edit"),
    path("insight/segments/<str:segment>/archive", segments.archive, name="segment-archive"),
    path("insight/segments/<str:segment>/restore", segments.restore, name="segment-restore"),
    path("insight/segments/<str:segment>/export", segments.export_segment, name="segment-export"),
    path("insight/segments/<str:segment>/versions/<int:number>", segments.back_to_version, name="segment-version"),
    path("insight/lifecycle/", lifecycle.lifecycle, name="lifecycle"),
    path("insight/lifecycle/groups", lifecycle.look_for_groups, name="clusters-request"),
    path("insight/models/", model_cards.model_list, name="model-list"),
    path("insight/models/run", model_cards.run_model, name="model-run"),
    path("insight/models/<str:run>", model_cards.model_run, name="model"),
    path("insight/recommendations/", recommendations.recommendations, name="recommendations"),
    path("insight/recommendations/policy", recommendations.change_policy, name="recommendation-policy"),
    path("insight/files/", exports.export_list, name="export-list"),
    path("insight/files/<str:export>/download", exports.fetch_export, name="export-file"),
    path("insight/files/<str:export>/delete", exports.drop_export, name="export-drop"),
    path("customers/<str:customer>/insight-panel", panels.customer_panel, name="customer-panel"),
]
