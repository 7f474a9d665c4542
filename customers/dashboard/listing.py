"""The list of customers, what can be done to many at once, and the file of what is filtered."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from customers.actions import record_export, remove_view, save_view, tag_customers, untag_customers
from customers.dashboard.filters import SORTS, FilterForm, chips, filter_of, kept_query, tabs
from customers.models import Customer
from customers.queries import (
    CustomerFilter,
    customers_matching,
    customers_of,
    customers_ranked,
    outbox_of,
    saved_views_of,
    search_customers,
    tagging_effect,
    tags_of,
)
from customers.rules.files import guarded
from customers.rules.masking import mask_address, mask_email, mask_phone
from customers.tasks import tag_matching
from merchants.errors import NotFound
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission, may

_MOST_AT_ONCE = 5000  # more than this goes to a worker
_ROWS_A_PIECE = 2000


@staff_page(Permission.SEE_CUSTOMERS)
def customer_list(request: StaffRequest) -> HttpResponseBase:
    wanted = filter_of(request.merchant, request.GET)
    rows = customers_matching(request.merchant, wanted)
    sort = request.GET.get("sort", "")
    total = rows.count()
    previous = following = ""
    if wanted.text and sort not in SORTS:
        found = customers_ranked(request.merchant, wanted)
    else:
        got = list_page(request, rows.prefetch_related("tagged__tag"), order=SORTS.get(sort, ["-id"]))
        found, previous, following = got.rows, got.previous_cursor, got.next_cursor
    query = kept_query(request.GET)
    context: dict[str, Any] = {
        "customers": found,
        "total": total,
        "previous": previous,
        "next": following,
        "q": wanted.text,
        "sort": sort if sort in SORTS else "",
        "filters": chips(request.GET),
        "kept": [(name, value) for name, value in QueryDict(query).items() if name not in ("q",)],
        "query": query,
        "clear_url": shop_url(request, "customers:customer-list"),
        "bulk_url": f"{shop_url(request, 'customers:bulk')}?{query}",
        "bulk_actions": _bulk_actions(request),
    }
    if request.htmx and not request.htmx.boosted:
        return page(request, "customers/dashboard/list.html#list", **context)
    return page(
        request,
        "customers/dashboard/list.html",
        tabs=tabs(request),
        filter_form=FilterForm(request.merchant, request.GET),
        saved=saved_views_of(request.merchant),
        **context,
    )


def _bulk_actions(request: StaffRequest) -> list[dict[str, Any]]:
    if not may(request.membership.role, Permission.TAG_CUSTOMERS):
        return []
    return [
        {"label": gettext("Add a tag"), "value": "tag", "icon": "tag"},
        {"label": gettext("Remove a tag"), "value": "untag", "icon": "x"},
    ]


@require_POST
@staff_page(Permission.TAG_CUSTOMERS)
def bulk(request: StaffRequest) -> HttpResponseBase:
    """Three steps on one page: which tag, what exactly would change, done. Each step asks the database again."""
    action = request.POST.get("action", "")
    if action not in ("tag", "untag"):
        raise Http404
    wanted = filter_of(request.merchant, request.GET)
    chosen, ids = _chosen(request, wanted)
    tag = request.POST.get("tag", "").strip()
    effect = tagging_effect(request.merchant, chosen, tag) if tag else None
    if effect is not None and request.POST.get("confirm") == "1":
        return _tag_or_untag(request, chosen, wanted, action, tag, effect.chosen, ids)
    return page(
        request,
        "customers/dashboard/bulk.html",
        action=action,
        ids=ids,
        scope=request.POST.get("scope", "page"),
        total=effect.chosen if effect else chosen.count(),
        tag=tag,
        effect=effect,
        changes=effect and (effect.do_not if action == "tag" else effect.have_it),
        tags=tags_of(request.merchant),
        filters=chips(request.GET),
        text=wanted.text,
        query=request.GET.urlencode(),
        list_url=_back(request),
        trail=[
            {"label": gettext("Customers"), "url": _back(request)},
            {"label": gettext("Add a tag") if action == "tag" else gettext("Remove a tag"), "url": ""},
        ],
    )


def _back(request: StaffRequest) -> str:
    query = kept_query(request.GET)
    return f"{shop_url(request, 'customers:customer-list')}{f'?{query}' if query else ''}"


def _chosen(request: StaffRequest, wanted: CustomerFilter) -> tuple[QuerySet[Customer], list[str]]:
    """The rows meant: all that match the filter, or those ticked (their public ids come back for the next step)."""
    if request.POST.get("scope") == "all":
        return customers_matching(request.merchant, wanted), []
    numbers: dict[str, int] = {}
    for text in request.POST.getlist("ids")[:500]:
        try:
            numbers[text] = read_public_id("cus", text)
        except NotFound:
            continue
    return customers_of(request.merchant).filter(pk__in=numbers.values()), list(numbers)


def _tag_or_untag(
    request: StaffRequest,
    chosen: QuerySet[Customer],
    wanted: CustomerFilter,
    action: str,
    tag: str,
    total: int,
    ids: list[str],
) -> HttpResponse:
    if total > _MOST_AT_ONCE and not ids:
        actor = {"kind": request.actor.kind, "id": request.actor.id, "name": request.actor.name}
        tag_matching.delay(request.merchant.pk, wanted.as_json(), tag, action == "tag", actor)
        messages.info(request, gettext("Under way. The list shows the tags as they arrive."))
        return HttpResponseRedirect(_back(request))
    change = tag_customers if action == "tag" else untag_customers
    changed = change(request.merchant, chosen, tag=tag, by=request.actor)
    if action == "tag":
        text = ngettext("%(count)s customer got the tag.", "%(count)s customers got the tag.", changed)
    else:
        text = ngettext("%(count)s customer lost the tag.", "%(count)s customers lost the tag.", changed)
    messages.success(request, text % {"count": changed})
    return HttpResponseRedirect(_back(request))


@require_POST
@staff_page(Permission.EXPORT)
def export(request: StaffRequest) -> HttpResponseBase:
    """What is filtered, as CSV. A POST, because it is written down; masked for roles that may not reveal."""
    wanted = filter_of(request.merchant, request.GET)
    rows = customers_matching(request.merchant, wanted)
    record_export(request.merchant, rows=rows.count(), filters=kept_query(request.GET), by=request.actor)
    clear = may(request.membership.role, Permission.REVEAL_PERSONAL_DATA)
    response = StreamingHttpResponse(_lines(rows, clear), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.merchant.slug}-customers.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(rows: QuerySet[Customer], clear: bool) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # a spreadsheet opens it as UTF-8 then
    yield writer.writerow(
        ["number", "name", "phone", "email", "birthday", "gender", "region", "city", "address", "tags", "joined_at"]
    )
    last = 0
    # By ranges of ids: the whole shop never lies in memory, and the pooler in between needs no server-side cursor.
    while piece := list(rows.filter(pk__gt=last).order_by("pk").prefetch_related("tagged__tag")[:_ROWS_A_PIECE]):
        for row in piece:
            yield writer.writerow([guarded(value) for value in _cells(row, clear)])
        last = piece[-1].pk


def _cells(row: Customer, clear: bool) -> list[str]:
    birthday = row.birthday
    day = f"{row.birthday_year or ''}-{row.birthday_month:02d}-{row.birthday_day:02d}" if birthday else ""
    return [
        row.number,
        row.name,
        row.phone if clear else mask_phone(row.phone),
        row.email if clear else mask_email(row.email),
        f"{row.birthday_calendar} {day.lstrip('-')}{' leap' if row.birthday_is_leap_month else ''}" if day else "",
        row.gender,
        row.region,
        row.city,
        row.address if clear else mask_address(row.address),
        "; ".join(sorted(each.tag.name for each in row.tagged.all())),
        row.joined_at.isoformat(timespec="seconds"),
    ]


@require_POST
@staff_page(Permission.TAG_CUSTOMERS)
def keep_view(request: StaffRequest) -> HttpResponseBase:
    query = kept_query(request.GET, sort=None)
    view = save_view(request.merchant, name=request.POST.get("name", ""), query=query, by=request.actor)
    messages.success(request, gettext("Saved as “%(name)s”.") % {"name": view.name})
    return HttpResponseRedirect(_back(request))


@require_POST
@staff_page(Permission.TAG_CUSTOMERS)
def drop_view(request: StaffRequest, view_id: int) -> HttpResponseBase:
    remove_view(request.merchant, view_id=view_id)
    messages.success(request, gettext("View removed."))
    return HttpResponseRedirect(shop_url(request, "customers:customer-list"))


@staff_page(Permission.SEE_CUSTOMERS)
def palette(request: StaffRequest) -> HttpResponseBase:
    """What the Ctrl-K palette finds: customers for a text, and the pages to go to otherwise."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    people = [
        {
            "name": customer.display_name,
            "note": mask_phone(customer.phone) or customer.number,
            "url": shop_url(request, "customers:customer-detail", public_id("cus", customer.pk)),
        }
        for customer in search_customers(request.merchant, text, limit=8)
    ]
    return render(request, "customers/dashboard/palette.html", {"people": people, "text": text})


@staff_page(Permission.SEE_CUSTOMERS)
def outbox(request: StaffRequest) -> HttpResponseBase:
    """Codes that did not leave the machine: of the demo and of test shops alone."""
    if not (settings.DEMO or request.merchant.is_sandbox):
        raise Http404
    return page(request, "customers/dashboard/outbox.html", codes=outbox_of(request.merchant)[:50])
