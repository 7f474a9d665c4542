"""One change to many tickets: what exactly would change, then only the button does it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from aftersales.actions.bulk import MOST_AT_ONCE, BulkChange, BulkOutcome, bulk_change, preview_bulk
from aftersales.dashboard.inbox_filters import filter_of, kept_query
from aftersales.models import Priority
from aftersales.queries.desk import categories_of, statuses_of
from aftersales.queries.inbox import ORDERS
from aftersales.queries.inbox import inbox as tickets_in
from aftersales.queries.people import agents_of, get_worker
from merchants.errors import NotFound
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission

_NOBODY = "0"


@require_POST
@staff_page(Permission.WORK_TICKETS)
def bulk(request: StaffRequest) -> HttpResponse:
    """Which change, to what, what it would do, done: each step asks the database again."""
    action = request.POST.get("action", "")
    choices = _choices(request)
    if action not in choices:
        raise Http404
    heading, label, options = choices[action]
    ids = _chosen(request)
    to = request.POST.get("to", "")
    change = _change(request, action, to) if to in dict(options) else None
    if change is not None and request.POST.get("confirm") == "1":
        return _done(request, bulk_change(request.merchant, list(ids.values()), change, by=request.actor))
    outcomes = (
        preview_bulk(request.merchant, list(ids.values()), change, by=request.actor) if change is not None else None
    )
    return page(
        request,
        "aftersales/dashboard/ticket_bulk.html",
        action=action,
        heading=heading,
        option_label=label,
        options=options,
        to=to,
        ids=list(ids),
        chosen=len(ids),
        effect=_effect(outcomes) if outcomes is not None else None,
        query=request.GET.urlencode(),
        list_url=_back(request),
        trail=[{"label": _("Inbox"), "url": _back(request)}, {"label": heading, "url": ""}],
    )


def _choices(request: StaffRequest) -> dict[str, tuple[str, str, list[tuple[str, str]]]]:
    """{action: (heading, label, options)}"""
    merchant = request.merchant
    people = [(str(agent.membership.pk), agent.name) for agent in agents_of(merchant)]
    return {
        "assign": (_("Assign tickets"), _("To whom"), [*people, (_NOBODY, _("Nobody"))]),
        "status": (
            _("Change the status"),
            _("Status"),
            [(status.code, status.name) for status in statuses_of(merchant)],
        ),
        "priority": (
            _("Change the priority"),
            _("Priority"),
            [(value, str(label)) for value, label in Priority.choices],
        ),
        "category": (
            _("Change the category"),
            pgettext("ticket", "Category"),
            [(category.code, category.name) for category in categories_of(merchant)],
        ),
    }


def _chosen(request: StaffRequest) -> dict[str, int]:
    """{public id: id} of the rows meant: those ticked, or the first MOST_AT_ONCE that match the filter."""
    if request.POST.get("scope") == "all":
        wanted, order = filter_of(request, request.GET)
        rows = tickets_in(request.merchant, wanted).order_by(*ORDERS[order])
        return {public_id("tkt", pk): pk for pk in rows.values_list("pk", flat=True)[:MOST_AT_ONCE]}
    numbers: dict[str, int] = {}
    for text in request.POST.getlist("ids")[:MOST_AT_ONCE]:
        try:
            numbers[text] = read_public_id("tkt", text)
        except NotFound:
            continue
    return numbers


def _change(request: StaffRequest, action: str, to: str) -> BulkChange:
    merchant = request.merchant
    if action == "assign":
        return BulkChange(unassigns=True) if to == _NOBODY else BulkChange(assignee=get_worker(merchant, int(to)))
    if action == "status":
        return BulkChange(status=statuses_of(merchant).get(code=to))
    if action == "category":
        return BulkChange(category=categories_of(merchant).get(code=to))
    return BulkChange(priority=to)


def _effect(outcomes: list[BulkOutcome]) -> dict[str, Any]:
    changed = sum(each.is_changed for each in outcomes)
    refused = [each for each in outcomes if each.refusal is not None]
    same = len(outcomes) - changed - len(refused)
    sentence = _("%(changed)s change, %(same)s are so already, %(refused)s cannot.") % {
        "changed": changed,
        "same": same,
        "refused": len(refused),
    }
    button = ngettext("Change %(count)s ticket", "Change %(count)s tickets", changed) % {"count": changed}
    return {
        "sentence": sentence,
        "count": changed,
        "button": button,
        "refused": [
            {"number": each.ticket.number, "subject": each.ticket.subject, "reason": each.refusal.text()}
            for each in refused
            if each.refusal is not None
        ],
    }


def _done(request: StaffRequest, outcomes: list[BulkOutcome]) -> HttpResponse:
    changed = sum(each.is_changed for each in outcomes)
    text = ngettext("%(count)s ticket changed.", "%(count)s tickets changed.", changed)
    messages.success(request, text % {"count": changed})
    return HttpResponseRedirect(_back(request))


def _back(request: StaffRequest) -> str:
    query = kept_query(request.GET)
    return f"{shop_url(request, 'aftersales:inbox')}{f'?{query}' if query else ''}"
