"""The desk's figures in words: ``{% load desk %}``."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from aftersales.rules.countdown import days_hours_minutes, state_of
from merchants.rules.figures import mask_email, mask_phone

register = template.Library()


def span_words(seconds: int) -> str:
    """7,800 → "2 h 10 min"; 200,000 → "2 d 7 h"; under a minute "0 min"."""
    days, hours, minutes = days_hours_minutes(seconds)
    pattern = _patterns()["days" if days else "hours" if hours else "minutes"]
    return pattern % {"days": days, "hours": hours, "minutes": minutes}


@register.filter
def span(seconds: int | None) -> str:
    """``{{ ticket.first_response_seconds|span }}`` → 2 h 10 min."""
    return "–" if seconds is None else span_words(int(seconds))


@register.simple_tag
def sla_chip(due_at: datetime | None, now: datetime, label: str = "") -> SafeString:
    """``{% sla_chip ticket.due_at now label %}``: what is left, or how late; a script counts on. Nothing without a deadline.

    `label` says what is due ("First reply"): it is spoken, and stands in the tip beside the exact moment.
    """
    if due_at is None:
        return SafeString("")
    seconds = int((due_at - now).total_seconds())
    patterns = _patterns()
    return render_to_string(
        "components/sla_chip.html",
        {
            "due": due_at,
            "now": now,
            "label": label,
            "state": state_of(due_at, now),
            "text": patterns["left" if seconds > 0 else "late"] % {"time": span_words(seconds)},
            "patterns": patterns,
        },
    )


def _patterns() -> dict[str, str]:
    """What the script on the page fills in as time goes by."""
    return {
        "left": gettext("%(time)s left"),
        "late": gettext("%(time)s overdue"),
        "days": gettext("%(days)s d %(hours)s h"),
        "hours": gettext("%(hours)s h %(minutes)s min"),
        "minutes": gettext("%(minutes)s min"),
    }


@register.filter
def masked_contact(contact: str) -> str:
    """A guest's phone or e-mail, masked."""
    return mask_email(contact) if "@" in contact else mask_phone(contact)


@register.filter
def file_size(size: int) -> str:
    """1.2 MB."""
    return filesizeformat(size)
