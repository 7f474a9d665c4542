"""Addresses of making it right, below /dashboard/<shop>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from aftersales.dashboard import grants, post_mortems, report

care_patterns: list[URLPattern | URLResolver] = [
    path("goodwill", grants.grant_list, name="grant-list"),
    path("goodwill/<str:grant_id>/approve", grants.approve, name="grant-approve"),
    path("goodwill/<str:grant_id>/decline", grants.decline, name="grant-decline"),
    path("post-mortems", post_mortems.post_mortem_list, name="post-mortem-list"),
    path("post-mortems/<str:post_mortem_id>", post_mortems.post_mortem, name="post-mortem"),
    path("post-mortems/<str:post_mortem_id>/edit", post_mortems.post_mortem_edit, name="post-mortem-edit"),
    path("post-mortems/<str:post_mortem_id>/done", post_mortems.done, name="post-mortem-done"),
    path("post-mortems/<str:post_mortem_id>/check", post_mortems.check, name="post-mortem-check"),
    path("tickets/<str:ticket_id>/post-mortem", post_mortems.post_mortem_new, name="post-mortem-new"),
    path("service", report.report, name="report"),
    path("service/export", report.export, name="report-export"),
]
