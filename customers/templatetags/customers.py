"""How a customer's values read: ``{% load customers %}``."""

from __future__ import annotations

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import get_language, gettext

from customers.models import Channel, Customer, Purpose
from customers.rules.birthdays import Birthday, lunar_words

register = template.Library()


@register.filter
def birthday_text(birthday: Birthday | None) -> str:
    """2/29 → "02-29"; with a year "1992-02-29"; lunar "农历闰四月十五" or "lunar 4 (leap)-15"."""
    if birthday is None:
        return "–"
    if not birthday.is_lunar:
        day = f"{birthday.month:02d}-{birthday.day:02d}"
        return f"{birthday.year:04d}-{day}" if birthday.year else day
    if (get_language() or "").startswith("zh"):
        year = f"{birthday.year}年" if birthday.year else ""
        return f"农历{year}{lunar_words(birthday)}"
    values = {"month": birthday.month, "day": birthday.day, "year": birthday.year}
    if birthday.is_leap_month:
        text = gettext("lunar leap month %(month)s, day %(day)s") % values
    else:
        text = gettext("lunar month %(month)s, day %(day)s") % values
    return f"{text} ({birthday.year})" if birthday.year else text


@register.filter
def custom_value(value: object) -> str:
    """A value of one of the shop's own fields."""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return "–" if value is None or value == "" else str(value)


@register.filter
def field_names(fields: list[str]) -> str:
    """``["phone", "birthday"]`` → "Phone, Birthday"."""
    words = {"birthday": gettext("Birthday"), "custom": gettext("Fields of the shop")}
    return gettext(", ").join(words.get(name) or _verbose(name) for name in fields)


def _verbose(name: str) -> str:
    try:
        return str(getattr(Customer._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


@register.filter
def purpose_label(purpose: str) -> str:
    """``"offers"`` → "Offers and news"; a purpose that is no more keeps its name."""
    return str(dict(Purpose.choices).get(purpose, purpose))


@register.filter
def channel_label(channel: str) -> str:
    return str(dict(Channel.choices).get(channel, channel))
