"""The list of orders with what they earned, and the file of what is filtered."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from commerce.models import Channel, Order
from commerce.queries import STATUSES, orders_of
from customers.queries import search_customers
from loyalty.models import Award
from loyalty.rules.expiry import start_of
from loyalty.rules.kinds import Wallet
from merchants.frames.cursors import list_page
from merchants.frames.staff import StaffRequest, page, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.figures import money_amount

SORTS = {
    "placed": ["placed_at", "id"],
    "-placed": ["-placed_at", "-id"],
    "total": ["total_minor", "id"],
    "-total": ["-total_minor", "-id"],
}
STATUS_LABELS = {
    "placed": (_("Not paid"), "warning"),
    "paid": (_("Paid"), "success"),
    "completed": (_("Completed"), "success"),
    "partly_refunded": (_("Partly refunded"), "info"),
    "refunded": (_("Refunded"), "neutral"),
    "cancelled": (_("Cancelled"), "neutral"),
}
VIEWS = (
    ("", _("All")),
    ("unpaid", _("Not paid")),
    ("refunded", _("Refunded")),
    ("cancelled", _("Cancelled")),
    ("guests", _("Without a member")),
)
_ROWS_A_PIECE = 2000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class OrderFilterForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices])
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    least = forms.DecimalField(label=_("Amount from"), required=False, min_value=0, max_digits=12)
    most = forms.DecimalField(label=_("Amount to"), required=False, min_value=0, max_digits=12)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as the list shows it. `points` is None where nothing was awarded."""

    order: Order
    status: str
    status_label: str
    tone: str
    points: int | None


def with_points(merchant: Merchant, orders: Sequence[Order]) -> list[OrderRow]:
    """The orders with the spendable points that are left of their awards, in one statement for all."""
    awards = Award.objects.filter(merchant=merchant, order__in=[order.pk for order in orders], wallet=Wallet.POINTS)
    kept = dict(awards.values_list("order_id", "points_kept"))
    return [
        OrderRow(
            order, order.status, str(STATUS_LABELS[order.status][0]), STATUS_LABELS[order.status][1], kept.get(order.pk)
        )
        for order in orders
    ]


@require_GET
@staff_page(Permission.SEE_ORDERS)
def order_list(request: StaffRequest) -> HttpResponse:
    form = OrderFilterForm(request.GET)
    rows = _matching(request, form)
    sort = request.GET.get("sort", "")
    got = list_page(request, rows, order=SORTS.get(sort, SORTS["-placed"]))
    sums = rows.order_by().aggregate(total=Sum("total_minor") - Sum("refunded_minor"))
    context: dict[str, Any] = {
        "rows": with_points(request.merchant, got.rows),
        "found": got,
        "total": rows.count(),
        "sum_minor": sums["total"] or 0,
        "sort": sort if sort in SORTS else "-placed",
        "q": request.GET.get("q", "").strip(),
        "filters": _chips(request, form),
        "kept": [
            (name, value) for name, value in request.GET.items() if value and name not in ("q", "after", "before")
        ],
        "query": _without(request.GET, "after", "before"),
    }
    if request.htmx and not request.htmx.boosted:
        return page(request, "loyalty/dashboard/orders.html#list", **context)
    return page(request, "loyalty/dashboard/orders.html", form=form, tabs=_tabs(request), **context)


@require_GET
@staff_page(Permission.EXPORT)
def order_export(request: StaffRequest) -> HttpResponseBase:
    rows = _matching(request, OrderFilterForm(request.GET))
    response = StreamingHttpResponse(_lines(request.merchant, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.merchant.slug}-orders.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _matching(request: StaffRequest, form: OrderFilterForm) -> QuerySet[Order]:
    merchant = request.merchant
    given = form.cleaned_data if form.is_valid() else {}
    rows = _of_view(orders_of(merchant), request.GET.get("view", ""))
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = _of_text(merchant, rows, text)
    if given.get("channel"):
        rows = rows.filter(channel=given["channel"])
    if given.get("since"):
        rows = rows.filter(placed_at__gte=_start(merchant, given["since"]))
    if given.get("until"):
        rows = rows.filter(placed_at__lt=_start(merchant, given["until"] + timedelta(days=1)))
    unit = money_amount(1, merchant.currency)
    if given.get("least") is not None:
        rows = rows.filter(total_minor__gte=int(given["least"] / unit))
    if given.get("most") is not None:
        rows = rows.filter(total_minor__lte=int(given["most"] / unit))
    return rows


def _of_view(rows: QuerySet[Order], view: str) -> QuerySet[Order]:
    if view == "unpaid":
        return rows.filter(STATUSES["placed"])
    if view == "refunded":
        return rows.filter(refunded_minor__gt=0, cancelled_at__isnull=True)
    if view == "cancelled":
        return rows.filter(STATUSES["cancelled"])
    return rows.filter(customer__isnull=True) if view == "guests" else rows


def _of_text(merchant: Merchant, rows: QuerySet[Order], text: str) -> QuerySet[Order]:
    """An order's number or its beginning, else the orders of the members that the text finds."""
    numbered = rows.filter(number__startswith=text)
    if numbered.exists():
        return numbered
    return rows.filter(customer__in=[customer.pk for customer in search_customers(merchant, text, limit=50)])


def _start(merchant: Merchant, day: date) -> datetime:
    return start_of(day, merchant.zone)


def _tabs(request: StaffRequest) -> list[dict[str, Any]]:
    view = request.GET.get("view", "")
    known = {name for name, _label in VIEWS}
    return [
        {"label": label, "url": f"?view={name}" if name else "?", "active": name == (view if view in known else "")}
        for name, label in VIEWS
    ]


def _chips(request: StaffRequest, form: OrderFilterForm) -> list[dict[str, Any]]:
    given = form.cleaned_data if form.is_valid() else {}
    chips = []
    for name, value in given.items():
        if value in (None, ""):
            continue
        shown = Channel(value).label if name == "channel" else value
        url = f"?{_without(request.GET, name, 'after', 'before')}"
        chips.append({"label": form.fields[name].label, "value": shown, "remove_url": url})
    return chips


def _without(given: QueryDict, *names: str) -> str:
    kept = given.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(merchant: Merchant, rows: QuerySet[Order]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # a spreadsheet opens it as UTF-8 then
    yield writer.writerow(
        [
            "number",
            "member",
            "status",
            "channel",
            "source",
            "currency",
            "total",
            "refunded",
            "points",
            "placed_at",
            "paid_at",
        ]
    )
    last = 0
    # By ranges of ids: the whole shop never lies in memory, and a pooler in between needs no server-side cursor.
    while piece := list(rows.filter(pk__gt=last).order_by("pk")[:_ROWS_A_PIECE]):
        for row in with_points(merchant, piece):
            yield writer.writerow([guarded(str(value)) for value in _cells(row)])
        last = piece[-1].pk


def _cells(row: OrderRow) -> list[object]:
    order = row.order
    return [
        order.number,
        order.customer.number if order.customer else "",
        row.status,
        order.channel,
        order.source,
        order.currency,
        money_amount(order.total_minor, order.currency),
        money_amount(order.refunded_minor, order.currency),
        "" if row.points is None else row.points,
        order.placed_at.isoformat(timespec="seconds"),
        order.paid_at.isoformat(timespec="seconds") if order.paid_at else "",
    ]


def guarded(value: str) -> str:
    """The text, kept from being run as a formula by a spreadsheet: an order may be numbered `=cmd|…`."""
    return f"'{value}" if value.startswith(_FORMULA) else value
