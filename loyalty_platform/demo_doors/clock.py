"""The time machine: move a sandbox shop's clock on, close every night in between, and see what that did."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from customers.queries import customers_of
from events.actions.shops import move_clock
from events.models import Event
from events.queries import audit_log
from loyalty.actions.holds import release_lapsed_holds
from loyalty.actions.nights import close_day
from loyalty_platform.demo_doors.shops import DEMO, chosen_shop, demo_shops
from merchants.clock import now, today
from merchants.errors import DomainError
from merchants.models import Merchant
from merchants.templatetags.ui import points as points_text

JUMPS = ((1, gettext_lazy("One day on")), (30, gettext_lazy("A month on")), (90, gettext_lazy("Three months on")))
_TOLD = ("loyalty.points_expired", "loyalty.tier_changed", "loyalty.tier_grace_started", "loyalty.hold_released")
_MOST_SHOWN = 100


@never_cache
@require_http_methods(["GET", "POST"])
def clock(request: HttpRequest) -> HttpResponse:
    """GET shows the clock and, with `?since=` an event's number, what happened after it; POST moves it by `days`."""
    shop = chosen_shop(request)
    sandboxes = [each for each in demo_shops() if each.is_sandbox]
    if shop is None or not shop.is_sandbox:
        shop = sandboxes[0] if sandboxes else None
    if request.method == "POST" and shop is not None:
        return _jump(request, shop)
    context: dict[str, Any] = {"shop": shop, "jumps": JUMPS}
    if shop is not None:
        context["clock"] = now(shop)
        context["ahead_days"] = shop.clock_offset.days
        context |= _what_happened(shop, request.GET.get("since", ""))
    return render(request, "demo/clock.html", context)


def pass_days(merchant: Merchant, days: int) -> int:
    """Move the clock by `days` and close each night in order, as the scheduler would have; how many were closed."""
    first = today(merchant) - timedelta(days=1)
    moved = move_clock(merchant, forward=timedelta(days=days), by=DEMO)
    release_lapsed_holds(moved, by=DEMO)
    last = today(moved) - timedelta(days=1)
    return sum(close_day(moved, day=night) is not None for night in _days(first, last))


def _jump(request: HttpRequest, shop: Merchant) -> HttpResponse:
    wanted = request.POST.get("days", "")
    days = next((days for days, _label in JUMPS if str(days) == wanted), JUMPS[0][0])
    newest = audit_log(shop).values_list("pk", flat=True).first() or 0
    try:
        closed = pass_days(shop, days)
    except DomainError as refusal:
        messages.error(request, refusal.text())
    else:
        text = ngettext("%(nights)s night was closed.", "%(nights)s nights were closed.", closed) % {"nights": closed}
        messages.success(request, text)
    return HttpResponseRedirect(f"{reverse('demo-clock')}?shop={shop.slug}&since={newest}")


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _what_happened(shop: Merchant, since: str) -> dict[str, Any]:
    if not (since.isascii() and since.isdigit() and len(since) < 19):
        return {}
    events = audit_log(shop).filter(pk__gt=int(since), type__in=_TOLD)
    shown = list(events.order_by("pk")[:_MOST_SHOWN])
    names = {
        customer.pk: customer.display_name
        for customer in customers_of(shop).filter(pk__in={event.about_id for event in shown})
    }
    counts = dict.fromkeys(_TOLD, 0)
    points = 0
    for kind, payload in events.values_list("type", "payload"):
        counts[kind] += 1
        points += payload.get("points", 0) if kind == "loyalty.points_expired" else 0
    return {
        "looked": True,
        "points_expired": points,
        "tiers_changed": counts["loyalty.tier_changed"],
        "graces": counts["loyalty.tier_grace_started"],
        "entries": [_line(event, names.get(event.about_id or 0, "")) for event in shown],
    }


def _line(event: Event, name: str) -> dict[str, Any]:
    payload = event.payload
    known = {"name": name, **payload, "points": points_text(payload.get("points", 0))}
    if event.type == "loyalty.points_expired":
        title, icon, tone = _("%(name)s: %(points)s points expired") % known, "timer", "warning"
    elif event.type == "loyalty.tier_changed":
        title, icon, tone = _("%(name)s: from %(before_name)s to %(after_name)s") % known, "crown", "accent"
    elif event.type == "loyalty.tier_grace_started":
        known["until"] = payload["until"][:10]
        title, icon, tone = _("%(name)s: keeps %(tier_name)s until %(until)s") % known, "clock", "info"
    else:
        title, icon, tone = _("%(name)s: %(points)s held points are free again") % known, "rotate-ccw", "info"
    return {"title": title, "icon": icon, "tone": tone, "when": event.occurred_at}
