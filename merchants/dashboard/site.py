"""Pages before and around a shop: the start page, the account, language, where a shop begins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.i18n import set_language as set_language_cookie

from merchants.actions.staff import change_own_profile
from merchants.errors import DomainError
from merchants.frames.navigation import find_url, first_page
from merchants.frames.staff import permissions_of, refuse
from merchants.models import Language, StaffMember
from merchants.queries import find_membership, shops_of


class ProfileForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=80, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language.choices)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Staff go to their shop; strangers read what this is."""
    if not request.user.is_authenticated:
        return render(request, "merchants/welcome.html", {"demo_url": find_url("demo")})
    shops = shops_of(request.user)
    return redirect("shop-home", shops[0].slug) if shops else redirect("new-shop")


@require_GET
def shop_home(request: HttpRequest, shop: str) -> HttpResponse:
    """The first page of a shop that this person may see."""
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={request.path}")
    entered = find_membership(request.user, shop)
    if entered is None:
        raise Http404
    merchant, membership = entered
    return HttpResponseRedirect(first_page(merchant, permissions_of(membership)))


@login_required
@require_http_methods(["GET", "POST"])
def account(request: Any) -> HttpResponse:
    """Name and language; ways to e-mail, password, second factor and sessions."""
    staff: StaffMember = request.user
    form = ProfileForm(request.POST or None, initial={"name": staff.name, "language": staff.language})
    if request.method == "POST" and form.is_valid():
        try:
            change_own_profile(staff, **form.cleaned_data)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            response = redirect("account")
            _remember_language(response, staff.language)
            return response
    links = [
        {"label": _("Password"), "url": reverse("account_change_password"), "icon": "lock"},
        {"label": _("E-mail address"), "url": reverse("account_email"), "icon": "mail"},
        {"label": _("Second factor and passkeys"), "url": reverse("mfa_index"), "icon": "shield-check"},
        {"label": _("Where you are signed in"), "url": reverse("usersessions_list"), "icon": "monitor"},
    ]
    context = {"form": form, "links": links, "shops": shops_of(staff)}
    return render(request, "merchants/account.html", context, status=422 if form.errors else 200)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own switch; who is signed in is spoken to in that language from every browser."""
    response = set_language_cookie(request)
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in Language.values and chosen != request.user.language:
        change_own_profile(request.user, name=request.user.name, language=chosen)
    assert isinstance(response, HttpResponse)
    return response


def _remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=settings.LANGUAGE_COOKIE_SECURE)
