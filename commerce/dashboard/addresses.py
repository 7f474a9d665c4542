"""The addresses of this app's staff pages, below /dashboard/<shop>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from commerce.dashboard import panels, products

patterns: list[URLPattern | URLResolver] = [
    path("products/", products.product_list, name="product-list"),
    path("customers/<str:customer>/purchases-panel", panels.customer_panel, name="customer-panel"),
]
