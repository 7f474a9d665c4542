"""The customer list's address: what is in it, as filters, chips and tabs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import dates
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Gender
from customers.queries import CustomerFilter, saved_views_of, tags_of
from merchants.clock import now, today
from merchants.frames.staff import StaffRequest, shop_url
from merchants.models import Merchant
from merchants.templatetags.ui import SOURCE_LABELS

NAMES = ("q", "tag", "gender", "month", "joined", "contact", "source", "archived")
SORTS = {
    "name": ["name_pinyin", "id"],
    "-name": ["-name_pinyin", "-id"],
    "joined": ["joined_at", "id"],
    "-joined": ["-joined_at", "-id"],
}
_JOINED = {"7": _("Last 7 days"), "30": _("Last 30 days"), "90": _("Last 90 days"), "365": _("Last 12 months")}
_CONTACT = {
    "phone": _("Has a phone number"),
    "email": _("Has an e-mail address"),
    "no-phone": _("No phone number"),
    "no-email": _("No e-mail address"),
}


def filter_of(merchant: Merchant, given: QueryDict) -> CustomerFilter:
    """What the address asks for; values that mean nothing narrow nothing."""
    contact = given.get("contact", "")
    month = given.get("month", "")
    return CustomerFilter(
        text=given.get("q", "").replace("\x00", "").strip()[:100],
        tags=tuple(dict.fromkeys(tag for tag in given.getlist("tag") if tag))[:5],
        gender=given.get("gender", "") if given.get("gender") in Gender.values else "",
        source=given.get("source", "").replace("\x00", "")[:40],
        birthday_month=int(month) if month.isascii() and month.isdigit() and 1 <= int(month) <= 12 else None,
        joined_from=_joined_from(merchant, given.get("joined", "")),
        has_phone={"phone": True, "no-phone": False}.get(contact),
        has_email={"email": True, "no-email": False}.get(contact),
        archived=given.get("archived") == "1",
    )


def _joined_from(merchant: Merchant, period: str) -> datetime | None:
    if period not in _JOINED:
        return None
    midnight = now(merchant).astimezone(merchant.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=int(period) - 1)


def kept_query(given: QueryDict, **changes: str | None) -> str:
    """The address's filters and sort, without cursors, with `changes` (None removes)."""
    kept = QueryDict(mutable=True)
    for name in (*NAMES, "sort"):
        values = [value for value in given.getlist(name) if value]
        if values and name not in changes:
            kept.setlist(name, values)
    for name, value in changes.items():
        if value is not None:
            kept[name] = value
    return kept.urlencode()


def _without(given: QueryDict, name: str, value: str) -> str:
    kept = QueryDict(kept_query(given), mutable=True)
    kept.setlist(name, [each for each in kept.getlist(name) if each != value])
    return f"?{kept.urlencode()}"


def chips(given: QueryDict) -> list[dict[str, Any]]:
    """What the list is narrowed to, each with the address without it. The text has its own field."""
    labels: dict[str, tuple[str, Mapping[str, Any]]] = {
        "tag": (gettext("Tag"), {}),
        "gender": (gettext("Gender"), dict(Gender.choices)),
        "month": (gettext("Birthday month"), {str(number): name for number, name in dates.MONTHS.items()}),
        "joined": (gettext("Joined"), _JOINED),
        "contact": (gettext("Contact"), _CONTACT),
        "source": (gettext("Source"), SOURCE_LABELS),
    }
    return [
        {"label": label, "value": words.get(value, value), "remove_url": _without(given, name, value)}
        for name, (label, words) in labels.items()
        for value in given.getlist(name)
        if value
    ]


def tabs(request: StaffRequest) -> list[dict[str, Any]]:
    """The views that every shop has, then those that this team saved."""
    base = shop_url(request, "customers:customer-list")
    present = kept_query(request.GET, sort=None)
    month = str(today(request.merchant).month)
    fixed = [
        (gettext("All"), ""),
        (gettext("New"), "joined=30"),
        (gettext("Birthday this month"), f"month={month}"),
        (gettext("Archived"), "archived=1"),
    ]
    saved = [(view.name, view.query) for view in saved_views_of(request.merchant)]
    return [
        {"label": label, "url": f"{base}?{query}" if query else base, "active": present == query}
        for label, query in [*fixed, *saved]
    ]


class FilterForm(forms.Form):
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    gender = forms.ChoiceField(label=_("Gender"), required=False, choices=[("", _("Any")), *Gender.choices])
    month = forms.ChoiceField(
        label=_("Birthday month"), required=False, choices=[("", _("Any")), *dates.MONTHS.items()]
    )
    joined = forms.ChoiceField(label=_("Joined"), required=False, choices=[("", _("Any time")), *_JOINED.items()])
    contact = forms.ChoiceField(label=_("Contact"), required=False, choices=[("", _("Any")), *_CONTACT.items()])

    def __init__(self, merchant: Merchant, given: QueryDict) -> None:
        super().__init__(initial={name: given.get(name, "") for name in self.base_fields})
        names = [(tag.name, tag.name) for tag in tags_of(merchant)]
        self.fields["tag"] = forms.ChoiceField(label=_("Tag"), required=False, choices=[("", _("Any")), *names])
