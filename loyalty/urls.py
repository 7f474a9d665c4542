"""This app's addresses, by door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from loyalty.api import accounts, batches, explanations, holds, orders, programme, refunds
from loyalty.dashboard import addresses
from loyalty.portal import card, dossier, points
from loyalty.portal import orders as member_orders
from loyalty.portal import programme as member_programme

dashboard_patterns: list[URLPattern | URLResolver] = addresses.patterns
portal_patterns: list[URLPattern | URLResolver] = [
    path("", card.home, name="home"),
    path("card", card.card, name="card"),
    path("code", card.code, name="code"),
    path("points", points.points, name="points"),
    path("points/expiring", points.expiring, name="expiring"),
    path("points/<str:entry_id>", points.entry, name="entry"),
    path("orders", member_orders.orders, name="orders"),
    path("orders/<str:order_id>", member_orders.order, name="order"),
    path("programme", member_programme.programme, name="programme"),
    path("tiers", member_programme.tiers, name="tiers"),
    path("shop", member_programme.shop, name="shop"),
    path("me/download", dossier.download, name="download"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("orders", orders.OrderList.as_view(), name="order-list"),
    path("orders/batch", batches.OrderBatch.as_view(), name="order-batch"),
    path("orders/<str:order_id>", orders.OrderDetail.as_view(), name="order-detail"),
    path("orders/<str:order_id>/cancel", orders.OrderCancel.as_view(), name="order-cancel"),
    path("orders/<str:order_id>/refunds", refunds.OrderRefunds.as_view(), name="order-refunds"),
    path("orders/<str:order_id>/explanation", explanations.OrderExplain.as_view(), name="order-explanation"),
    path("customers/<str:customer_id>/account", accounts.CustomerAccount.as_view(), name="customer-account"),
    path("customers/<str:customer_id>/entries", accounts.CustomerEntries.as_view(), name="customer-entries"),
    path("customers/<str:customer_id>/grants", accounts.CustomerGrants.as_view(), name="customer-grants"),
    path("customers/<str:customer_id>/holds", holds.CustomerHolds.as_view(), name="customer-holds"),
    path("entries/<str:entry_id>", accounts.EntryDetail.as_view(), name="entry-detail"),
    path("entries/<str:entry_id>/explanation", explanations.EntryExplain.as_view(), name="entry-explanation"),
    path("holds/<str:hold_id>", holds.HoldDetail.as_view(), name="hold-detail"),
    path("holds/<str:hold_id>/capture", holds.HoldCapture.as_view(), name="hold-capture"),
    path("holds/<str:hold_id>/release", holds.HoldRelease.as_view(), name="hold-release"),
    path("holds/<str:hold_id>/returns", holds.HoldReturns.as_view(), name="hold-returns"),
    path("quotes", accounts.Quotes.as_view(), name="quote-list"),
    path("programme", programme.Programme.as_view(), name="programme"),
]
