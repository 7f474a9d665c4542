"""Where the demo begins: choose a shop, step in as somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from commerce.queries import orders_of
from customers.frames.member import sign_member_in
from customers.queries import live_customers
from loyalty_platform.demo_data.people import PASSWORD, demo_key
from loyalty_platform.demo_doors.shops import chosen_member, chosen_shop, demo_shops, find_colleague, get_shop
from merchants.frames.navigation import find_url
from merchants.models import Merchant
from merchants.roles import Role

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True, slots=True)
class Part:
    """One of the people to step in as. `start`: the first of these pages of the shop that exists."""

    role: str
    label: str | Promise
    icon: str
    sees: str | Promise
    start: tuple[str, ...] = ()


PARTS = (
    Part(
        "owner", _("Owner"), "store",
        _("The whole shop at a glance: members, revenue, points outstanding, and books that balance."),
        ("loyalty:overview",),
    ),
    Part(
        "marketer", _("Marketer"), "award",
        _("Earning rules and tiers: draft a change, see whom it touches, then have it published."),
        ("loyalty:programme", "loyalty:overview"),
    ),
    Part(
        "support", _("Support agent"), "headset",
        _("A customer asks why there are no points. The answer is one click away, with its arithmetic."),
        ("customers:customer-list",),
    ),
    Part(
        "cashier", _("Cashier"), "scan-line",
        _("Record an order at the till and see what it earns."),
        ("loyalty:order-simulate", "loyalty:order-list", "customers:customer-list"),
    ),
    Part(
        "member", _("Member"), "smartphone",
        _("The card on the phone: balance, tier, what is missing for the next one, what expires when."),
    ),
    Part("developer", _("Developer"), "code", _("An API key, a quick start, and every operation to try out.")),
)  # fmt: skip
_STAFF_PARTS = {part.role: part for part in PARTS if part.start} | {
    "analyst": Part("analyst", Role.ANALYST.label, "chart-line", "", ("loyalty:overview",))
}


@never_cache
@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    shop = chosen_shop(request)
    shops = [_shop_card(each, active=each == shop) for each in demo_shops()]
    context: dict[str, Any] = {"shops": shops, "shop": shop, "parts": PARTS, "password": PASSWORD}
    if request.user.is_authenticated and shop is not None:
        context["continue_url"] = reverse("shop-home", args=[shop.slug])
    return render(request, "demo/landing.html", context)


@never_cache
@require_GET
def step_in(request: HttpRequest, role: str) -> HttpResponse:
    """Sign in as this role of the shop, and go where its work begins."""
    shop = get_shop(request)
    if role == "member":
        member = chosen_member(request, shop)
        if member is None:
            raise Http404
        sign_member_in(request, member)
        return HttpResponseRedirect(reverse("loyalty-portal:home", args=[shop.slug]))
    if role == "developer":
        _sign_in(request, shop, Role.OWNER)
        return HttpResponseRedirect(f"{reverse('demo-developer')}?shop={shop.slug}")
    part = _STAFF_PARTS.get(role)
    if part is None:
        raise Http404
    _sign_in(request, shop, role)
    pages = [url for name in part.start if (url := find_url(name, shop.slug))]
    return HttpResponseRedirect(pages[0] if pages else reverse("shop-home", args=[shop.slug]))


@never_cache
@require_GET
def developer(request: HttpRequest) -> HttpResponse:
    """The demo's key and a first call with it."""
    shop = get_shop(request)
    key = demo_key(shop)
    address = settings.PUBLIC_URL.rstrip("/")
    call = f'curl {address}/api/v1/customers?limit=3 \\\n  -H "Authorization: Bearer {key}"\n'
    return render(request, "demo/developer.html", {"shop": shop, "key": key, "call": call})


def _sign_in(request: HttpRequest, shop: Merchant, role: str) -> None:
    staff = find_colleague(shop, role)
    if staff is None:
        raise Http404
    login(request, staff, backend=_BACKEND)


def _shop_card(shop: Merchant, *, active: bool) -> dict[str, Any]:
    return {
        "shop": shop,
        "url": f"?shop={shop.slug}",
        "active": active,
        "label": shop.name,
        "members": live_customers(shop).count() if active else None,
        "orders": orders_of(shop).order_by().count() if active else None,
    }
