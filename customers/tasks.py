"""What the clock and long jobs ask of customers."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from customers.actions import forget_old_codes, tag_customers, untag_customers
from customers.queries import CustomerFilter, customers_matching
from merchants.models import Actor, Merchant


@shared_task
def tag_matching(merchant_id: int, wanted: dict[str, Any], tag: str, add: bool, actor: dict[str, Any]) -> None:
    """Tag (or untag) all who match: too many for a request. Twice is once."""
    merchant = Merchant.objects.get(pk=merchant_id)
    rows = customers_matching(merchant, CustomerFilter.of_json(wanted))
    change = tag_customers if add else untag_customers
    change(merchant, rows, tag=tag, by=Actor(**actor))


@shared_task
def prune_codes() -> None:
    """Daily: codes that expired two days ago and more."""
    forget_old_codes()
