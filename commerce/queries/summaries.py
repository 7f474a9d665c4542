"""What a customer bought, at a glance."""

from __future__ import annotations

from commerce.models import PurchaseSummary
from customers.models import Customer


def summary_of(customer: Customer) -> PurchaseSummary:
    """The maintained summary; an empty, unsaved one for somebody who never bought."""
    found = PurchaseSummary.objects.filter(merchant=customer.merchant_id, customer=customer).first()
    return found or PurchaseSummary(merchant_id=customer.merchant_id, customer=customer)
