"""The frame of every dashboard page: who is signed in, in which shop, and what they may do there.

@staff_page(Permission.SEE_CUSTOMERS)
def customer_list(request: StaffRequest) -> HttpResponse:
    return page(request, "customers/dashboard/list.html", rows=…)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django_htmx.middleware import HtmxDetails

from merchants.clock import now
from merchants.errors import DomainError, InvalidValues
from merchants.frames.navigation import find_url, first_page, navigation
from merchants.models import Actor, Membership, Merchant, StaffMember
from merchants.queries import find_membership, shops_of
from merchants.roles import PERMISSIONS, Permission, Role, may

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """What a dashboard view gets. `membership.merchant` may be the live shop of the sandbox that `merchant` is."""

    merchant: Merchant
    membership: Membership
    actor: Actor
    htmx: HtmxDetails
    request_id: str
    user: StaffMember


def staff_page(
    permission: Permission,
) -> Callable[[Callable[Concatenate[StaffRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let the view run for signed-in staff of the shop in the address whose role has `permission`.

    Strangers are asked to sign in; people of other shops learn nothing (404); a refusal raised by a POST becomes a
    message.
    """

    def frame(view: Callable[Concatenate[StaffRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def framed(request: Any, shop: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            entered = find_membership(request.user, shop)
            if entered is None:
                raise Http404
            _enter(request, *entered)
            with timezone.override(request.merchant.zone), translation.override(_language(request)):
                if not may(request.membership.role, permission):
                    return page(request, "merchants/dashboard/no_permission.html", status=403)
                try:
                    return view(request, *args, **kwargs)
                except DomainError as refusal:
                    return _refused(request, refusal)

        framed.permission = permission  # type: ignore[attr-defined]  # read by the test that walks the URLconf
        return framed

    return frame


def page(request: StaffRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Render a dashboard page: adds merchant, membership, nav, shell, perms (`perms.edit_customers`) and now."""
    merchant = request.merchant
    perms = permissions_of(request.membership)
    frame: dict[str, Any] = {
        "merchant": merchant,
        "membership": request.membership,
        "perms": perms,
        "now": now(merchant),
    }
    if not request.htmx or request.htmx.boosted:
        frame["nav"] = navigation(merchant, perms, request.path)
        frame["shell"] = _shell(request, perms)
    return render(request, template, {**frame, **context}, status=status)


def permissions_of(membership: Membership) -> dict[str, bool]:
    granted = PERMISSIONS[Role(membership.role)]
    return {permission.value: permission in granted for permission in Permission}


def shop_url(request: HttpRequest, name: str, *args: Any) -> str:
    """The address of a page of the shop at hand: `shop_url(request, "customers:customer-list")`."""
    return reverse(name, args=[request.merchant.slug, *args])  # type: ignore[attr-defined]  # staff and members alike


def refuse(form: BaseForm, refusal: DomainError) -> None:
    """Put a refusal where the person can see it: at its field when the form has it, else above the form."""
    for fault in refusal.faults if isinstance(refusal, InvalidValues) else [refusal]:
        name = (fault.pointer or "").strip("/").split("/")[0]
        form.add_error(name if name in form.fields else None, fault.text())


def _enter(request: Any, merchant: Merchant, membership: Membership) -> None:
    request.merchant, request.membership = merchant, membership
    request.actor = Actor(kind="staff", id=request.user.pk, name=str(request.user))
    structlog.contextvars.bind_contextvars(merchant=merchant.slug, staff=request.user.pk)


def _language(request: StaffRequest) -> str:
    # A choice made in this browser wins; a new browser speaks the person's own language.
    if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in dict(settings.LANGUAGES):
        return translation.get_language() or request.user.language
    return request.user.language


def _ask_to_sign_in(request: Any) -> HttpResponse:
    if request.htmx:  # swapping a sign-in page into a panel would help nobody
        came_from = urlencode({"next": request.htmx.current_url_abs_path or "/"})
        return HttpResponse(headers={"HX-Redirect": f"{reverse(settings.LOGIN_URL)}?{came_from}"})
    return redirect_to_login(request.get_full_path())


def _refused(request: StaffRequest, refusal: DomainError) -> HttpResponse:
    if refusal.http_status == 404:
        raise Http404 from refusal
    if request.method == "GET":
        return page(request, "merchants/dashboard/refused.html", refusal=refusal, status=refusal.http_status)
    if request.htmx:
        toast = render(request, "components/toast.html", {"text": refusal.text(), "tone": "error"}, status=422)
        toast["HX-Retarget"], toast["HX-Reswap"] = "#toasts", "beforeend"
        return toast
    messages.error(request, refusal.text())
    return HttpResponseRedirect(_back(request))


def _back(request: StaffRequest) -> str:
    """The page that the form stood on; never another site."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc == request.get_host() and came_from.path.startswith("/dashboard/"):
        return came_from._replace(scheme="", netloc="").geturl()
    return first_page(request.merchant, permissions_of(request.membership))


def _shell(request: StaffRequest, perms: dict[str, bool]) -> dict[str, Any]:
    merchant = request.merchant
    shops = shops_of(request.user)
    return {
        "home_url": first_page(merchant, perms),
        "shop_name": merchant.name,
        "shops": [
            {
                "name": shop.name,
                "url": reverse("shop-home", args=[shop.slug]),
                "active": shop.pk == merchant.pk,
                "sandbox": shop.is_sandbox,
            }
            for shop in shops
        ],
        "timezone": merchant.timezone,
        "test_mode": merchant.is_sandbox,
        "test_clock": now(merchant) if merchant.clock_offset else None,
        "live_url": reverse("shop-home", args=[merchant.sandbox_of.slug]) if merchant.sandbox_of else "",
        "palette_url": find_url("customers:palette", merchant.slug),
        "help_url": find_url("developers"),
        "user_name": str(request.user),
        "role_label": Role(request.membership.role).label,
        "user_items": [
            {"label": translation.gettext("Your account"), "url": reverse("account"), "icon": "circle-user"}
        ],
        "sign_out_url": reverse("account_logout"),
    }
