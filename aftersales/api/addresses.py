"""The API's addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from aftersales.api import messages, tickets

ticket_api_patterns: list[URLPattern | URLResolver] = [
    path("tickets", tickets.TicketList.as_view(), name="ticket-list"),
    path("tickets/<str:ticket_id>", tickets.TicketDetail.as_view(), name="ticket-detail"),
    path("tickets/<str:ticket_id>/messages", messages.TicketMessages.as_view(), name="ticket-messages"),
    path("tickets/<str:ticket_id>/attachments", messages.TicketAttachments.as_view(), name="ticket-attachments"),
    path("tickets/<str:ticket_id>/events", messages.TicketEvents.as_view(), name="ticket-events"),
    path("tickets/<str:ticket_id>/resolve", tickets.TicketResolve.as_view(), name="ticket-resolve"),
    path("tickets/<str:ticket_id>/reopen", tickets.TicketReopen.as_view(), name="ticket-reopen"),
    path("tickets/<str:ticket_id>/close", tickets.TicketClose.as_view(), name="ticket-close"),
    path("tickets/<str:ticket_id>/grants", tickets.TicketGrants.as_view(), name="ticket-grants"),
    path("attachments", messages.AttachmentList.as_view(), name="attachment-list"),
    path("attachments/<str:attachment_id>", messages.AttachmentDetail.as_view(), name="attachment-detail"),
]
