"""This app's addresses, by door; `site_patterns` stand outside any shop."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from events.dashboard import audit, deliveries, doorstep, keys, settings, team

dashboard_patterns: list[URLPattern | URLResolver] = [
    path("team/", team.team, name="team"),
    path("team/invite/", team.invite, name="team-invite"),
    path("team/invitations/<str:invitation>/withdraw/", team.withdraw, name="invitation-withdraw"),
    path("team/<str:member>/role/", team.set_role, name="member-role"),
    path("team/<str:member>/remove/", team.remove, name="member-remove"),
    path("api-keys/", keys.key_list, name="key-list"),
    path("api-keys/new/", keys.new_key, name="key-new"),
    path("api-keys/<str:key>/rotate/", keys.rotate_key, name="key-rotate"),
    path("api-keys/<str:key>/revoke/", keys.revoke_key, name="key-revoke"),
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/replay/", deliveries.replay_all, name="delivery-replay-all"),
    path("deliveries/<str:delivery>/replay/", deliveries.replay, name="delivery-replay"),
    path("settings/", settings.settings, name="settings"),
    path("settings/logo/", settings.logo, name="settings-logo"),
    path("test-shop/", settings.sandbox, name="sandbox"),
    path("test-shop/clock/", settings.clock, name="sandbox-clock"),
    path("audit-log/", audit.audit, name="audit-log"),
]
portal_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = []
site_patterns: list[URLPattern | URLResolver] = [
    path("dashboard/new/", doorstep.new_shop, name="new-shop"),
    path("invitations/<str:token>/", doorstep.invitation, name="invitation"),
]
