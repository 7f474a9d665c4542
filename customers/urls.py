"""The app's pages and resources; loyalty_platform.urls mounts each list under its door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from customers.api import customers, labels

dashboard_patterns: list[URLPattern | URLResolver] = []
portal_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = [
    path("customers", customers.CustomerList.as_view(), name="customer-list"),
    path(
        "customers/by-external/<str:source>/<path:external_id>",
        customers.CustomerByExternalId.as_view(),
        name="customer-by-external",
    ),
    path("customers/<str:customer_id>", customers.CustomerDetail.as_view(), name="customer-detail"),
    path("customers/<str:customer_id>/archive", customers.CustomerArchive.as_view(), name="customer-archive"),
    path("customers/<str:customer_id>/restore", customers.CustomerRestore.as_view(), name="customer-restore"),
    path("customers/<str:customer_id>/consents", labels.CustomerConsents.as_view(), name="customer-consents"),
    path("customers/<str:customer_id>/tags", labels.CustomerTags.as_view(), name="customer-tags"),
    path("customers/<str:customer_id>/tags/<path:tag>", labels.CustomerTag.as_view(), name="customer-tag"),
    path("tags", labels.TagIndex.as_view(), name="tag-list"),
]
