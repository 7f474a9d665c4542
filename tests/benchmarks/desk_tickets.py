"""A desk with very many open tickets, made by sets of rows."""

from __future__ import annotations

import time

import psycopg2

from aftersales.actions.desk import open_desk
from aftersales.models import StatusCategory
from aftersales.queries.desk import calendar_version, categories_of, default_status, find_document
from events.actions.shops import create_merchant
from merchants.models import SYSTEM, Merchant
from tests.benchmarks.members import owner_url
from tests.benchmarks.report import say

# All wait for us and fall due in the weeks to come; a tenth is snoozed until then.
_FILL = """
INSERT INTO aftersales_ticket (
    merchant_id, number, reference, channel, guest_name, guest_contact, language, opened_at, opened_by, is_recovery, subject,
    category_id, is_complaint, priority, priority_rank, status_id, status_category, tier, reopened_count, reply_count,
    waiting_since, wait_clock_since, clock_since, last_message_at, last_customer_at, sla_version_id, calendar_id,
    first_response_target, next_response_target, resolution_target, first_response_due_at, resolution_due_at, next_due_at,
    snoozed_until, worked_seconds, waited_seconds, called_for, breaches, escalation_level, last_event, updated_at)
SELECT %(merchant)s, i, 'bench-' || i, 'portal', '', 'guest' || i || '@example.com', '', at, '', false, 'Ticket ' || i,
       (%(categories)s::bigint[])[1 + i %% cardinality(%(categories)s::bigint[])], true,
       (ARRAY['urgent', 'high', 'normal', 'low'])[1 + i %% 4], i %% 4, %(status)s, 'waiting_us', '', 0, 1,
       at, at, at, at, at, %(sla)s, %(calendar)s, 240, 540, 1620, due, due + interval '2 days', due,
       CASE WHEN i %% 10 = 0 THEN due END, 0, 0, 0, 0, 0, 3, at
FROM (
    SELECT i, now() - (i %% 40000) * interval '1 minute' AS at, now() + (60 + i %% 50000) * interval '1 minute' AS due
    FROM generate_series(%(first)s, %(last)s) i
) made
"""
_CHUNK = 100_000


def tickets_shop(slug: str, tickets: int) -> Merchant:
    """The shop `slug` with so many open tickets of guests, none of them due; made once."""
    known = Merchant.objects.filter(slug=slug).first()
    if known is not None:
        return known
    started = time.perf_counter()
    merchant = create_merchant(slug=slug, name=slug, owner=None, by=SYSTEM)
    open_desk(merchant, by=SYSTEM)
    found = find_document(merchant, "sla")
    assert found is not None
    values = {
        "merchant": merchant.pk,
        "categories": list(categories_of(merchant).values_list("pk", flat=True)),
        "status": default_status(merchant, StatusCategory.WAITING_US).pk,
        "sla": found[0].pk,
        "calendar": calendar_version(merchant, "default").pk,
    }
    connection = psycopg2.connect(owner_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        if connection.info.user == "postgres":
            cursor.execute("SET session_replication_role = replica")
        for first in range(1, tickets + 1, _CHUNK):
            last = min(first + _CHUNK - 1, tickets)
            cursor.execute(_FILL, values | {"first": first, "last": last})
            say(f"    {slug}: {last:,} tickets, {time.perf_counter() - started:.0f} s")
        cursor.execute(
            "UPDATE aftersales_ticketcounter SET last_number = %s WHERE merchant_id = %s", [tickets, merchant.pk]
        )
        cursor.execute("VACUUM ANALYZE aftersales_ticket")
        cursor.execute("CHECKPOINT")
    connection.close()
    return merchant
