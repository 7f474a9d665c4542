"""Settings: the shop's profile, look, promises and privacy notice; its test twin and the twin's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from events.actions.shops import create_sandbox, move_clock, set_logo, update_settings
from merchants.clock import now
from merchants.errors import DomainError
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.models import Language, Merchant
from merchants.queries import find_sandbox
from merchants.roles import Permission
from merchants.rules.pictures import LARGEST_LOGO_BYTES
from merchants.rules.shops import time_zones

PROMISES = 6
JUMPS = [
    (1, gettext_lazy("One day")),
    (7, gettext_lazy("One week")),
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (365, gettext_lazy("One year")),
]


class SettingsForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Shop name"), max_length=80)
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=[(name, name) for name in time_zones()],
        help_text=gettext_lazy("Days, expiry and reports follow it."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=Language.choices,
        help_text=gettext_lazy("What members and e-mails speak unless they chose another."),
    )
    brand_colour = forms.CharField(
        label=gettext_lazy("Brand colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color"})
    )
    contact_email = forms.EmailField(label=gettext_lazy("Contact e-mail"), required=False)
    contact_phone = forms.CharField(label=gettext_lazy("Contact phone"), max_length=32, required=False)
    adjustment_limit_points = forms.IntegerField(
        label=gettext_lazy("Points that one person may adjust alone"),
        min_value=0,
        max_value=2_000_000_000,
        help_text=gettext_lazy("A larger adjustment waits for a second person."),
    )
    privacy_text = forms.CharField(
        label=gettext_lazy("Privacy notice"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
    )

    def __init__(self, merchant: Merchant, posted: QueryDict | None = None) -> None:
        fields = ("name", "timezone", "language", "brand_colour", "contact_email", "contact_phone", "privacy_text")
        initial: dict[str, Any] = {name: getattr(merchant, name) for name in fields}
        initial["adjustment_limit_points"] = merchant.adjustment_limit_points
        for number, promise in enumerate(merchant.promises[:PROMISES], start=1):
            initial[f"promise_{number}_title"], initial[f"promise_{number}_body"] = promise["title"], promise["body"]
        super().__init__(posted, initial=initial)
        for number in range(1, PROMISES + 1):
            self.fields[f"promise_{number}_title"] = forms.CharField(
                label=_("Promise %(number)s") % {"number": number}, max_length=60, required=False
            )
            self.fields[f"promise_{number}_body"] = forms.CharField(
                label=_("In a sentence"), max_length=300, required=False
            )

    def changes(self) -> dict[str, Any]:
        """What `update_settings` takes."""
        given = dict(self.cleaned_data)
        promises = []
        for number in range(1, PROMISES + 1):
            title, body = given.pop(f"promise_{number}_title"), given.pop(f"promise_{number}_body")
            if title or body:
                promises.append({"title": title, "body": body})
        return {**given, "promises": promises}

    def promise_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        numbers = range(1, PROMISES + 1)
        return [(self[f"promise_{number}_title"], self[f"promise_{number}_body"]) for number in numbers]


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        help_text=gettext_lazy("PNG, JPEG or WebP, at most 200 kB."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


class ClockForm(forms.Form):
    days = forms.TypedChoiceField(label=gettext_lazy("Move the clock forward by"), choices=JUMPS, coerce=int)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.EDIT_SETTINGS)
def settings(request: StaffRequest) -> HttpResponseBase:
    form = SettingsForm(request.merchant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            update_settings(request.merchant, by=request.actor, **form.changes())
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(shop_url(request, "events:settings"))
    return _settings_page(request, form, LogoForm())


@require_POST
@staff_page(Permission.EDIT_SETTINGS)
def logo(request: StaffRequest) -> HttpResponseBase:
    """Take a new logo, or with `remove` none."""
    if "remove" in request.POST:
        set_logo(request.merchant, picture=None, by=request.actor)
        return redirect(shop_url(request, "events:settings"))
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        upload: UploadedFile[bytes] = form.cleaned_data["logo"]
        try:
            # One byte more than allowed is enough to know that it is too large.
            set_logo(request.merchant, picture=upload.read(LARGEST_LOGO_BYTES + 1), by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("The logo is changed."))
            return redirect(shop_url(request, "events:settings"))
    return _settings_page(request, SettingsForm(request.merchant), form)


def _settings_page(request: StaffRequest, form: SettingsForm, logo_form: LogoForm) -> HttpResponse:
    status = 422 if form.errors or logo_form.errors else 200
    return page(
        request,
        "events/dashboard/settings.html",
        status=status,
        form=form,
        logo_form=logo_form,
        has_logo=bool(request.merchant.logo_type),
    )


@require_http_methods(["GET", "POST"])
@staff_page(Permission.EDIT_SETTINGS)
def sandbox(request: StaffRequest) -> HttpResponseBase:
    """The test twin: opened here, and seen from inside its clock."""
    merchant = request.merchant
    if request.method == "POST":
        twin = create_sandbox(merchant, by=request.actor)
        messages.success(request, _("The test shop is open."))
        return redirect("shop-home", twin.slug)
    return page(
        request,
        "events/dashboard/sandbox.html",
        twin=find_sandbox(merchant),
        clock=now(merchant),
        form=ClockForm(),
    )


@require_POST
@staff_page(Permission.EDIT_SETTINGS)
def clock(request: StaffRequest) -> HttpResponseBase:
    form = ClockForm(request.POST)
    if form.is_valid():
        moved = move_clock(request.merchant, forward=timedelta(days=form.cleaned_data["days"]), by=request.actor)
        day = now(moved).astimezone(moved.zone).date().isoformat()
        messages.success(request, _("In this test shop it is now %(day)s.") % {"day": day})
    return redirect(shop_url(request, "events:sandbox"))
