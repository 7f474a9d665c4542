"""How the ledger's moments read: ``{% load loyalty %}``."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from merchants.templatetags.ui import local_date

register = template.Library()


@register.filter
def last_day(expires_at: datetime | None) -> SafeString:
    """The last day on which points can be spent. `expires_at` is the first moment without them, mostly a midnight."""
    if expires_at is None:
        return SafeString("–")
    return local_date(expires_at - timedelta(microseconds=1), timezone.get_current_timezone())
