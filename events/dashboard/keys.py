"""API keys: what there is, a new one shown once, rotation, the end of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from events.actions.keys import issue_api_key, revoke_api_key, rotate_api_key
from merchants.clock import world_now
from merchants.errors import DomainError
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.models import ApiKey
from merchants.queries import api_keys_of, get_api_key
from merchants.roles import Permission, Scope

OVERLAPS = [
    (0, gettext_lazy("Not at all: it ends now")),
    (1, gettext_lazy("One hour")),
    (24, gettext_lazy("One day")),
    (168, gettext_lazy("One week")),
    (720, gettext_lazy("30 days")),
]
LIFETIMES = [
    ("", gettext_lazy("Until it is revoked")),
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("One year")),
]

USUAL_SCOPES = [Scope.CUSTOMERS_READ, Scope.ORDERS_READ, Scope.POINTS_READ]


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Where it will be used: till, web shop, …")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(label=gettext_lazy("It works"), choices=LIFETIMES, required=False)
    requests_per_minute = forms.IntegerField(
        label=gettext_lazy("Requests a minute"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=gettext_lazy("Empty: as many as the installation allows."),
    )


class RotationForm(forms.Form):
    overlap_hours = forms.TypedChoiceField(
        label=gettext_lazy("How long the old key works on"), choices=OVERLAPS, coerce=int, initial=24
    )


@require_GET
@staff_page(Permission.MANAGE_API_KEYS)
def key_list(request: StaffRequest) -> HttpResponse:
    rows = list_page(request, api_keys_of(request.merchant))
    return page(request, "events/dashboard/keys.html", keys=[_drawn(key) for key in rows.rows], rows=rows)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.MANAGE_API_KEYS)
def new_key(request: StaffRequest) -> HttpResponseBase:
    """A form, then the secret: this once and never again."""
    form = KeyForm(request.POST or None, initial={"scopes": USUAL_SCOPES})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            key, secret = issue_api_key(
                request.merchant,
                name=given["name"],
                scopes=given["scopes"],
                expires_at=world_now() + timedelta(days=int(given["days"])) if given["days"] else None,
                requests_per_minute=given["requests_per_minute"],
                by=request.actor,
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _show_once(request, key, secret)
    trail = [*_trail(request), {"label": _("New key")}]
    return page(request, "events/dashboard/key_new.html", status=422 if form.errors else 200, form=form, trail=trail)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.MANAGE_API_KEYS)
def rotate_key(request: StaffRequest, key: str) -> HttpResponseBase:
    found = get_api_key(request.merchant, read_public_id("key", key))
    form = RotationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        overlap = timedelta(hours=form.cleaned_data["overlap_hours"])
        try:
            successor, secret = rotate_api_key(found, overlap=overlap, by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _show_once(request, successor, secret)
    trail = [*_trail(request), {"label": _("Rotate %(name)s") % {"name": found.name}}]
    return page(
        request,
        "events/dashboard/key_rotate.html",
        status=422 if form.errors else 200,
        key=found,
        form=form,
        trail=trail,
    )


@require_POST
@staff_page(Permission.MANAGE_API_KEYS)
def revoke_key(request: StaffRequest, key: str) -> HttpResponseBase:
    revoked = revoke_api_key(get_api_key(request.merchant, read_public_id("key", key)), by=request.actor)
    messages.success(request, _("The key %(name)s no longer works.") % {"name": revoked.name})
    return redirect(shop_url(request, "events:key-list"))


def _show_once(request: StaffRequest, key: ApiKey, secret: str) -> HttpResponse:
    trail = [*_trail(request), {"label": key.name}]
    response = page(request, "events/dashboard/key_shown.html", key=key, secret=secret, trail=trail)
    response["Cache-Control"] = "no-store"
    return response


def _trail(request: StaffRequest) -> list[dict[str, Any]]:
    return [{"label": _("API keys"), "url": shop_url(request, "events:key-list")}]


def _drawn(key: ApiKey) -> dict[str, Any]:
    expired = key.expires_at is not None and key.expires_at <= world_now()
    if key.revoked_at is not None:
        state, tone = _("Revoked"), "neutral"
    elif expired:
        state, tone = _("Expired"), "neutral"
    elif key.successor_id is not None:
        state, tone = _("Being replaced"), "warning"
    else:
        state, tone = _("Works"), "success"
    usable = key.revoked_at is None and not expired
    return {
        "key": key,
        "state": state,
        "tone": tone,
        "usable": usable,
        "may_rotate": usable and key.successor_id is None,
        "scopes": [Scope(scope).label for scope in key.scopes],
    }
