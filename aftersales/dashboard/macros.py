"""Macros on a ticket: first every step as it would be, then all of them at once."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.actions.macros import MacroPreview, preview_macro, run_macro
from aftersales.dashboard.ticket import answered, ticket_at
from aftersales.models import GrantReason, Macro, Priority
from aftersales.queries.desk import macros_for
from merchants.errors import NotFound
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission


@staff_page(Permission.WORK_TICKETS)
def macro(request: StaffRequest, ticket_id: str) -> HttpResponse:
    """GET shows what the macro `?macro=` would do, word for word; POST does it."""
    ticket = ticket_at(request, ticket_id)
    if request.method == "POST":
        chosen = _macro(request, request.POST.get("macro", ""))
        done = run_macro(chosen, ticket, by=request.actor, reference=request.POST.get("reference", "")[:64])
        return answered(request, done, _("Done: %(name)s") % {"name": chosen.name})
    chosen = _macro(request, request.GET.get("macro", ""))
    preview = preview_macro(chosen, ticket, request.actor)
    return page(
        request,
        "aftersales/dashboard/macro_preview.html",
        macro=chosen,
        steps=_steps(preview),
        fault=preview.refusal.text() if preview.refusal is not None else "",
        run_url=shop_url(request, "aftersales:ticket-macro", ticket_id),
        reference=secrets.token_hex(12),
        pane="1" if request.GET.get("pane") == "1" else "",
    )


def _macro(request: StaffRequest, text: str) -> Macro:
    macros = macros_for(request.membership, merchant=request.merchant)
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    found = macros.filter(pk=int(text)).first() if is_number else None
    if found is None:
        raise NotFound()
    found.merchant = request.merchant
    return found


def _steps(preview: MacroPreview) -> list[dict[str, Any]]:
    """[{icon, title, html | text}] in the order in which they are done."""
    steps: list[dict[str, Any]] = []
    if preview.note:
        steps.append({"icon": "lock", "title": _("Keeps a note"), "text": preview.note})
    if preview.category is not None:
        steps.append({"icon": "tag", "title": _("Category: %(name)s") % {"name": preview.category.name}})
    if preview.priority is not None:
        label = Priority(preview.priority).label
        steps.append({"icon": "flag", "title": _("Priority: %(name)s") % {"name": label}})
    if preview.assignee is not None:
        name = str(preview.assignee.staff)
        steps.append({"icon": "user-check", "title": _("Assigned to %(name)s") % {"name": name}})
    elif preview.unassigns:
        steps.append({"icon": "user-x", "title": _("Nobody's now")})
    if preview.grant is not None:
        reason = GrantReason(preview.grant.reason).label
        title = _("%(points)s points as goodwill") % {"points": preview.grant.points}
        steps.append({"icon": "gift", "title": title, "text": reason})
    if preview.reply:
        steps.append({"icon": "reply", "title": _("Answers the customer"), "html": preview.reply_html})
    if preview.status is not None:
        steps.append({"icon": "circle-check", "title": _("Status: %(name)s") % {"name": preview.status.name}})
    if preview.snooze_hours is not None:
        hours = preview.snooze_hours
        title = ngettext("Sets it aside for %(count)s hour", "Sets it aside for %(count)s hours", hours)
        steps.append({"icon": "alarm-clock", "title": title % {"count": hours}})
    return steps
