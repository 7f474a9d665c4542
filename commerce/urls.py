"""This app's addresses, by door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from commerce.api import catalogue
from commerce.dashboard import addresses

dashboard_patterns: list[URLPattern | URLResolver] = addresses.patterns
portal_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = [
    path("products", catalogue.ProductList.as_view(), name="product-list"),
    path("products/<str:product_id>", catalogue.ProductDetail.as_view(), name="product-detail"),
    path("customers/<str:customer_id>/purchases", catalogue.CustomerPurchases.as_view(), name="customer-purchases"),
]
