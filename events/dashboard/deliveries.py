"""Deliveries: what waits, what was given up and why, and another try."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from events.actions.delivering import replay_dead_deliveries, replay_delivery
from events.models import DeliveryState
from events.queries import deliveries_in, delivery_counts
from events.rules.retries import ATTEMPTS
from merchants.clock import world_now
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission


@require_GET
@staff_page(Permission.SEE_DELIVERIES)
def delivery_list(request: StaffRequest) -> HttpResponse:
    counts = delivery_counts(request.merchant)
    asked = request.GET.get("state", "")
    state = asked if asked in DeliveryState.values else _most_pressing(counts)
    tabs = [
        {
            "label": choice.label,
            "url": f"{request.path}?state={choice.value}",
            "active": choice.value == state,
            "count": counts.get(choice.value, ""),
        }
        for choice in (DeliveryState.PENDING, DeliveryState.DEAD, DeliveryState.DONE)
    ]
    rows = list_page(request, deliveries_in(request.merchant, state))
    return page(
        request,
        "events/dashboard/deliveries.html",
        state=state,
        tabs=tabs,
        rows=rows,
        dead=counts[DeliveryState.DEAD],
        attempts=ATTEMPTS,
        world_now=world_now(),
    )


@require_POST
@staff_page(Permission.REPLAY_DELIVERIES)
def replay(request: StaffRequest, delivery: str) -> HttpResponseBase:
    replay_delivery(request.merchant, read_public_id("dlv", delivery), by=request.actor)
    messages.success(request, _("The delivery is back in line."))
    return redirect(f"{shop_url(request, 'events:delivery-list')}?state=dead")


@require_POST
@staff_page(Permission.REPLAY_DELIVERIES)
def replay_all(request: StaffRequest) -> HttpResponseBase:
    revived = replay_dead_deliveries(request.merchant, by=request.actor)
    text = ngettext("%(count)s delivery is back in line.", "%(count)s deliveries are back in line.", revived)
    messages.success(request, text % {"count": revived})
    return redirect(shop_url(request, "events:delivery-list"))


def _most_pressing(counts: dict[str, int]) -> str:
    return DeliveryState.DEAD.value if counts[DeliveryState.DEAD] else DeliveryState.PENDING.value
