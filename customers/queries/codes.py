"""One-time codes where nothing leaves the machine: the demo's and a sandbox's outbox."""

from __future__ import annotations

from django.db.models import QuerySet

from customers.models import OneTimeCode
from merchants.clock import world_now
from merchants.models import Merchant


def outbox_of(merchant: Merchant) -> QuerySet[OneTimeCode]:
    """Codes that would have been sent and are still good, newest first."""
    return (
        OneTimeCode.objects.filter(merchant=merchant, used_at__isnull=True, expires_at__gt=world_now())
        .exclude(shown_code="")
        .order_by("-id")
    )


def shown_code_for(merchant: Merchant, destination: str) -> str:
    """The newest such code for one address, or ""."""
    row = outbox_of(merchant).filter(destination=destination).first()
    return row.shown_code if row else ""
