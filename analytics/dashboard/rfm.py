"""RFM: two grids of everybody who bought, compared with an earlier day, and the eleven groups with their definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics.models import RfmRun
from analytics.queries.rfm import compared_day, latest_rfm, rfm_grid, rfm_groups
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.figures import format_money, format_points

AXES = ("frequency", "monetary")
COMPARED_DAYS = (30, 90, 365)


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def rfm(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    run = latest_rfm(merchant)
    if run is None:
        return page(request, "analytics/dashboard/rfm.html", run=None)
    axis = "monetary" if request.GET.get("axis") == "monetary" else "frequency"
    days, before = _compared(request)
    grid = rfm_grid(merchant, axis=axis, before=before)
    people_url = shop_url(request, "analytics:people")
    return page(
        request,
        "analytics/dashboard/rfm.html",
        run=run,
        axis=axis,
        before=before,
        grid=grid,
        rows=[[_cell(each, axis, people_url) for each in row] for row in grid.rows] if grid else [],
        thresholds=_thresholds(run, merchant),
        groups=[
            {"figures": each, "url": f"{people_url}?{urlencode({'of': 'rfm', 'group': each.group.code})}",
             "change": _change(each.customers, each.customers_before)}
            for each in rfm_groups(merchant, before=before)
        ],
        axes=[
            {"label": label, "url": f"?axis={name}&against={days}", "active": name == axis}
            for name, label in zip(AXES, (_("Recency × frequency"), _("Recency × spend")), strict=True)
        ],
        against=[
            {"label": _("%(days)s days ago") % {"days": each}, "url": f"?axis={axis}&against={each}", "active": each == days}
            for each in COMPARED_DAYS
        ],
    )  # fmt: skip


def _compared(request: StaffRequest) -> tuple[int, date]:
    given = request.GET.get("against", "")
    days = int(given) if given in {str(each) for each in COMPARED_DAYS} else COMPARED_DAYS[0]
    return days, compared_day(request.merchant, days)


def _cell(cell: Any, axis: str, people_url: str) -> dict[str, Any]:
    """`step`: how dark the cell is, 0 to 5, by its share of the customers."""
    share = float(cell.share or 0)
    query = urlencode({"of": "rfm", "recency": cell.recency, axis: cell.score})
    return {
        "cell": cell,
        "url": f"{people_url}?{query}" if cell.customers else "",
        "step": next((step for step, edge in enumerate((0.0, 0.02, 0.04, 0.08, 0.16)) if share <= edge), 5),
        "change": _change(cell.customers, cell.customers_before),
    }


def _change(now: int, before: int | None) -> str:
    """ "+12", "−3" in customers; nothing where there is nothing to compare with."""
    if before is None or now == before:
        return "" if before is None else "±0"
    return f"+{now - before:,}" if now > before else f"−{before - now:,}"


def _thresholds(run: RfmRun, merchant: Merchant) -> list[dict[str, Any]]:
    """What each score means in this shop: the exact ends of its five steps, best first."""
    language = get_language() or "en"

    def money(amount: int) -> str:
        return format_money(amount, merchant.currency, language=language)

    def number(value: int) -> str:
        return format_points(value, language=language)

    days, orders, spend = (run.thresholds[name] for name in ("recency", "frequency", "monetary"))
    return [
        {"name": _("Recency: days since the last order"), "steps": _recency_steps(days, number)},
        {"name": _("Frequency: orders"), "steps": _rising_steps(orders, number)},
        {"name": _("Monetary value: spend less refunds"), "steps": _rising_steps(spend, money)},
    ]


def _recency_steps(ends: Sequence[int], shown: Callable[[int], str]) -> list[str]:
    """Five texts, score 5 first: few days are good."""
    first = [_("up to %(most)s") % {"most": shown(ends[0])}]
    middle = [
        _("over %(least)s, up to %(most)s") % {"least": shown(low), "most": shown(high)} for low, high in pairwise(ends)
    ]
    return [*first, *middle, _("over %(least)s") % {"least": shown(ends[-1])}]


def _rising_steps(ends: Sequence[int], shown: Callable[[int], str]) -> list[str]:
    """Five texts, score 5 first: much is good."""
    return list(reversed(_recency_steps(ends, shown)))
