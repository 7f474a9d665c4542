"""Which nights are still to be closed, and whose holds have run out."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import QuerySet

from loyalty.models import ClosedDay, Hold, HoldState, ProgrammeVersion, Reconciliation, VersionState
from merchants.clock import now, today
from merchants.models import Merchant

MOST_NIGHTS = 31  # after a longer outage the last night closes for those before it: expiry and review look at a moment


def merchants_with_programme() -> QuerySet[Merchant]:
    """Every shop that has published terms."""
    published = ProgrammeVersion.objects.across_merchants().filter(state=VersionState.PUBLISHED)
    return Merchant.objects.filter(pk__in=published.values("merchant_id")).order_by("pk")


def days_to_close(merchant: Merchant) -> list[date]:
    """Local days that have ended and are not closed, oldest first: those missed in an outage as well, at most 31."""
    yesterday = today(merchant) - timedelta(days=1)
    last = ClosedDay.objects.filter(merchant=merchant).order_by("-day").values_list("day", flat=True).first()
    first = max(last + timedelta(days=1) if last else yesterday, yesterday - timedelta(days=MOST_NIGHTS - 1))
    return [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]


def merchants_with_due_holds() -> list[Merchant]:
    """Shops with a hold past its deadline by their own clock."""
    open_holds = Hold.objects.across_merchants().filter(state=HoldState.HELD)
    shops = Merchant.objects.filter(pk__in=open_holds.values("merchant_id")).order_by("pk")
    return [
        shop
        for shop in shops
        if Hold.objects.filter(merchant=shop, state=HoldState.HELD, expires_at__lte=now(shop)).exists()
    ]


def latest_reconciliation(merchant: Merchant) -> Reconciliation | None:
    """The last proof of the books: "books balance as of …"."""
    return Reconciliation.objects.filter(merchant=merchant).order_by("-id").first()


def reconciliations_of(merchant: Merchant) -> QuerySet[Reconciliation]:
    return Reconciliation.objects.filter(merchant=merchant).order_by("-id")


def closed_days_of(merchant: Merchant) -> QuerySet[ClosedDay]:
    return ClosedDay.objects.filter(merchant=merchant).order_by("-day")
