"""What the models in force say of customers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, QuerySet, Sum

from analytics.models import ChurnScore, ValueForecast
from analytics.rules.bands import BANDS
from customers.models import Customer
from customers.queries import live_customers
from merchants.models import Merchant


def churn_of(customer: Customer) -> ChurnScore | None:
    return (
        ChurnScore.objects.filter(merchant=customer.merchant_id, customer=customer)
        .select_related("run", "merchant")
        .defer("run__card")
        .first()
    )


def value_of(customer: Customer) -> ValueForecast | None:
    return (
        ValueForecast.objects.filter(merchant=customer.merchant_id, customer=customer)
        .select_related("run")
        .defer("run__card")
        .first()
    )


@dataclass(frozen=True, slots=True)
class BandFigures:
    """How many live customers stand in a band, and what they are expected to spend in the next 90 days."""

    band: str
    customers: int = 0
    expected_spend_minor: int = 0


def churn_bands(merchant: Merchant) -> list[BandFigures]:
    """All three bands, low first, whether anybody stands in them or not."""
    rows = (
        ChurnScore.objects.filter(merchant=merchant, customer__archived_at__isnull=True)
        .values("band")
        .annotate(customers=Count("pk"), spend=Sum("customer__value_forecast__spend_90d_minor"))
    )
    found = {row["band"]: BandFigures(row["band"], row["customers"], int(row["spend"] or 0)) for row in rows}
    return [found.get(band, BandFigures(band)) for band in BANDS]


def customers_in_band(merchant: Merchant, band: str) -> QuerySet[Customer]:
    """Live customers of a band with `churn_probability` and `predicted_spend_minor` (None: not forecast), dearest first."""
    return (
        live_customers(merchant)
        .filter(churn_score__band=band)
        .annotate(
            churn_probability=F("churn_score__probability"),
            predicted_spend_minor=F("value_forecast__spend_90d_minor"),
        )
        .order_by(F("predicted_spend_minor").desc(nulls_last=True), "-churn_probability", "pk")
    )
