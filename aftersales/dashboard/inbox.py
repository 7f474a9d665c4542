"""The inbox: views with counts, the list, and the ticket beside it; refreshed by itself, without a flicker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from aftersales.actions.desk_texts import remove_inbox_view, save_inbox_view
from aftersales.dashboard.forms import InboxFilterForm
from aftersales.dashboard.inbox_filters import (
    chips_of,
    filter_of,
    kept_query,
    saved_links,
    view_links,
    view_of,
)
from aftersales.frames.clocks import PRIORITY_TONES, TONES, deadlines_of
from aftersales.frames.tiers import TierMark, tier_marks
from aftersales.models import Ticket
from aftersales.queries.desk import inbox_views_for
from aftersales.queries.inbox import MOST_COUNTED, ORDERS, counts_of
from aftersales.queries.inbox import inbox as tickets_in
from aftersales.templatetags.desk import masked_contact
from merchants.errors import NotFound
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission, may
from merchants.rules.public_ids import decode_public_id

_ROWS = 30


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A ticket as the list shows it. `due_at`: the earliest deadline that stands."""

    ticket: Ticket
    public_id: str
    url: str
    who: str
    tier: TierMark | None
    assignee: str
    due_at: datetime | None
    due_label: str
    tone: str
    priority_tone: str


@require_GET
@staff_page(Permission.SEE_TICKETS)
def inbox(request: StaffRequest) -> HttpResponse:
    """The page; for htmx the list alone, and nothing at all while the list is as it was (`?stamp=`)."""
    given, stamp_shown, open_url = request.GET, request.GET.get("stamp", ""), _open_url(request)
    # Cursors and links are of what narrows the list: not of which ticket is open, nor of how it looked last time.
    request.GET = given = QueryDict(kept_query(given, **_cursors(given)))
    wanted, order = filter_of(request, given)
    rows = tickets_in(request.merchant, wanted)
    got = list_page(request, rows, order=ORDERS[order], limit=_ROWS)
    total = counts_of({"rows": rows})["rows"]
    stamp = _stamp(got.rows, total)
    alone = bool(request.htmx) and not request.htmx.boosted
    if alone and stamp_shown == stamp:
        return HttpResponse(status=204)
    query = kept_query(given)
    here = shop_url(request, "aftersales:inbox")
    context: dict[str, Any] = {
        "rows": _rows(request, got.rows),
        "total": total if total <= MOST_COUNTED else None,
        "previous": got.previous_cursor,
        "next": got.next_cursor,
        "q": wanted.text,
        "filters": chips_of(request, given),
        "clear_url": here,
        "list_url": here,
        "refresh_url": _refresh_url(here, given, stamp),
        "bulk_url": f"{shop_url(request, 'aftersales:inbox-bulk')}?{query}",
        "bulk_actions": _bulk_actions(request),
        "empty": _empty(view_of(request, given).name),
    }
    if alone:
        fresh: dict[str, Any] = {"views": view_links(request, given), "saved": _saved(request), "oob": True}
        return page(request, "aftersales/dashboard/inbox.html#rows", **context, **fresh)
    return page(
        request,
        "aftersales/dashboard/inbox.html",
        views=view_links(request, given),
        saved=_saved(request),
        removable=_saved(request) if may(request.membership.role, Permission.WORK_TICKETS) else [],
        filter_form=InboxFilterForm(request.merchant, given),
        kept=[(name, given[name]) for name in ("view", "status", "sort") if given.get(name)],
        query=query,
        open_url=open_url,
        shortcut_keys=shortcut_keys(),
        **context,
    )


@require_POST
@staff_page(Permission.WORK_TICKETS)
def keep_view(request: StaffRequest) -> HttpResponse:
    """The present filters under a name, for oneself or the whole team."""
    view = save_inbox_view(
        request.merchant,
        name=request.POST.get("name", ""),
        query=kept_query(request.GET),
        owner=None if request.POST.get("shared") == "1" else request.membership,
        by=request.actor,
    )
    messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
    return HttpResponseRedirect(f"{shop_url(request, 'aftersales:inbox')}?{view.query}")


@require_POST
@staff_page(Permission.WORK_TICKETS)
def drop_view(request: StaffRequest) -> HttpResponse:
    number = request.POST.get("view", "")
    views = inbox_views_for(request.membership, merchant=request.merchant)
    view = views.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    if view is None:
        raise NotFound()
    view.merchant = request.merchant
    remove_inbox_view(view, by=request.actor)
    messages.success(request, _("View removed."))
    return HttpResponseRedirect(shop_url(request, "aftersales:inbox"))


def shortcut_keys() -> list[tuple[str, str]]:
    """What the keyboard sheet says on the desk's pages."""
    return [
        ("r", _("Answer the customer")),
        ("n", _("Write an internal note")),
        ("/", _("Choose a macro; without an open ticket: search")),
        ("c", _("New ticket")),
        ("Enter", _("Open the ticket one stands on")),
    ]


def _rows(request: StaffRequest, tickets: list[Ticket]) -> list[InboxRow]:
    marks = tier_marks(request.merchant)
    rows = []
    for ticket in tickets:
        standing = deadlines_of(ticket)
        number = public_id("tkt", ticket.pk)
        rows.append(
            InboxRow(
                ticket,
                number,
                shop_url(request, "aftersales:ticket", number),
                _who(ticket),
                marks.get(ticket.tier),
                str(ticket.assignee.staff) if ticket.assignee else "",
                standing[0].due_at if standing else None,
                standing[0].label if standing else "",
                TONES[ticket.status_category],
                PRIORITY_TONES[ticket.priority],
            )
        )
    return rows


def _who(ticket: Ticket) -> str:
    if ticket.customer is not None:
        return ticket.customer.display_name
    return ticket.guest_name or masked_contact(ticket.guest_contact)


def _stamp(tickets: list[Ticket], total: int) -> str:
    """Changes whenever a row of the page, or how many there are, does."""
    told = repr([(ticket.pk, ticket.last_event) for ticket in tickets] + [total])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _refresh_url(here: str, given: QueryDict, stamp: str) -> str:
    asked = given.copy()
    asked["stamp"] = stamp
    return f"{here}?{asked.urlencode()}"


def _saved(request: StaffRequest) -> list[dict[str, Any]]:
    return saved_links(request, request.GET, inbox_views_for(request.membership, merchant=request.merchant))


def _cursors(given: QueryDict) -> dict[str, str]:
    return {name: value for name in ("after", "before") if (value := given.get(name))}


def _open_url(request: StaffRequest) -> str:
    """The pane's address when the page's names a ticket; the pane itself says when there is none."""
    wanted = request.GET.get("ticket", "")
    if decode_public_id("tkt", wanted) is None:
        return ""
    return f"{shop_url(request, 'aftersales:ticket', wanted)}?pane=1"


def _bulk_actions(request: StaffRequest) -> list[dict[str, Any]]:
    if not may(request.membership.role, Permission.WORK_TICKETS):
        return []
    return [
        {"label": _("Assign"), "value": "assign", "icon": "user-check"},
        {"label": _("Status"), "value": "status", "icon": "circle-check"},
        {"label": _("Priority"), "value": "priority", "icon": "flag"},
        {"label": pgettext("ticket", "Category"), "value": "category", "icon": "tag"},
    ]


def _empty(view: str) -> dict[str, str]:
    """Nothing here, in the words of the view."""
    words = {
        "mine": (_("Nothing is yours to do"), _("New tickets come to you by advisor, skill and load.")),
        "unassigned": (_("Everything has somebody"), _("Tickets that nobody could take would stand here.")),
        "overdue": (_("No deadline is missed"), _("Keep it so.")),
        "recovery": (_("Nobody has to be won back"), _("A bad rating opens a recovery case here.")),
        "snoozed": (_("Nothing is set aside"), _("What you set aside waits here until its moment.")),
    }
    title, text = words.get(
        view, (_("No tickets here"), _("What customers write in the portal, by phone or by API arrives here."))
    )
    return {"icon": "inbox", "title": title, "text": text}
