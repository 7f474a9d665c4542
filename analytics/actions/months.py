"""Keeping each customer's months, so that cohorts need not read every order there ever was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from analytics.models import CustomerMonth, MonthsKept
from analytics.queries.cohorts import MONTHS_FROM_ORDERS, ORDER_EVENTS, TOUCHED
from merchants.clock import world_now
from merchants.models import Merchant

# Events get their number before they commit: those of the last minutes are looked at again next time.
_STILL_COMMITTING = timedelta(minutes=10)


@transaction.atomic
def keep_months(merchant: Merchant) -> int:
    """Bring the months of customers whose orders changed up to date; of everybody the first time. How many rows."""
    kept = MonthsKept.objects.select_for_update(no_key=True).filter(merchant=merchant).first()
    at = world_now()
    everybody = kept is None or kept.timezone != merchant.timezone
    values: dict[str, Any] = {
        "merchant": merchant.pk, "zone": merchant.timezone, "types": ORDER_EVENTS,
        "event": 0 if kept is None else kept.event_id, "settled": at - _STILL_COMMITTING,
    }  # fmt: skip
    with connection.cursor() as cursor:
        # Read first: what commits while the months are counted is counted again next time.
        cursor.execute(
            """
            SELECT coalesce(max(latest.id), 0) FROM unnest(%(types)s::text[]) AS kind (type), LATERAL (
                SELECT e.id FROM events_event e
                WHERE e.merchant_id = %(merchant)s AND e.type = kind.type AND e.recorded_at < %(settled)s
                ORDER BY e.id DESC LIMIT 1) AS latest
            """,
            values,
        )
        (event_id,) = cursor.fetchone() or (0,)
        only = "" if everybody else f"AND o.customer_id IN ({TOUCHED})"
        if everybody:
            CustomerMonth.objects.filter(merchant=merchant).delete()
        else:
            cursor.execute(
                "DELETE FROM analytics_customermonth WHERE merchant_id = %(merchant)s "  # noqa: S608  # our own words
                f"AND customer_id IN ({TOUCHED})",
                values,
            )
        fresh = MONTHS_FROM_ORDERS.replace("{touched}", only)
        cursor.execute(
            "INSERT INTO analytics_customermonth (merchant_id, customer_id, month, cohort, orders, spend_minor) "  # noqa: S608  # ours
            f"SELECT %(merchant)s, f.customer_id, f.month, f.cohort, f.orders, f.spend_minor FROM ({fresh}) f",
            values,
        )
        rows = int(cursor.rowcount)
    MonthsKept.objects.update_or_create(
        merchant=merchant, defaults={"event_id": event_id, "timezone": merchant.timezone, "kept_at": at}
    )
    return rows
