"""Addresses of the shop at hand: ``{% load shop %}``."""

from __future__ import annotations

from typing import Any

from django import template

from merchants.frames.navigation import find_url
from merchants.frames.public_ids import public_id
from merchants.frames.staff import shop_url as address

register = template.Library()


@register.simple_tag(takes_context=True)
def shop_url(context: dict[str, Any], name: str, *args: Any) -> str:
    """``{% shop_url "customers:customer-list" %}``; fails like ``{% url %}`` when there is no such page."""
    return address(context["request"], name, *args)


@register.simple_tag(takes_context=True)
def shop_url_if_any(context: dict[str, Any], name: str, *args: Any) -> str:
    """The same, or nothing when no app serves it: for pages that are composed of other apps' panels."""
    return find_url(name, context["request"].merchant.slug, *args)


@register.filter
def public(id: int, prefix: str) -> str:
    """``{{ customer.pk|public:"cus" }}`` → cus_4fQzR9…"""
    return public_id(prefix, id)
