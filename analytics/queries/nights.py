"""Which shops' nights are still to be done."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import QuerySet

from analytics.models import InsightNight
from merchants.clock import today
from merchants.models import Merchant


def merchants_to_study() -> QuerySet[Merchant]:
    return Merchant.objects.order_by("pk")


def night_to_run(merchant: Merchant) -> date | None:
    """The local day that has ended and was not looked at; of several only the last, because all look at the present."""
    yesterday = today(merchant) - timedelta(days=1)
    done = InsightNight.objects.filter(merchant=merchant, day=yesterday).exists()
    return None if done else yesterday
