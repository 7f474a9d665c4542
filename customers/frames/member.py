"""The frame of every portal page: which shop, and which of its members is looking.

@member_page
def points(request: MemberRequest) -> HttpResponse:
    return portal_page(request, "loyalty/portal/points.html", entries=…)

A browser may be a member of several shops at once, each by its own key in the session; staff of a shop are nobody here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from customers.actions import member_actor
from customers.models import Customer
from customers.queries import live_customers
from merchants.clock import now
from merchants.errors import DomainError
from merchants.frames.navigation import find_url
from merchants.models import Actor, Merchant
from merchants.queries import find_merchant

P = ParamSpec("P")

# What stands at the thumb; an address that no app serves is not there.
_TABS = (
    (_("Card"), "credit-card", "loyalty-portal:home"),
    (_("Points"), "coins", "loyalty-portal:points"),
    (_("Orders"), "receipt", "loyalty-portal:orders"),
    (_("Help"), "headset", "aftersales-portal:help"),
    (_("Me"), "circle-user", "customers-portal:profile"),
)
_MENU = (
    (_("How points work"), "award", "loyalty-portal:programme"),
    (_("Preferences"), "bell", "customers-portal:preferences"),
    (_("Privacy"), "shield", "customers-portal:privacy"),
)


class ShopRequest(HttpRequest):
    """What a portal view gets before anybody signed in."""

    merchant: Merchant
    htmx: HtmxDetails
    member: Customer | None


class MemberRequest(HttpRequest):
    """What a portal view gets: `member` is live and belongs to `merchant`."""

    merchant: Merchant
    member: Customer
    actor: Actor
    htmx: HtmxDetails
    request_id: str


def member_page(
    view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Let the view run for signed-in members of the shop in the address; others are asked to sign in."""

    @functools.wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.member is None:
            return _ask_to_sign_in(request)
        request.actor = member_actor(request.member)
        return view(request, *args, **kwargs)

    framed = open_page(guarded)
    framed.for_members = True  # type: ignore[attr-defined]  # read by the test that walks the URLconf
    return framed


def open_page(view: Callable[Concatenate[Any, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A portal page for everybody: `request.member` may be None. A refusal raised by a POST becomes a message."""

    @functools.wraps(view)
    def framed(request: Any, shop: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        merchant = find_merchant(shop)
        if merchant is None:
            raise Http404
        request.merchant = merchant
        request.member = _signed_in_member(request)
        structlog.contextvars.bind_contextvars(merchant=merchant.slug)
        with timezone.override(merchant.zone), translation.override(_language(request)):
            try:
                return view(request, *args, **kwargs)
            except DomainError as refusal:
                return _refused(request, refusal)

    return framed


def portal_page(request: Any, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Render a portal page: adds merchant, member, portal (the shell) and now, the merchant's present moment."""
    merchant = request.merchant
    frame = {"merchant": merchant, "member": request.member, "portal": _shell(request), "now": now(merchant)}
    response = render(request, template, {**frame, **context}, status=status)
    # What a member sees is theirs: not for a shared cache, nor for the next person at this phone's back button.
    response["Cache-Control"] = "private, no-store"
    return response


def portal_url(request: Any, name: str, *args: Any) -> str:
    """The address of a portal page of the shop at hand: `portal_url(request, "customers-portal:profile")`."""
    return reverse(name, args=[request.merchant.slug, *args])


def sign_member_in(request: HttpRequest, member: Customer) -> None:
    """From now on this browser is `member` in their shop. The session gets a new key, so an old one opens nothing."""
    request.session.cycle_key()
    request.session[_session_key(member.merchant_id)] = member.pk


def sign_member_out(request: HttpRequest, merchant: Merchant) -> None:
    """Forget the member of this shop; memberships of other shops and a staff session stay."""
    request.session.pop(_session_key(merchant.pk), None)
    request.session.cycle_key()


def landing_url(request: Any, wanted: str = "") -> str:
    """Where a member arrives after signing in: the page they asked for, if it is one of this shop's portal."""
    base = f"/m/{request.merchant.slug}/"
    if wanted.startswith(base) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return find_url("loyalty-portal:home", request.merchant.slug) or portal_url(request, "customers-portal:profile")


def network_address(request: HttpRequest) -> str:
    """Whom to count askers by: the nearest proxy's word when there is one, else the connection's other end."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _session_key(merchant_id: int) -> str:
    return f"member:{merchant_id}"


def _signed_in_member(request: Any) -> Customer | None:
    number = request.session.get(_session_key(request.merchant.pk))
    if number is None:
        return None
    member = live_customers(request.merchant).filter(pk=number).first()
    if member is not None:
        member.merchant = request.merchant
    return member


def _language(request: Any) -> str:
    present = translation.get_language() or settings.LANGUAGE_CODE
    # A choice made in this browser wins, then the member's own language, then the browser's.
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in dict(settings.LANGUAGES)
    if chosen or request.member is None:
        return present
    return request.member.language or present


def _ask_to_sign_in(request: Any) -> HttpResponse:
    came_from = request.htmx.current_url_abs_path if request.htmx else request.get_full_path()
    url = f"{portal_url(request, 'customers-portal:sign-in')}?{urlencode({'next': came_from or ''})}"
    # Swapping a sign-in page into a fragment would help nobody.
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else HttpResponseRedirect(url)


def _refused(request: Any, refusal: DomainError) -> HttpResponse:
    if refusal.http_status == 404:
        raise Http404 from refusal
    if request.method == "GET":
        return portal_page(request, "customers/portal/refused.html", refusal=refusal, status=refusal.http_status)
    messages.error(request, refusal.text())
    return HttpResponseRedirect(request.get_full_path())


def _shell(request: Any) -> dict[str, Any]:
    merchant = request.merchant
    shell = {
        "shop_name": merchant.name,
        "brand_css_url": find_url("merchants-portal:brand-css", merchant.slug),
        "test_mode": merchant.is_sandbox,
    }
    if request.member is None:
        return shell
    tabs = [_link(request, *tab) for tab in _TABS]
    items = [_link(request, *item) for item in _MENU]
    return {
        **shell,
        "sign_out_url": portal_url(request, "customers-portal:sign-out"),
        "tabs": [tab for tab in tabs if tab["url"]],
        "menu_items": [item for item in items if item["url"]],
    }


def _link(request: Any, label: Any, icon: str, name: str) -> dict[str, Any]:
    url = find_url(name, request.merchant.slug)
    home = url == f"/m/{request.merchant.slug}/"
    active = bool(url) and (request.path == url if home else request.path.startswith(url))
    return {"label": label, "icon": icon, "url": url, "active": active}
