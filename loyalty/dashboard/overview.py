"""The overview: how the shop and its programme do, compared with the time before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from commerce.models import Channel
from commerce.queries import orders_of
from commerce.queries.figures import Sales, SalesFigures, sales_figures
from loyalty.dashboard.orders import with_points
from loyalty.dashboard.periods import DAYS, Period, period_of
from loyalty.dashboard.story import story_of
from loyalty.models import ProgrammeVersion
from loyalty.queries.figures import (
    Members,
    Points,
    PointsFigures,
    find_latest_proof,
    member_figures,
    points_figures,
    tier_counts,
)
from loyalty.queries.programme import find_version_in_force
from merchants.clock import now
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.charts import Chart, Series
from merchants.rules.figures import money_amount

_LATEST = 6


@require_GET
@staff_page(Permission.SEE_OVERVIEW)
def overview(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    latest = list(orders_of(merchant)[:_LATEST])
    latest_order_at = latest[0].placed_at if latest else None
    period = period_of(merchant, request.GET.get("days", ""), latest_order_at=latest_order_at)
    sales = sales_figures(
        merchant, edges=period.edges, until=period.until, edges_before=period.edges_before,
        before_until=period.before_until,
    )  # fmt: skip
    points = points_figures(
        merchant, edges=period.edges, until=period.until, before=period.before, before_until=period.before_until
    )
    members = member_figures(merchant, edges=period.edges)
    version = find_version_in_force(merchant)
    first = orders_of(merchant).order_by("placed_at", "id").first()
    # A shop that opened in the middle of the earlier period would seem to have grown by hundreds of per cent.
    comparable = first is not None and first.placed_at < period.before + timedelta(days=1)
    proof = find_latest_proof(merchant)
    return page(
        request,
        "loyalty/dashboard/overview.html",
        period=period,
        periods=_periods(period),
        story=story_of(request, orders_ever=bool(latest), proof=proof, language=get_language() or "en"),
        stats=_stats(request, sales, points, members, version, comparable=comparable),
        charts=_charts(request, period, sales, points, version, comparable=comparable),
        latest=with_points(merchant, latest),
        proof=proof,
        updated_at=now(merchant),
    )


def _periods(period: Period) -> list[dict[str, Any]]:
    return [
        {"label": _("%(days)s days") % {"days": days}, "url": f"?days={days}", "active": days == period.days}
        for days in DAYS
    ]


def _stats(
    request: StaffRequest,
    sales: SalesFigures,
    points: PointsFigures,
    members: Members,
    version: ProgrammeVersion | None,
    *,
    comparable: bool,
) -> list[dict[str, Any]]:
    """What each card says; money cards carry `minor` instead of `value`."""
    unit = version.parsed().points_name if version else _("points")
    named = {"unit": unit[:1].upper() + unit[1:]}
    now_, before = sales.now, sales.before if comparable else Sales()
    points_before = points.before if comparable else Points()
    rate, rate_before = now_.repurchase_rate, before.repurchase_rate
    cards = [
        _card(_("Members"), members.now, members.before, members.at_bucket_ends, url="customers:customer-list",
              text=_("Customers of the shop that are not archived. Compared with the beginning of the period.")),
        _card(_("Active members"), now_.buyers, before.buyers, sales.buyers,
              text=_("Different members with at least one counted order in the period. Guests are not counted.")),
        _card(_("Orders"), now_.orders, before.orders, sales.orders, url="loyalty:order-list",
              text=_("Placed in the period, paid, and neither cancelled nor refunded whole.")),
        _card(_("Revenue"), None, None, sales.revenue_minor, minor=now_.revenue_minor,
              delta=_change(now_.revenue_minor, before.revenue_minor),
              text=_("What counted orders cost, shipping included, less what was refunded of them.")),
        _card(_("Repurchase rate"), None, None, (), ratio=rate,
              delta=(rate - rate_before) / rate_before if rate is not None and rate_before else None,
              text=_("Of the members who bought in the period, the share with two or more counted orders.")),
        _card(_("%(unit)s issued") % named, points.now.issued, points_before.issued, points.issued, unit=unit,
              url="loyalty:ledger",
              text=_("Credited for orders, as bonus, as goodwill or by correction. Refunds are not taken off here.")),
        _card(_("%(unit)s spent") % named, points.now.spent, points_before.spent, points.spent, unit=unit,
              text=_("Spent by members, less spends that were returned.")),
        _card(_("%(unit)s outstanding") % named, points.outstanding, points.outstanding_before, points.outstanding_at_bucket_ends,
              unit=unit, url="loyalty:books",
              text=_("What members hold now, pending and held points included. It is what the shop still owes.")),
    ]  # fmt: skip
    for card in cards:
        card["url"] = shop_url(request, card["url"]) if card["url"] else ""
    return cards


def _card(
    label: str,
    value: int | None,
    before: int | None,
    history: Sequence[int],
    *,
    text: str,
    url: str = "",
    **more: Any,
) -> dict[str, Any]:
    delta = _change(value, before) if value is not None and before is not None else None
    return {"label": label, "value": value, "delta": delta, "history": history, "text": text, "url": url} | more


def _change(value: int, before: int) -> float | None:
    """The relative change; None when there is nothing to compare with."""
    return round((value - before) / before, 3) + 0.0 if before else None  # so that −0.04 % is no fall: 0.0, not −0.0


def _charts(
    request: StaffRequest,
    period: Period,
    sales: SalesFigures,
    points: PointsFigures,
    version: ProgrammeVersion | None,
    *,
    comparable: bool,
) -> list[dict[str, Any]]:
    merchant = request.merchant
    stretch = f"{period.starts[0].isoformat()} – {period.last.isoformat()}"
    charts = _over_time(merchant, period, sales, points, comparable=comparable)
    for chart in charts:
        chart["period"] = stretch
    if version is not None:
        tiers = tier_counts(merchant, version.parsed().ladder)
        members = Series(_("Members"), [count for *_rest, count in tiers])
        charts.append(
            {
                "id": "tiers",
                "question": _("Which tiers are our members in?"),
                "chart": Chart("bar", [name for name, *_rest in tiers], [members], horizontal=True),
                "heading": _("Tier"),
                "period": _("Today"),
            }
        )
    by_channel = Series(_("Revenue"), _major([minor for *_rest, minor in sales.by_channel], merchant.currency))
    labels = [str(Channel(channel).label) for channel, *_rest in sales.by_channel]
    channels = Chart("bar", labels, [by_channel], format="money", currency=merchant.currency, horizontal=True)
    charts.append(
        {
            "id": "channels",
            "question": _("Where do orders come from?"),
            "chart": channels,
            "heading": _("Channel"),
            "period": stretch,
        }
    )
    return charts


def _over_time(
    merchant: Merchant, period: Period, sales: SalesFigures, points: PointsFigures, *, comparable: bool
) -> list[dict[str, Any]]:
    labels = [day.isoformat() for day in period.starts]
    # The first bucket of a long period may be longer than the others by a day: the picture begins after it.
    whole = slice(1, None) if len(labels) < period.days else slice(None)
    lines = [Series(_("Revenue"), _major(sales.revenue_minor[whole], merchant.currency))]
    if comparable:
        earlier = _major(sales.revenue_before_minor[whole], merchant.currency)
        lines.append(Series(_("Period before"), earlier, compared=True))
    revenue = Chart("line", labels[whole], lines, format="money", currency=merchant.currency)
    flow = Chart(
        "area",
        labels[whole],
        [
            Series(_("Issued"), points.issued[whole]),
            Series(_("Spent"), points.spent[whole]),
            Series(_("Expired"), points.expired[whole]),
        ],
        format="points",
    )
    return [
        {"id": "revenue", "question": _("How is revenue developing?"), "chart": revenue},
        {"id": "flow", "question": _("Are points spent as fast as they are issued?"), "chart": flow},
    ]


def _major(amounts_minor: Sequence[int], currency: str) -> list[float]:
    return [float(money_amount(minor, currency)) for minor in amounts_minor]
