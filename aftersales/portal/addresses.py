"""The addresses of help, below /m/<shop>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from aftersales.portal import guest, opening, tickets

member_patterns: list[URLPattern | URLResolver] = [
    path("help", tickets.help_home, name="help"),
    path("help/new", opening.help_new, name="help-new"),
    path("help/guest", guest.guest, name="guest"),
    path("help/guest/code", guest.guest_code, name="guest-code"),
    path("help/guest/leave", guest.guest_leave, name="guest-leave"),
    path("help/attachments/<str:attachment_id>", tickets.attachment, name="attachment"),
    path("help/<str:ticket_id>", tickets.ticket, name="ticket"),
    path("help/<str:ticket_id>/reply", tickets.reply, name="reply"),
    path("help/<str:ticket_id>/close", tickets.close, name="close"),
    path("help/<str:ticket_id>/reopen", tickets.reopen, name="reopen"),
    path("help/<str:ticket_id>/rate", tickets.rate, name="rate-ticket"),
]
