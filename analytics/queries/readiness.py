"""Whether a shop has enough history to predict from, and in words what is missing."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.rules.readiness import REPEATER_ORDERS, Gap, Readiness
from merchants.clock import today
from merchants.models import Merchant


def readiness(merchant: Merchant, *, at: date | None = None) -> Readiness:
    """What is there by now, from the maintained summaries; `at` an earlier day: by the orders before it."""
    if at is not None and at < today(merchant):
        return _from_orders(merchant, at)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), min(first_purchase_at AT TIME ZONE %(zone)s)::date,
                   max(last_purchase_at AT TIME ZONE %(zone)s)::date, count(*) FILTER (WHERE orders >= %(often)s)
            FROM commerce_purchasesummary WHERE merchant_id = %(merchant)s AND orders > 0
            """,
            {"merchant": merchant.pk, "zone": merchant.timezone, "often": REPEATER_ORDERS},
        )
        return _as_readiness(cursor.fetchone() or (0, None, None, 0), today(merchant))


def _from_orders(merchant: Merchant, at: date) -> Readiness:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), min(first), max(last), count(*) FILTER (WHERE orders >= %(often)s) FROM (
                SELECT min(paid_at AT TIME ZONE %(zone)s)::date AS first, max(paid_at AT TIME ZONE %(zone)s)::date AS last,
                       count(*) AS orders
                FROM commerce_order
                WHERE merchant_id = %(merchant)s AND customer_id IS NOT NULL
                  AND paid_at < %(at)s::date::timestamp AT TIME ZONE %(zone)s
                  AND (cancelled_at IS NULL OR cancelled_at >= %(at)s::date::timestamp AT TIME ZONE %(zone)s)
                GROUP BY customer_id) each
            """,
            {"merchant": merchant.pk, "zone": merchant.timezone, "often": REPEATER_ORDERS, "at": at},
        )
        return _as_readiness(cursor.fetchone() or (0, None, None, 0), at)


def _as_readiness(row: tuple[int, date | None, date | None, int], at: date) -> Readiness:
    buyers, first, last, repeaters = row
    return Readiness(
        buyers=buyers,
        days=(at - first).days if first else 0,
        silent_days=(at - last).days if last else None,
        repeaters=repeaters,
    )


def gap_in_words(gap: Gap) -> str:
    """What is missing, as a sentence."""
    numbers = {"have": gap.have, "need": gap.need}
    if gap.code == "buyers":
        return (
            ngettext(
                "%(have)d customer has bought; %(need)d are needed.",
                "%(have)d customers have bought; %(need)d are needed.",
                gap.have,
            )
            % numbers
        )
    if gap.code == "days":
        return (
            ngettext(
                "The first order is %(have)d day old; %(need)d days of history are needed.",
                "The first order is %(have)d days old; %(need)d days of history are needed.",
                gap.have,
            )
            % numbers
        )
    if gap.code == "recent":
        return _("The last order must be at most %(need)d days old.") % numbers
    return (
        ngettext(
            "%(have)d customer has three orders or more; %(need)d are needed.",
            "%(have)d customers have three orders or more; %(need)d are needed.",
            gap.have,
        )
        % numbers
    )
