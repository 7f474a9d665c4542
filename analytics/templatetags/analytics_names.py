"""Codes of insight as people read them: ``{% load analytics_names %}{{ stage|stage_name }}``."""

from __future__ import annotations

from django import template

from analytics.queries import names

register = template.Library()


@register.filter
def stage_name(code: str) -> str:
    """``{{ "won_back"|stage_name }}`` → Won back."""
    return names.stage_name(code)


@register.filter
def rfm_group_name(code: str) -> str:
    """``{{ "at_risk"|rfm_group_name }}`` → At risk."""
    return names.rfm_group_name(code)
