"""Before one is inside a shop: opening one, and joining one by invitation."""

from __future__ import annotations

from typing import Any

from babel import Locale
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.actions.shops import create_merchant
from events.actions.team import accept_invitation
from merchants.errors import DomainError
from merchants.frames.staff import refuse
from merchants.models import Actor, Language
from merchants.queries import find_invitation
from merchants.rules.shops import currencies, time_zones


class ShopForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Shop name"), max_length=80)
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=40,
        help_text=gettext_lazy("Lower-case letters, digits and hyphens. It stands in your members' links and stays."),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), initial="CNY", help_text=gettext_lazy("All amounts are in it; it stays.")
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=[(name, name) for name in time_zones()], initial="Asia/Shanghai"
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Locale.parse(to_locale(get_language() or "en")).currencies
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, f"{code} · {names.get(code, code)}") for code in sorted(currencies())]

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).strip().lower()


@login_required
@require_http_methods(["GET", "POST"])
def new_shop(request: Any) -> HttpResponse:
    """A new merchant's first page after signing up."""
    form = ShopForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        by = Actor(kind="staff", id=request.user.pk, name=str(request.user))
        try:
            merchant = create_merchant(**form.cleaned_data, owner=request.user, by=by)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("%(name)s is open.") % {"name": merchant.name})
            return redirect("shop-home", merchant.slug)
    return render(request, "events/new_shop.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What an invitation's link opens: sign in or up with its address, then join."""
    found = find_invitation(token)
    if found is None:
        return render(request, "events/invitation.html", {"invitation": None}, status=410)
    context = {"invitation": found, "merchant": found.merchant}
    if not request.user.is_authenticated or request.user.email != found.email:
        return render(request, "events/invitation.html", context)
    if request.method == "POST":
        accept_invitation(token, staff=request.user)
        return redirect("shop-home", found.merchant.slug)
    return render(request, "events/invitation.html", {**context, "may_join": True})
