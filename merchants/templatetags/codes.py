"""Codes for scanners: ``{% load codes %}{% qr member.number as drawn %}``. Inline SVG that a strict content policy accepts."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from merchants.rules.codes import barcode_svg, qr_svg

register = template.Library()


@register.simple_tag
def qr(text: str) -> SafeString:
    """A QR code of `text`."""
    return mark_safe(qr_svg(text))  # noqa: S308  # our own drawing: squares, never the text itself


@register.simple_tag
def barcode(text: str) -> SafeString:
    """A Code 128 of `text`; nothing where a bar code cannot hold it."""
    if not (text.isascii() and text.isprintable()):
        return SafeString("")
    return mark_safe(barcode_svg(text))  # noqa: S308
