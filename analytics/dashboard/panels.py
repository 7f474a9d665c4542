"""This floor's panel on the customer's page, fetched by address."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from analytics.dashboard.lifecycle import BAND_TONES, STAGE_TONES
from analytics.queries.lifecycle import latest_rhythm, stage_definition, stage_of
from analytics.queries.names import rfm_group_name, stage_name
from analytics.queries.reasons import band_label, reasons_of
from analytics.queries.recommendations import next_categories
from analytics.queries.rfm import rfm_of
from analytics.queries.scores import churn_of, value_of
from analytics.queries.segments import segments_on
from customers.queries import get_customer
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, staff_page
from merchants.roles import Permission


@require_GET
@staff_page(Permission.SEE_CUSTOMERS)
def customer_panel(request: StaffRequest, customer: str) -> HttpResponse:
    """Stage, churn risk with its reasons, value, next categories and segments, as a fragment."""
    merchant = request.merchant
    found = get_customer(merchant, read_public_id("cus", customer))
    found.merchant = merchant
    stage, churn, rhythm, rfm = stage_of(found), churn_of(found), latest_rhythm(merchant), rfm_of(found)
    return page(
        request,
        "analytics/dashboard/customer_panel.html",
        customer=found,
        stage=stage,
        stage_name=stage_name(stage.stage) if stage else "",
        stage_tone=STAGE_TONES.get(stage.stage, "neutral") if stage else "",
        stage_text=stage_definition(rhythm, stage.stage) if stage and rhythm else "",
        churn=churn,
        band=band_label(churn.band) if churn else "",
        band_tone=BAND_TONES[churn.band] if churn else "",
        reasons=reasons_of(churn) if churn else [],
        value=value_of(found),
        rfm=rfm,
        rfm_name=rfm_group_name(rfm.group) if rfm else "",
        categories=next_categories(found),
        segments=segments_on(found),
    )
