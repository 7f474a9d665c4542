"""What the desk's settings are called: ``{% load desk_words %}``."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from aftersales.models import DocumentKind

register = template.Library()

WORDS = {
    "status": pgettext_lazy("desk setting", "status"),
    "category": pgettext_lazy("desk setting", "category"),
    "cause": pgettext_lazy("desk setting", "root cause"),
    "macro": pgettext_lazy("desk setting", "macro"),
    "view": pgettext_lazy("desk setting", "saved view"),
    "agent": pgettext_lazy("desk setting", "agent"),
}
CHANGES = {
    "added": pgettext_lazy("desk setting", "added"),
    "changed": pgettext_lazy("desk setting", "changed"),
    "archived": pgettext_lazy("desk setting", "archived"),
    "restored": pgettext_lazy("desk setting", "restored"),
    "removed": pgettext_lazy("desk setting", "removed"),
}


@register.filter
def rule_book(kind: str) -> str | Promise:
    """``{{ payload.kind|rule_book }}`` → Service levels."""
    return DocumentKind(kind).label if kind in DocumentKind.values else kind


@register.filter
def desk_word(what: str) -> str | Promise:
    """``{{ payload.what|desk_word }}`` → root cause."""
    return WORDS.get(what, what)


@register.filter
def change_word(change: str) -> str | Promise:
    """``{{ payload.change|change_word }}`` → archived."""
    return CHANGES.get(change, change)
