"""The addresses of the inbox and of a ticket, below /dashboard/<shop>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from aftersales.dashboard import bulk, inbox, macros, opening, panels, ticket, ticket_gathering, ticket_verbs

inbox_patterns: list[URLPattern | URLResolver] = [
    path("tickets", inbox.inbox, name="inbox"),
    path("tickets/new", opening.ticket_new, name="ticket-new"),
    path("tickets/bulk", bulk.bulk, name="inbox-bulk"),
    path("tickets/views", inbox.keep_view, name="inbox-view-keep"),
    path("tickets/views/remove", inbox.drop_view, name="inbox-view-drop"),
    path("tickets/attachments/<str:attachment_id>", ticket.attachment, name="attachment"),
    path("tickets/<str:ticket_id>", ticket.ticket_page, name="ticket"),
    path("tickets/<str:ticket_id>/presence", ticket.presence, name="ticket-presence"),
    path("tickets/<str:ticket_id>/messages", ticket_verbs.say, name="ticket-say"),
    path("tickets/<str:ticket_id>/status", ticket_verbs.status, name="ticket-status"),
    path("tickets/<str:ticket_id>/resolve", ticket_verbs.resolve, name="ticket-resolve"),
    path("tickets/<str:ticket_id>/close", ticket_verbs.close, name="ticket-close"),
    path("tickets/<str:ticket_id>/reopen", ticket_verbs.reopen, name="ticket-reopen"),
    path("tickets/<str:ticket_id>/assign", ticket_verbs.assign, name="ticket-assign"),
    path("tickets/<str:ticket_id>/change", ticket_verbs.change, name="ticket-change"),
    path("tickets/<str:ticket_id>/snooze", ticket_verbs.snooze, name="ticket-snooze"),
    path("tickets/<str:ticket_id>/goodwill", ticket_verbs.goodwill, name="ticket-goodwill"),
    path("tickets/<str:ticket_id>/macro", macros.macro, name="ticket-macro"),
    path("tickets/<str:ticket_id>/merge", ticket_gathering.merge, name="ticket-merge"),
    path("tickets/<str:ticket_id>/unmerge", ticket_gathering.unmerge, name="ticket-unmerge"),
    path("tickets/<str:ticket_id>/split", ticket_gathering.split, name="ticket-split"),
    path("tickets/<str:ticket_id>/link", ticket_gathering.link, name="ticket-link"),
    path("customers/<str:customer>/tickets-panel", panels.customer_panel, name="customer-panel"),
    path("orders/<str:order>/tickets-panel", panels.order_panel, name="order-panel"),
]
