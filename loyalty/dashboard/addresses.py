"""The addresses of this app's staff pages, below /dashboard/<shop>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from loyalty.dashboard import (
    adjustments,
    books,
    drafting,
    ledger,
    order_page,
    orders,
    overview,
    panels,
    programme,
    refunding,
    simulating,
)

patterns: list[URLPattern | URLResolver] = [
    path("overview/", overview.overview, name="overview"),
    path("orders/", orders.order_list, name="order-list"),
    path("orders/export.csv", orders.order_export, name="order-export"),
    path("orders/simulate/", simulating.simulate, name="order-simulate"),
    path("orders/simulate/members", simulating.members, name="simulate-members"),
    path("orders/simulate/products", simulating.products, name="simulate-products"),
    path("orders/<str:order>/simulated", simulating.simulated, name="order-simulated"),
    path("orders/<str:order>", order_page.order_page, name="order"),
    path("orders/<str:order>/cancel", order_page.cancel, name="order-cancel"),
    path("orders/<str:order>/refund", refunding.refund, name="order-refund"),
    path("programme/", programme.rules, name="programme"),
    path("programme/tiers/", programme.tiers, name="tiers"),
    path("programme/expiry/", programme.expiry, name="expiry"),
    path("programme/versions/", programme.version_list, name="version-list"),
    path("programme/versions/<int:number>", programme.version_page, name="version"),
    path("programme/draft/rules", drafting.draft_rules, name="draft-rules"),
    path("programme/draft/tiers", drafting.draft_tiers, name="draft-tiers"),
    path("programme/draft/expiry", drafting.draft_expiry, name="draft-expiry"),
    path("programme/draft/preview", drafting.preview, name="draft-preview"),
    path("programme/draft/publish", drafting.publish, name="draft-publish"),
    path("programme/draft/discard", drafting.discard, name="draft-discard"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/<str:entry>", ledger.entry_page, name="entry"),
    path("ledger/<str:entry>/reverse", ledger.reverse, name="entry-reverse"),
    path("adjustments/", adjustments.adjustment_list, name="adjustment-list"),
    path("adjustments/<str:adjustment>/approve", adjustments.approve, name="adjustment-approve"),
    path("adjustments/<str:adjustment>/reject", adjustments.reject, name="adjustment-reject"),
    path("books/", books.books, name="books"),
    path("books/prove", books.prove, name="books-prove"),
    path("customers/<str:customer>/adjust", adjustments.adjust, name="adjust"),
    path("customers/<str:customer>/points-panel", panels.customer_panel, name="customer-panel"),
]
