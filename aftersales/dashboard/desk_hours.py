"""Business hours: the week, the zone, holidays and exchanged working days (调休)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BaseFormSet, formset_factory
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET

from aftersales.actions.desk import check_hours, open_desk, publish_calendar
from aftersales.dashboard.desk import desk_trail
from aftersales.dashboard.desk_fields import HoursField, hours_text
from aftersales.dashboard.desk_levels import shown_moves
from aftersales.dashboard.desk_publishing import digest, rules_page
from aftersales.errors import DraftOutdated
from aftersales.models import CalendarVersion
from aftersales.queries.desk import calendars_in_force, versions_of_calendar
from aftersales.queries.retargeting import preview_calendar
from aftersales.rules.calendars import WEEKDAYS
from merchants.clock import today
from merchants.errors import DomainError, NotFound
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission

LONGEST_RANGE = 62
_DAY_NAMES = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
    gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
)  # fmt: skip


class WeekForm(forms.Form):
    """Name, zone and one field a weekday; its end as every rule book's: `after` and `seen`."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=60)
    zone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=64, help_text=gettext_lazy("For example Asia/Shanghai.")
    )
    after = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, label in zip(WEEKDAYS, _DAY_NAMES, strict=True):
            self.fields[day] = HoursField(label=label)

    def days(self) -> list[forms.BoundField]:
        return [self[day] for day in WEEKDAYS]


class DayForm(forms.Form):
    """A holiday, an exchanged day, or a row of them. No hours: closed."""

    first = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    name = forms.CharField(label=pgettext_lazy("day", "Occasion"), max_length=40)
    hours = HoursField(label=gettext_lazy("Hours"), help_text=gettext_lazy("Empty: closed."))
    remove = forms.BooleanField(label=gettext_lazy("Remove"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and not first <= last <= first + timedelta(days=LONGEST_RANGE):
            self.add_error("last", _("From the first day on, at most two months."))
        return given


DayForms = formset_factory(DayForm, extra=3, max_num=400, validate_max=True)


@require_GET
@staff_page(Permission.EDIT_DESK)
def hours(request: StaffRequest) -> HttpResponseBase:
    """The shop's calendars."""
    open_desk(request.merchant, by=request.actor)
    day = today(request.merchant)
    rows = [
        {"calendar": each, "week": _week_in_words(each), "coming": _coming(each, day)}
        for each in calendars_in_force(request.merchant)
    ]
    return page(
        request,
        "aftersales/dashboard/desk_calendars.html",
        rows=rows,
        trail=desk_trail(request, (_("Business hours"), "")),
    )


@staff_page(Permission.EDIT_DESK)
def calendar_new(request: StaffRequest) -> HttpResponseBase:
    """Other hours for some tickets: a night shift, another country."""
    open_desk(request.merchant, by=request.actor)
    return _edit(request, None)


@staff_page(Permission.EDIT_DESK)
def calendar(request: StaffRequest, calendar_id: int) -> HttpResponseBase:
    """One calendar's newest version as a form, by the id of any of its versions."""
    found = CalendarVersion.objects.filter(merchant=request.merchant, pk=calendar_id).first()
    if found is None:
        raise NotFound()
    return _edit(request, versions_of_calendar(request.merchant, found.code)[0])


def _edit(request: StaffRequest, known: CalendarVersion | None) -> HttpResponseBase:
    week = WeekForm(request.POST or None, initial=_week_initial(request, known))
    days = DayForms(request.POST or None, prefix="day", initial=_ranges(known.days if known else {}))
    shown: dict[str, Any] = {}
    if week.is_bound and all([week.is_valid(), days.is_valid()]):
        answer = _preview_or_publish(request, known, week, days)
        if isinstance(answer, HttpResponseBase):
            return answer
        shown = answer
    heading = known.name if known else _("New business hours")
    back = shop_url(request, "aftersales:desk-hours")
    return rules_page(
        request, "desk_hours.html", ending=week, shown=shown, days=days, heading=heading, known=known,
        versions=list(versions_of_calendar(request.merchant, known.code)[:20]) if known else [], cancel_url=back,
        trail=desk_trail(request, (_("Business hours"), back), (heading, "")),
    )  # fmt: skip


def _preview_or_publish(
    request: StaffRequest, known: CalendarVersion | None, week: WeekForm, days: BaseFormSet[DayForm]
) -> HttpResponseBase | dict[str, Any]:
    given = week.cleaned_data
    written: dict[str, Any] = {
        "name": given["name"], "zone": given["zone"],
        "weekly": {day: given[day] for day in WEEKDAYS if given[day]}, "days": _days(days),
    }  # fmt: skip
    try:
        if given["after"] != (known.number if known else 0):
            raise DraftOutdated()
        calendar = check_hours(written["zone"], written["weekly"], written["days"])
        seen = digest(written)
        if request.POST.get("do") != "publish" or given["seen"] != seen:
            moved = preview_calendar(request.merchant, known.code, calendar) if known else []
            return {"preview": shown_moves(moved), "seen": seen, "changed_meanwhile": bool(given["seen"])}
        version = publish_calendar(
            request.merchant, code=known.code if known else "", by=request.actor, after=given["after"], **written
        )
    except DomainError as refusal:
        _show_fault(week, refusal)
        return {}
    messages.success(
        request, _("“%(name)s”, version %(number)s, is published.") % {"name": version.name, "number": version.number}
    )
    return HttpResponseRedirect(shop_url(request, "aftersales:desk-hours"))


def _show_fault(week: WeekForm, refusal: DomainError) -> None:
    parts = (refusal.pointer or "").strip("/").split("/")
    if parts[-1] in week.fields:
        week.add_error(parts[-1], refusal.text())
    elif parts[0] == "days" and len(parts) > 1:
        week.add_error(None, f"{parts[1]}: {refusal.text()}")
    else:
        week.add_error(None, refusal.text())


def _week_initial(request: StaffRequest, known: CalendarVersion | None) -> dict[str, Any]:
    if known is None:
        return {"zone": request.merchant.timezone, "after": 0}
    return {"name": known.name, "zone": known.zone, "after": known.number, **known.weekly}


def _days(rows: BaseFormSet[DayForm]) -> dict[str, dict[str, Any]]:
    """Every day of every row that stays."""
    days: dict[str, dict[str, Any]] = {}
    for row in rows:
        given = row.cleaned_data
        if not given.get("first") or given.get("remove"):
            continue
        last = given["last"] or given["first"]
        for n in range((last - given["first"]).days + 1):
            day = given["first"] + timedelta(days=n)
            days[day.isoformat()] = {"name": given["name"], "periods": given["hours"]}
    return days


def _ranges(days: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Days in a row with the same occasion and hours, as one row of the form."""
    ranges: list[list[date]] = []
    for day in sorted(date.fromisoformat(text) for text in days):
        before = ranges[-1][-1] if ranges else None
        if before is not None and day - before == timedelta(days=1) and _same(days, before, day):
            ranges[-1].append(day)
        else:
            ranges.append([day])
    return [
        {
            "first": first_day, "last": several[-1] if len(several) > 1 else None,
            "name": days[first_day.isoformat()].get("name", ""),
            "hours": days[first_day.isoformat()].get("periods", []),
        }
        for several in ranges
        for first_day in several[:1]
    ]  # fmt: skip


def _same(days: Mapping[str, Mapping[str, Any]], one: date, other: date) -> bool:
    return days[one.isoformat()] == days[other.isoformat()]


def _week_in_words(version: CalendarVersion) -> list[tuple[str, str]]:
    """[("Monday–Friday", "09:00–18:00"), …]: days in a row with the same hours together."""
    groups: list[tuple[list[str], str]] = []
    for day, label in zip(WEEKDAYS, _DAY_NAMES, strict=True):
        text = hours_text(version.weekly.get(day, [])) or pgettext("hours", "closed")
        if groups and groups[-1][1] == text:
            groups[-1][0].append(str(label))
        else:
            groups.append(([str(label)], text))
    return [(names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}", text) for names, text in groups]


def _coming(version: CalendarVersion, day: date) -> Iterable[dict[str, Any]]:
    """The next exceptions."""
    rows = _ranges({text: value for text, value in version.days.items() if text >= day.isoformat()})
    return [row | {"text": hours_text(row["hours"]) or pgettext("hours", "closed")} for row in rows[:4]]
