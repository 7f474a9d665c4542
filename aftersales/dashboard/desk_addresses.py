"""Addresses of the desk's settings, below /dashboard/<shop>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from aftersales.dashboard import (
    desk,
    desk_hours,
    desk_levels,
    desk_limits,
    desk_macros,
    desk_people,
    desk_routing,
    desk_versions,
    desk_words,
)

desk_patterns: list[URLPattern | URLResolver] = [
    path("desk", desk.desk, name="desk"),
    path("desk/statuses", desk_words.statuses, name="desk-statuses"),
    path("desk/statuses/<int:status_id>", desk_words.status, name="desk-status"),
    path("desk/categories", desk_words.categories, name="desk-categories"),
    path("desk/categories/<int:category_id>", desk_words.category, name="desk-category"),
    path("desk/causes", desk_words.causes, name="desk-causes"),
    path("desk/causes/<int:cause_id>", desk_words.cause, name="desk-cause"),
    path("desk/hours", desk_hours.hours, name="desk-hours"),
    path("desk/hours/new", desk_hours.calendar_new, name="desk-calendar-new"),
    path("desk/hours/<int:calendar_id>", desk_hours.calendar, name="desk-calendar"),
    path("desk/levels", desk_levels.levels, name="desk-levels"),
    path("desk/routing", desk_routing.routing, name="desk-routing"),
    path("desk/limits", desk_limits.limits, name="desk-limits"),
    path("desk/care", desk_limits.care, name="desk-care"),
    path("desk/versions/<str:kind>", desk_versions.versions, name="desk-versions"),
    path("desk/versions/<str:kind>/<int:number>", desk_versions.version, name="desk-version"),
    path("desk/macros", desk_macros.macros, name="desk-macros"),
    path("desk/macros/new", desk_macros.macro_new, name="desk-macro-new"),
    path("desk/macros/<int:macro_id>", desk_macros.macro_edit, name="desk-macro"),
    path("desk/macros/<int:macro_id>/archive", desk_macros.macro_archive, name="desk-macro-archive"),
    path("desk/people", desk_people.people, name="desk-people"),
    path("desk/people/<str:member>", desk_people.person, name="desk-person"),
    path("desk/presence", desk_people.my_presence, name="my-presence"),
    path("customers/<str:customer>/advisor/release", desk_people.release, name="advisor-release"),
]
