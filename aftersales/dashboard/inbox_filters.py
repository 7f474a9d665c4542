"""The inbox's address: which view, narrowed by what, as a filter, chips and links."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from aftersales.dashboard.forms import InboxFilterForm
from aftersales.models import InboxView, StatusCategory
from aftersales.queries.desk import categories_of
from aftersales.queries.inbox import MOST_COUNTED, ORDERS, InboxFilter, View, view_counts, views_for
from customers.queries import customers_of
from merchants.errors import NotFound
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, shop_url
from merchants.models import Merchant
from merchants.roles import Permission, may

NAMES = (
    "view", "q", "status", "category", "assignee", "priority", "tier", "channel", "overdue", "since", "until", "customer",
    "sort",
)  # fmt: skip
NARROWING = tuple(name for name in NAMES if name not in ("view", "sort", "q"))
_ICONS = {
    "mine": "user",
    "unassigned": "user-x",
    "overdue": "circle-alert",
    "open": "inbox",
    "waiting_customer": "pause",
    "snoozed": "alarm-clock",
    "recovery": "heart",
    "resolved": "circle-check",
}


def view_labels() -> dict[str, str]:
    return {
        "mine": _("Mine"),
        "unassigned": _("Unassigned"),
        "overdue": _("Overdue"),
        "open": _("All open"),
        "waiting_customer": _("Customer's turn"),
        "snoozed": _("Set aside"),
        "recovery": _("Recovery"),
        "resolved": _("Recently resolved"),
    }


def usual_view(request: StaffRequest) -> str:
    """Where the inbox opens: one's own work, for those who do some."""
    return "mine" if may(request.membership.role, Permission.WORK_TICKETS) else "open"


def view_of(request: StaffRequest, given: QueryDict) -> View:
    """The built-in view of the address. Filters without a view look at everything."""
    views = views_for(request.merchant, request.membership)
    name = given.get("view", "")
    if name in views:
        return views[name]
    if any(given.get(one) for one in (*NARROWING, "q")):
        return View("", InboxFilter(), "latest" if given.get("status") else "due")
    return views[usual_view(request)]


def filter_of(request: StaffRequest, given: QueryDict) -> tuple[InboxFilter, str]:
    """What the address asks for, and by which of ORDERS."""
    merchant, view = request.merchant, view_of(request, given)
    form = InboxFilterForm(merchant, given)
    form.is_valid()
    said = form.cleaned_data
    wanted = view.wanted
    state = said.get("status", "")
    if state == "any":
        wanted = wanted.narrowed(states=())
    elif state:
        wanted = wanted.narrowed(states=(state,))
    elif not wanted.states and not given.get("q"):
        wanted = wanted.narrowed(states=(StatusCategory.WAITING_US, StatusCategory.WAITING_CUSTOMER, "paused"))
    if said.get("category"):
        wanted = wanted.narrowed(categories=_category_ids(merchant, said["category"]))
    for name, key in (("priority", "priorities"), ("channel", "channels"), ("tier", "tiers")):
        if said.get(name):
            wanted = wanted.narrowed(**{key: (said[name],)})
    wanted = _assigned(request, wanted, said.get("assignee", ""))
    if said.get("overdue"):
        wanted = wanted.narrowed(overdue=True)
    if said.get("since"):
        wanted = wanted.narrowed(opened_from=_midnight(merchant, said["since"]))
    if said.get("until"):
        wanted = wanted.narrowed(opened_until=_midnight(merchant, said["until"] + timedelta(days=1)))
    if given.get("customer"):
        wanted = wanted.narrowed(customer=_customer_id(given))
    text = given.get("q", "").replace("\x00", "").strip()[:100]
    sort = given.get("sort", "")
    return wanted.narrowed(text=text), sort if sort in ORDERS else view.order


def kept_query(given: QueryDict, **changes: str | None) -> str:
    """The address without cursors and the open ticket, with `changes` (None removes)."""
    kept = QueryDict(mutable=True)
    for name in NAMES:
        if name not in changes and (value := given.get(name)):
            kept[name] = value
    for name, value in changes.items():
        if value is not None:
            kept[name] = value
    return kept.urlencode()


def chips_of(request: StaffRequest, given: QueryDict) -> list[dict[str, Any]]:
    """What the list is narrowed to, each with the address without it."""
    form = InboxFilterForm(request.merchant, given)
    form.is_valid()
    chips = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if not value:
            continue
        words = dict(getattr(field, "choices", ())).get(value, value)
        chips.append(
            {
                "label": field.label,
                "value": _("yes") if value is True else words,
                "remove_url": f"?{kept_query(given, **{name: None})}",
            }
        )
    if given.get("customer"):
        who = customers_of(request.merchant).filter(pk=_customer_id(given)).first()
        name = who.display_name if who else given.get("customer", "")
        chips.append({"label": _("Customer"), "value": name, "remove_url": f"?{kept_query(given, customer=None)}"})
    return chips


def view_links(request: StaffRequest, given: QueryDict) -> list[dict[str, Any]]:
    """The built-in views with how many each shows."""
    counts = view_counts(request.merchant, request.membership)
    base, present = shop_url(request, "aftersales:inbox"), view_of(request, given).name
    return [
        {
            "label": label,
            "icon": _ICONS[name],
            "url": f"{base}?view={name}",
            "active": name == present and not any(given.get(one) for one in NARROWING),
            "count": min(counts[name], MOST_COUNTED),
            "more": counts[name] > MOST_COUNTED,
            "alarm": name == "overdue",
        }
        for name, label in view_labels().items()
    ]


def saved_links(request: StaffRequest, given: QueryDict, views: Iterable[InboxView]) -> list[dict[str, Any]]:
    """The team's own views."""
    base, present = shop_url(request, "aftersales:inbox"), kept_query(given)
    return [
        {
            "id": view.pk,
            "label": view.name,
            "icon": "users" if view.owner_id is None else "star",
            "url": f"{base}?{view.query}",
            "active": bool(present) and kept_query(QueryDict(view.query)) == present,
        }
        for view in views
    ]


def _assigned(request: StaffRequest, wanted: InboxFilter, who: str) -> InboxFilter:
    if who == "none":
        return wanted.narrowed(unassigned=True)
    if who == "me":
        return wanted.narrowed(assignee=request.membership.pk)
    return wanted.narrowed(assignee=int(who)) if who else wanted


def _category_ids(merchant: Merchant, code: str) -> tuple[int, ...]:
    return tuple(categories_of(merchant, archived=True).filter(code=code).values_list("pk", flat=True))


def _customer_id(given: QueryDict) -> int:
    """0, which nobody has, for what is no customer's id."""
    try:
        return read_public_id("cus", given.get("customer", ""))
    except NotFound:
        return 0


def _midnight(merchant: Merchant, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=merchant.zone)
