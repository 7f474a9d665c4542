"""Figures, icons, masks and query strings for templates: ``{% load ui %}``. Tags format; they decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.http import HttpRequest, QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext_lazy

from merchants.clock import world_now
from merchants.rules import charts, figures
from merchants.rules.sparkline import HEIGHT, WIDTH, sparkline

register = template.Library()

AVATAR_HUES = 6
# Where customers, orders and consents come from, as our own doors say it. A shop's machines may say anything else.
SOURCE_LABELS = {
    "api": pgettext_lazy("source", "API"),
    "dashboard": pgettext_lazy("source", "Dashboard"),
    "demo": pgettext_lazy("source", "Demo"),
    "erp": pgettext_lazy("source", "ERP"),
    "import": pgettext_lazy("source", "Import"),
    "mini_program": pgettext_lazy("source", "Mini program"),
    "online": pgettext_lazy("source", "Online shop"),
    "portal": pgettext_lazy("source", "Member portal"),
    "pos": pgettext_lazy("source", "Till"),
    "simulation": pgettext_lazy("source", "Simulation"),
    "store": pgettext_lazy("source", "Store"),
    "till": pgettext_lazy("source", "Till"),
    "web": pgettext_lazy("source", "Web shop"),
}


def _language() -> str:
    return get_language() or "en"


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """``{% icon "gift" %}``; `size` is "" (16 px), "lg" (20), "xl" (28). With `label` it speaks, else it decorates."""
    classes = f"icon icon-{size}" if size else "icon"
    reference = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', classes, label, reference
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"/></svg>', classes, reference
    )


@register.filter
def points(value: int | None, signed: str = "") -> str:
    """``{{ entry.points|points }}`` → 12,480; ``{{ entry.points|points:"signed" }}`` → +12,480 or −12,480."""
    if value is None:
        return "–"
    return figures.format_points(int(value), language=_language(), signed=signed == "signed")


@register.simple_tag
def money(amount_minor: int | None, currency: str) -> SafeString:
    """``{% money order.total_minor order.currency %}`` → ¥128.00, in tabular figures, never broken over two lines."""
    if amount_minor is None:
        return SafeString("–")
    return format_html(
        '<span class="money">{}</span>', figures.format_money(amount_minor, currency, language=_language())
    )


@register.simple_tag
def money_text(amount_minor: int | None, currency: str) -> str:
    """The same as plain text, for attributes and for ``{% blocktranslate %}`` by ``as``."""
    return "–" if amount_minor is None else figures.format_money(amount_minor, currency, language=_language())


@register.simple_tag
def compact(value: int | Decimal | float | None) -> SafeString:
    """For cards: 12.4万 or 124.3K, the exact value in `title` and for screen readers."""
    if value is None:
        return SafeString("–")
    short = figures.format_compact(value, language=_language())
    exact = figures.format_points(int(value), language=_language())
    return _short_with_exact(short, exact)


@register.simple_tag
def compact_money(amount_minor: int | None, currency: str) -> SafeString:
    """For cards: ¥12.4万 or ¥124.3K, the exact amount in `title` and for screen readers."""
    if amount_minor is None:
        return SafeString("–")
    short = figures.format_compact_money(amount_minor, currency, language=_language())
    return _short_with_exact(short, figures.format_money(amount_minor, currency, language=_language()))


def _short_with_exact(short: str, exact: str) -> SafeString:
    if short == exact:
        return format_html('<span class="tabular">{}</span>', short)
    return format_html(
        '<data class="tabular" value="{1}" title="{1}"><span aria-hidden="true">{0}</span>'
        '<span class="sr-only">{1}</span></data>',
        short,
        exact,
    )


@register.filter
def percent(ratio: Decimal | float | None, digits: int = 1) -> str:
    """``0.0634`` → ``6.3%``."""
    return "–" if ratio is None else figures.format_ratio(ratio, language=_language(), digits=digits)


def _zone(tz: tzinfo | str | None) -> tzinfo:
    if isinstance(tz, str) and tz:
        return ZoneInfo(tz)
    return tz if isinstance(tz, tzinfo) else timezone.get_current_timezone()


@register.filter
def local_datetime(moment: datetime | None, tz: tzinfo | str | None = None) -> SafeString:
    """``{{ order.placed_at|local_datetime:merchant.timezone }}`` → 2026-11-22 09:05 in a <time> with the UTC moment."""
    if moment is None:
        return SafeString("–")
    text = figures.format_moment(moment, tz=_zone(tz))
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), text)


@register.filter
def local_date(moment: datetime | None, tz: tzinfo | str | None = None) -> SafeString:
    """2026-11-22: the day on that clock. A plain date needs no filter: ``{{ day|date:"Y-m-d" }}``."""
    if moment is None:
        return SafeString("–")
    text = figures.format_moment(moment, tz=_zone(tz))[:10]
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), text)


@register.filter
def ago(moment: datetime | None, now: datetime | None = None) -> SafeString:
    """3天前 / 3 days ago, the exact moment in `title`. Pass the merchant's clock (``|ago:now``): it can be moved."""
    if moment is None:
        return SafeString("–")
    text = figures.format_ago(moment, now=now or world_now(), language=_language()) or gettext("just now")
    exact = figures.format_moment(moment, tz=timezone.get_current_timezone())
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), exact, text)


@register.filter
def source_label(source: str | None) -> str:
    """``"mini_program"`` → Mini program; what we do not know stays as it was given."""
    return str(SOURCE_LABELS.get(source or "", source or ""))


@register.filter
def masked_phone(phone: str | None) -> str:
    """138****8000."""
    return figures.mask_phone(phone) if phone else "–"


@register.filter
def masked_email(email: str | None) -> str:
    """c***@example.com."""
    return figures.mask_email(email) if email else "–"


@register.filter
def masked_name(name: str | None) -> str:
    """张** / C*** R***."""
    return figures.mask_name(name) if name else "–"


@register.filter
def initials(name: str | None) -> str:
    """A Chinese surname (欧阳 stays whole only in full names), or the first letters of the first and last word."""
    words = (name or "").split()
    if not words:
        return "?"
    if "\u4e00" <= words[0][0] <= "\u9fff":
        return words[0][0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def hue(name: str | None) -> int:
    """A steady number 0..5 for the avatar's colour: the same person always looks the same."""
    return sum(ord(letter) for letter in name or "") % AVATAR_HUES


@register.simple_tag(name="sparkline")
def sparkline_tag(values: Sequence[float] | None, label: str = "") -> SafeString:
    """``{% sparkline history label="Last 30 days" %}``: inline SVG; nothing for fewer than two values."""
    line = sparkline(list(values or ()))
    if line is None:
        return SafeString("")
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" preserveAspectRatio="none" {}><path class="area" d="{}"/>'
        '<path class="line" d="{}"/></svg>',
        f"{WIDTH:g}", f"{HEIGHT:g}", role, line.area, line.line,
    )  # fmt: skip


@register.filter
def cell(value: charts.Number, chart: charts.Chart) -> str:
    """A chart's number as its table writes it."""
    language = _language()
    if value is None:
        return "–"
    if chart.format == "percent":
        return figures.format_ratio(value, language=language)
    if chart.format == "money" and chart.currency:
        minor = Decimal(str(value)) * (1 / figures.money_amount(1, chart.currency))
        return figures.format_money(int(minor), chart.currency, language=language)
    return figures.format_number(value, language=language)


def _query_of(context: dict[str, Any]) -> QueryDict:
    request: HttpRequest | None = context.get("request")
    return request.GET.copy() if request else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The present query string with `changes`; None or "" drops a key. Cursors never survive a change: page one again.

    ``<a href="{% query status="paid" %}">`` keeps the search and the sort.
    """
    asked = _query_of(context)
    if not {"after", "before"} & changes.keys():
        asked.pop("after", None)
        asked.pop("before", None)
    for key, value in changes.items():
        if value in (None, ""):
            asked.pop(key, None)
        else:
            asked[key] = str(value)
    return f"?{asked.urlencode()}" if asked else "?"


@register.simple_tag(takes_context=True)
def query_without(context: dict[str, Any], key: str, value: str = "") -> str:
    """The present query string without `key` (or without one of its values): what a filter chip's × links to."""
    asked = _query_of(context)
    rest = [one for one in asked.getlist(key) if value and one != value]
    asked.setlist(key, rest)
    for cursor in ("after", "before"):
        asked.pop(cursor, None)
    return f"?{asked.urlencode()}" if asked.urlencode() else "?"
