"""Shops with very many members, made by sets of rows: the same books that the actions would have written, much sooner."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings

from events.actions.shops import create_merchant
from loyalty.actions.programme import start_programme
from loyalty_platform.embedded.keeper import read_run
from merchants.models import SYSTEM, Merchant
from tests.benchmarks.report import say
from tests.cast import LONG_AGO, make_terms

# Four lots a member: two of points, two of growth value that count as an order each. p_due: some have passed their expiry.
_FILL = """
INSERT INTO customers_customer (
    id, merchant_id, number, name, name_pinyin, name_initials, search_text, phone, email, birthday_calendar,
    birthday_is_leap_month, gender, language, country, region, city, address, postcode, custom, source, joined_at, created_at,
    updated_at)
SELECT {customer} + i, {merchant}, lpad(i::text, 10, '0'), '', '', '', '', '', '', 'solar', false, 'unknown', '', '', '', '', '',
       '', '{{}}', 'bench', now() - interval '13 months', now(), now()
FROM generate_series({first}, {last}) i;

INSERT INTO loyalty_account (
    id, merchant_id, customer_id, wallet, balance, orders, lifetime_earned, opened_at)
SELECT {account} + i * 2 + w, {merchant}, {customer} + i, CASE w WHEN 0 THEN 'points' ELSE 'growth' END,
       CASE w WHEN 0 THEN {rich} + 250 + i %% 200 ELSE 500 + i %% 1500 + i %% 700 END, w * 2,
       CASE w WHEN 0 THEN {rich} + 250 + i %% 200 ELSE 500 + i %% 1500 + i %% 700 END, now() - interval '13 months'
FROM generate_series({first}, {last}) i, generate_series(0, 1) w;

INSERT INTO loyalty_tierstanding (merchant_id, customer_id, tier, since)
SELECT {merchant}, {customer} + i, CASE WHEN 500 + i %% 1500 + i %% 700 >= 1000 THEN 'silver' ELSE 'regular' END,
       now() - interval '12 months'
FROM generate_series({first}, {last}) i;

CREATE TEMP TABLE bench_lots ON COMMIT DROP AS
SELECT {entry} + i * 4 + k AS id, {account} + i * 2 + k / 2 AS account, k,
       CASE k WHEN 0 THEN 100 + i %% 200 WHEN 1 THEN {rich} + 150 WHEN 2 THEN 300 + i %% 1500 ELSE 200 + i %% 700 END AS points,
       CASE k WHEN 0 THEN 0 WHEN 1 THEN 100 + i %% 200 WHEN 2 THEN 0 ELSE 300 + i %% 1500 END AS before,
       now() - interval '13 months' + k * interval '1 month' + (i %% 20) * interval '1 day' AS earned,
       CASE WHEN {due} AND ((k = 0 AND i %% 2 = 0) OR (k = 2 AND i %% 4 = 0)) THEN now() - (1 + i %% 20) * interval '1 day'
            ELSE date_trunc('day', now()) + (30 + i %% 200 + k * 10) * interval '1 day' END AS expires
FROM generate_series({first}, {last}) i, generate_series(0, 3) k;

INSERT INTO loyalty_entry (
    id, merchant_id, account_id, kind, points, balance_after, reference, reason, actor_kind, actor_name, occurred_at, recorded_at)
SELECT id, {merchant}, account, 'earn', points, before + points, 'order:seed-' || id, '', 'system', '', earned, earned
FROM bench_lots ORDER BY id;

INSERT INTO loyalty_lot (id, merchant_id, account_id, entry_id, points, remaining, earned_at, expires_at, order_credit)
SELECT id, {merchant}, account, id, points, points, earned, expires, k >= 2 FROM bench_lots ORDER BY id;
"""
_TABLES = ("customers_customer", "loyalty_account", "loyalty_entry", "loyalty_lot")
_CHUNK = 100_000


def members_shop(slug: str, members: int, *, due: bool, rich: int = 0) -> Merchant:
    """The shop `slug` with so many members; made once. `due`: half of them have points past their expiry, a quarter
    growth value. `rich`: so many points more each, for who will spend."""
    known = Merchant.objects.filter(slug=slug).first()
    if known is not None:
        return known
    started = time.perf_counter()
    merchant = create_merchant(slug=slug, name=slug, owner=None, by=SYSTEM)
    start_programme(merchant, terms=make_terms(), by=SYSTEM, effective_from=LONG_AGO)
    with psycopg2.connect(owner_url()) as connection, connection.cursor() as cursor:
        # Checked as a whole by the audit afterwards; row by row, twenty million triggers would take many minutes.
        if connection.info.user == "postgres":
            cursor.execute("SET session_replication_role = replica")
        bases = {}
        for table in _TABLES:
            cursor.execute(f"SELECT coalesce(max(id), 0) + 10 FROM {table}")
            bases[table] = cursor.fetchone()[0]  # type: ignore[index]
        for first in range(0, members, _CHUNK):
            last = min(first + _CHUNK, members) - 1
            sql = _FILL.replace("%%", "%").format(
                customer=bases["customers_customer"], account=bases["loyalty_account"],
                entry=max(bases["loyalty_entry"], bases["loyalty_lot"]), merchant=merchant.pk, first=first, last=last,
                due=str(due).lower(), rich=rich,
            )  # fmt: skip
            cursor.execute(sql + "DROP TABLE bench_lots")
            say(f"    {slug}: {last + 1:,} members, {time.perf_counter() - started:.0f} s")
        for table in _TABLES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with psycopg2.connect(owner_url()) as connection:
        pass
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(_TABLES)}, loyalty_tierstanding")
        cursor.execute("CHECKPOINT")
    connection.close()
    return merchant


def owner_url() -> str:
    """The superuser of the embedded server, else whoever the product is."""
    for folder in Path(settings.BASE_DIR / "var").glob("*/run.json"):
        run = read_run(folder.parent)
        if str(urlsplit(run["database_url"]).port) == str(settings.DATABASES["default"]["PORT"]):
            return str(
                urlsplit(run["superuser_url"])._replace(path="/" + settings.DATABASES["default"]["NAME"]).geturl()
            )
    database = settings.DATABASES["default"]
    return (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
