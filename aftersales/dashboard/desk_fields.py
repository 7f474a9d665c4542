"""How the desk's settings are typed: spans of time, opening hours, lists of words."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.models import TicketChannel
from aftersales.queries.desk import calendars_in_force, categories_of
from aftersales.rules.calendars import DAY_MINUTES
from loyalty.queries.programme import find_version_in_force
from merchants.models import Merchant

_SPAN = re.compile(
    r"^\s*(?:(\d+)\s*(?:h|hours?|小时|时))?\s*(?:(\d+)\s*(?:m|min|minutes?|分钟|分)?)?\s*$", re.IGNORECASE
)
_PERIOD = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–—~至到]\s*(\d{1,2}):(\d{2})$")
_BETWEEN = re.compile(r"[,，;；、\n]+")

Choices = list[tuple[str, str]]


def span_text(minutes: int | None) -> str:
    """270 → "4 h 30 min" in the active language; what SpanField reads."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


class SpanField(forms.CharField):
    """Business time: "30 min", "4 h", "1 h 30 min", or a bare number of minutes; cleaned to minutes or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, max_length=20, widget=forms.TextInput(attrs={"placeholder": "4 h 30 min"}), **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return span_text(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        found = _SPAN.match(text)
        minutes = int(found[1] or 0) * 60 + int(found[2] or 0) if found else 0
        if not minutes:
            raise ValidationError(_("Write a time like 30 min, 4 h or 1 h 30 min."), code="span")
        return minutes


def hours_text(periods: list[list[str]]) -> str:
    """[["09:00", "12:00"], …] → "09:00–12:00, 13:30–18:00"; what HoursField reads."""
    return ", ".join(f"{start}–{end}" for start, end in periods)


class HoursField(forms.CharField):
    """Periods of a day; cleaned to [["09:00", "12:00"], …]. Empty: closed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, max_length=200, widget=forms.TextInput(attrs={"placeholder": "09:00–12:00, 13:30–18:00"}),
            **kwargs,
        )  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        return hours_text(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "")
        periods = []
        for part in _BETWEEN.split(text.replace("：", ":")):
            if not part.strip():
                continue
            found = _PERIOD.match(part.strip())
            if found is None or int(found[1]) * 60 + int(found[2]) >= DAY_MINUTES:
                raise ValidationError(_("Write hours like 09:00–12:00, 13:30–18:00; 24:00 is midnight."), code="hours")
            periods.append([f"{int(found[1]):02}:{found[2]}", f"{int(found[3]):02}:{found[4]}"])
        return periods


class WordsField(forms.CharField):
    """Several words, by commas or lines; cleaned to a list without blanks and twins."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=4000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return _(", ").join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "")
        return list(dict.fromkeys(part.strip() for part in _BETWEEN.split(text) if part.strip()))


class SomeField(forms.MultipleChoiceField):
    """Any of several; none chosen means all of them. What was chosen and is no longer there stays choosable."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


def tier_choices(merchant: Merchant) -> Choices:
    """The tiers of the programme in force, lowest first."""
    version = find_version_in_force(merchant)
    return [(tier.code, tier.name) for tier in version.parsed().ladder.tiers] if version is not None else []


def category_choices(merchant: Merchant) -> Choices:
    return [(each.code, each.name) for each in categories_of(merchant)]


def calendar_choices(merchant: Merchant) -> Choices:
    return [(each.code, each.name) for each in calendars_in_force(merchant)]


def channel_choices() -> Choices:
    return [(each.value, str(each.label)) for each in TicketChannel if each != TicketChannel.SYSTEM]


def offer(field: forms.Field, choices: Choices, *, known: Any = ()) -> None:
    """Give a choice field its choices, and those of `known` that are not among them any more."""
    have = {value for value, _label in choices}
    field.choices = [*choices, *((value, value) for value in known or () if value and value not in have)]  # type: ignore[attr-defined]  # fields of choice have it


NOTE = {"label": gettext_lazy("What changes, and why"), "max_length": 200, "required": False}
