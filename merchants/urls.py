"""The ground floor's addresses, by door; `site_patterns` stand outside any shop."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from merchants.dashboard import site
from merchants.portal import brand

dashboard_patterns: list[URLPattern | URLResolver] = []
portal_patterns: list[URLPattern | URLResolver] = [
    path("brand.css", brand.brand_style, name="brand-css"),
    path("logo", brand.logo, name="logo"),
]
api_patterns: list[URLPattern | URLResolver] = []
site_patterns: list[URLPattern | URLResolver] = [
    path("", site.home, name="home"),
    path("account/", site.account, name="account"),
    path("language/", site.set_language, name="set_language"),
    path("dashboard/<slug:shop>/", site.shop_home, name="shop-home"),
]
