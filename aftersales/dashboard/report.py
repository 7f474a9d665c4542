"""The service report: what came in, how long it took, what customers said, what it cost."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from aftersales.models import GrantReason, TicketChannel
from aftersales.queries.report import Row, ServiceReport, Spread, Verdicts, Volume, service_report
from aftersales.templatetags.desk import span
from merchants.clock import now
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.charts import Chart, Series
from merchants.rules.figures import format_ratio

DAYS = (7, 30, 90, 365)
_WEEKLY_FROM = 90


@dataclass(frozen=True, slots=True)
class Period:
    """`days` local days that end today, in buckets of a day or a week; and as long before, up to the same hour."""

    days: int
    starts: Sequence[date]
    edges: Sequence[datetime]
    until: datetime
    before: datetime
    before_until: datetime


def period_of(merchant: Merchant, asked: str) -> Period:
    """`asked` is a number out of DAYS; anything else is 30."""
    days = int(asked) if asked.isascii() and asked.isdigit() and int(asked[:4]) in DAYS else 30
    at, step = now(merchant), 7 if days >= _WEEKLY_FROM else 1
    first = at.astimezone(merchant.zone).date() - timedelta(days=days - 1)
    # The days that do not fill a week belong to the first bucket.
    starts = [first, *(first + timedelta(days=n) for n in range(days % step + step, days, step))]
    edges = [datetime.combine(day, time.min, merchant.zone) for day in starts]
    before = datetime.combine(first - timedelta(days=days), time.min, merchant.zone)
    return Period(days, starts, edges, at + timedelta(microseconds=1), before, at - timedelta(days=days))


@require_GET
@staff_page(Permission.SEE_SERVICE_REPORT)
def report(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    period = period_of(merchant, request.GET.get("days", ""))
    found = _report(merchant, period)
    return page(
        request,
        "aftersales/dashboard/report.html",
        period=period,
        periods=[
            {"label": _("%(days)s days") % {"days": days}, "url": f"?days={days}", "active": days == period.days}
            for days in DAYS
        ],
        report=found,
        stats=_stats(request, found),
        costs=_costs(found),
        charts=_charts(found, period),
        reasons=[(GrantReason(reason).label, grants, points) for reason, grants, points in found.cost.by_reason],
        export_url=f"{shop_url(request, 'aftersales:report-export')}?days={period.days}",
        updated_at=now(merchant),
    )


def _report(merchant: Merchant, period: Period) -> ServiceReport:
    return service_report(
        merchant, edges=period.edges, until=period.until, before=period.before, before_until=period.before_until
    )


def _stats(request: StaffRequest, found: ServiceReport) -> list[dict[str, Any]]:
    """What each card says: `value` is written already."""
    # A desk that opened in the middle of the earlier period would seem to have grown by hundreds of per cent.
    volume, before = found.now, found.before if found.is_comparable else Volume()
    verdicts_before = found.verdicts_before if found.is_comparable else Verdicts()
    return [
        _card(_("Opened"), volume.opened, delta=_change(volume.opened, before.opened), good="down", history=found.opened,
              text=_("Tickets opened in the period, recovery cases too. Merged tickets count once.")),
        _card(_("Resolved"), volume.resolved, delta=_change(volume.resolved, before.resolved), history=found.resolved,
              text=_("Tickets whose resolution lies in the period and still stands.")),
        _card(_("Open now"), found.open_now, url=shop_url(request, "aftersales:inbox"),
              text=_("Tickets that wait for us, for the customer or are paused, whenever they were opened.")),
        _card(_("First response, median"), _spread(volume.first_response)[0], good="down",
              delta=_change(volume.first_response.median, before.first_response.median), note=_ninth(volume.first_response),
              text=_("Business time from opening to our first public answer, of tickets opened in the period. Half took less.")),
        _card(_("Resolution, median"), _spread(volume.resolution)[0], good="down",
              delta=_change(volume.resolution.median, before.resolution.median), note=_ninth(volume.resolution),
              text=_("Business time that it was our turn, until the resolution, of tickets resolved in the period.")),
        _card(_("CSAT"), _percent(found.verdicts.satisfied.ratio), note=_interval(found),
              delta=_points_of(found.verdicts, verdicts_before),
              text=_("The share of 4 and 5 among the scores given in the period, with its 95% interval (Wilson). Below it, the "
                     "number of scores and of customers who were asked in the period.")),
        _card(_("Reopened"), _percent(volume.reopened / volume.settled_once if volume.settled_once else None), good="down",
              text=_("Of the tickets opened in the period that were resolved at least once, the share that came back.")),
        _card(_("Missed a deadline"), _percent(volume.late / volume.resolved if volume.resolved else None), good="down",
              text=_("Of the tickets resolved in the period, the share that missed a service level on the way.")),
    ]  # fmt: skip


def _card(label: str, value: Any, *, text: str, delta: float | None = None, **more: Any) -> dict[str, Any]:
    return {"label": label, "value": value, "text": text, "delta": delta, "good": "up", "note": ""} | more


def _change(value: int | None, before: int | None) -> float | None:
    return round((value - before) / before, 3) + 0.0 if value is not None and before else None


def _points_of(verdicts: Verdicts, before: Verdicts) -> float | None:
    """The relative change of the share; None where either is unknown."""
    present, earlier = verdicts.satisfied.ratio, before.satisfied.ratio
    return round((present - earlier) / earlier, 3) + 0.0 if present is not None and earlier else None


def _percent(ratio: float | None) -> str:
    return "–" if ratio is None else format_ratio(ratio, language=get_language() or "en")


def _spread(spread: Spread) -> tuple[str, str]:
    return span(spread.median), span(spread.ninth)


def _ninth(spread: Spread) -> str:
    return _("9 of 10 within %(time)s") % {"time": span(spread.ninth)} if spread.count else ""


def _interval(found: ServiceReport) -> str:
    share = found.verdicts.satisfied
    if not share.of:
        return ""
    said = {"low": _percent(share.low), "high": _percent(share.high), "scores": share.of, "asked": found.asked}
    return _("%(low)s – %(high)s · %(scores)s of %(asked)s asked") % said


def _costs(found: ServiceReport) -> list[dict[str, Any]]:
    cost = found.cost
    return [
        {"label": _("Goodwill points"), "points": cost.points,
         "text": _("Posted in the period: a waiting or declined grant costs nothing.")},
        {"label": _("Grants"), "points": cost.grants, "text": _("Goodwill grants posted in the period.")},
        {"label": _("Refunds with a ticket"), "minor": cost.refunds_minor,
         "text": _("Refunded in the period, of orders that had a ticket in the 90 days before the refund.")},
        {"label": _("Losses written down"), "minor": cost.learnt_minor,
         "text": _("Money in post-mortems written in the period.")},
        {"label": _("Time our turn"), "value": span(found.now.worked_seconds),
         "text": _("Business time that resolved tickets waited for us, which is not how long somebody worked on them.")},
        {"label": _("Minutes written down"), "points": cost.learnt_minutes,
         "text": _("Minutes of work in post-mortems written in the period.")},
    ]  # fmt: skip


def _charts(found: ServiceReport, period: Period) -> list[dict[str, Any]]:
    labels = [day.isoformat() for day in period.starts]
    stretch = f"{labels[0]} – {period.until.astimezone(period.edges[0].tzinfo).date().isoformat()}"
    volumes = Chart("line", labels, [Series(_("Opened"), found.opened), Series(_("Resolved"), found.resolved)])
    csat = Chart("line", labels, [Series(_("CSAT"), found.satisfied)], format="percent")
    scores = Chart(
        "bar",
        [str(score) for score in range(5, 0, -1)],
        [Series(_("Scores"), found.verdicts.scores[::-1])],
        option=_whole_numbers("yAxis"),
    )
    channels = Chart(
        "bar",
        [str(TicketChannel(channel).label) for channel, _count in found.channels],
        [Series(_("Tickets"), [count for _channel, count in found.channels])],
        horizontal=True,
        option=_whole_numbers("xAxis"),
    )
    causes = Chart(
        "bar",
        [cause.name for cause in found.causes],
        [Series(_("Post-mortems"), [cause.tickets for cause in found.causes])],
        horizontal=True,
        option=_whole_numbers("xAxis"),
    )
    charts: list[dict[str, Any]] = [
        {"id": "volumes", "question": _("Do we keep up?"), "chart": volumes, "heading": ""},
        {"id": "scores", "question": _("How satisfied are customers?"), "chart": scores, "heading": _("Score")},
        {"id": "channels", "question": _("Where do tickets come from?"), "chart": channels, "heading": _("Channel")},
        {"id": "causes", "question": _("What keeps going wrong?"), "chart": causes, "heading": _("Root cause")},
    ]
    if period.days >= _WEEKLY_FROM:  # a day has too few scores for a line
        charts.insert(2, {"id": "csat", "question": _("Are they getting happier?"), "chart": csat, "heading": ""})
    return [{**each, "period": stretch} for each in charts if each["chart"].labels]


def _whole_numbers(axis: str) -> dict[str, Any]:
    """There is no half a ticket."""
    return {axis: {"minInterval": 1}}


@require_GET
@staff_page(Permission.EXPORT)
def export(request: StaffRequest) -> HttpResponse:
    """The report's tables as one CSV: seconds and minor units, for further sums."""
    period = period_of(request.merchant, request.GET.get("days", ""))
    found = _report(request.merchant, period)
    written = io.StringIO()
    writer = csv.writer(written)
    for line in _lines(found, period):
        writer.writerow([_guarded(str(cell)) for cell in line])
    response = HttpResponse("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.merchant.slug}-service.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(found: ServiceReport, period: Period) -> Iterable[Sequence[Any]]:
    yield [
        "table", "name", "opened", "resolved", "first_response_median_s", "first_response_p90_s", "resolution_median_s",
        "resolution_p90_s", "scores", "satisfied", "csat_low", "csat_high", "goodwill_points", "cost_minor", "minutes",
    ]  # fmt: skip
    whole = Row(
        "", found.now.opened, found.now.resolved, found.now.first_response, found.now.resolution, found.verdicts,
        found.cost.points,
    )  # fmt: skip
    cost = found.cost
    yield [*_cells("total", whole), cost.refunds_minor + cost.learnt_minor, cost.learnt_minutes]
    for n, day in enumerate(period.starts):
        yield ["day", day.isoformat(), found.opened[n], found.resolved[n], *[""] * 11]
    for table, rows in (("category", found.categories), ("person", found.people)):
        for row in rows:
            yield [*_cells(table, row), "", ""]
    for cause in found.causes:
        yield ["cause", cause.name, cause.tickets, *[""] * 9, cause.points, cause.minor, cause.minutes]


def _guarded(text: str) -> str:
    """Kept from being run as a formula: a category may be named `=cmd|…`."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _cells(table: str, row: Row) -> list[Any]:
    satisfied = row.verdicts.satisfied
    known = satisfied.of > 0
    return [
        table, row.name, row.opened, row.resolved, *("" if each is None else each for each in (
            row.first_response.median, row.first_response.ninth, row.resolution.median, row.resolution.ninth,
        )),
        satisfied.of, satisfied.count, round(satisfied.low, 4) if known else "", round(satisfied.high, 4) if known else "",
        row.points,
    ]  # fmt: skip
