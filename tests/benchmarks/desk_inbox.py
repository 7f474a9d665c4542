"""The inbox of a desk with a million tickets, in milliseconds of SQL; and tickets opened by the API.

python -m loyalty_platform.embedded --dir var/bench run -- python -m tests.benchmarks.desk_inbox [TICKETS]
"""

from __future__ import annotations

import itertools
import json
import os
import random
import secrets
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, QueryDict

from aftersales.actions.desk_opening import open_desk
from aftersales.models import Ticket
from aftersales.queries.inbox import ORDERS, InboxFilter, inbox, view_counts, views_for
from aftersales.queries.tickets import get_ticket, thread_of
from customers.models import Customer
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Membership, Merchant
from tests.benchmarks.members import members_shop
from tests.benchmarks.report import Report, percentile, say
from tests.benchmarks.web import web
from tests.benchmarks.wire import drive
from tests.cast import make_key, make_staff

MEMBERS = 20_000
AGENTS = 20
PAGES = 4
# One in `open_every` is open; half of those wait for us, the rest for the customer or nobody. Every fourth open one is late.
_FILL = """
INSERT INTO aftersales_ticket (
    merchant_id, number, reference, channel, customer_id, guest_name, guest_contact, language, opened_at, opened_by,
    is_recovery, subject, category_id, is_complaint, priority, priority_rank, status_id, status_category, tier, assignee_id,
    first_response_at, resolved_at, closed_at, reopened_count, reply_count, last_message_at, worked_seconds, waited_seconds,
    called_for, breaches, escalation_level, last_event, updated_at, due_at, next_due_at, first_response_due_at)
SELECT %(merchant)s, i, 'bench-' || i, (ARRAY['portal', 'api', 'wechat', 'phone'])[1 + i %% 4], %(first)s + i %% %(members)s,
       '', '', 'zh-hans', opened, '', state <> 'closed' AND i %% 500 = 0,
       (ARRAY['茶罐', '快递', '积分', '发票', '口味', '礼盒', '退款', '包装'])[1 + i %% 8] ||
       (ARRAY['收到时裂了', '还没有到', '少了一件', '开错了', '与描述不符', '晚到了三天', '数量不对'])[1 + i %% 7]
       || ' ' || i %% 9973,
       (%(categories)s::bigint[])[1 + i %% cardinality(%(categories)s::bigint[])], i %% 3 <> 0,
       (ARRAY['urgent', 'high', 'normal', 'low'])[1 + i / 7 %% 4], i / 7 %% 4,
       (%(statuses)s::jsonb ->> state)::bigint, state, (ARRAY['regular', 'silver', 'gold'])[1 + i %% 3],
       CASE WHEN i %% 7 = 0 THEN NULL ELSE (%(agents)s::bigint[])[1 + i %% cardinality(%(agents)s::bigint[])] END,
       opened + interval '1 hour', CASE state WHEN 'closed' THEN opened + interval '2 days' END,
       CASE state WHEN 'closed' THEN opened + interval '9 days' END, 0, 3, opened + interval '1 day', 3600, 0,
       0, 0, 0, 6, opened + interval '2 days', due, due, due
FROM (
    SELECT i, now() - (i %% 700) * interval '1 day' - (i %% 86400) * interval '1 second' AS opened,
           CASE WHEN i %% %(open_every)s <> 0 THEN 'closed' WHEN i %% 4 = 0 THEN 'waiting_customer' WHEN i %% 9 = 0 THEN 'paused'
                ELSE 'waiting_us' END AS state,
           CASE WHEN i %% %(open_every)s = 0 AND i %% 9 <> 0 AND i %% 4 <> 0
                THEN now() + ((i %% 4000) - 1000) * interval '1 minute' END AS due
    FROM generate_series(%(from)s, %(to)s) i
) made
"""


def run(report: Report, *, tickets: int) -> None:
    """`tickets` tickets with one in ten open, and again with all of them open."""
    for open_every, what in ((10, "one in ten open"), (1, "all open")):
        shop, agent = _shop(tickets, open_every)
        say(f"  {tickets:,} tickets, {what}")
        counts = [_timed(partial(view_counts, shop, agent)) for _ in range(20)]
        report.below(f"inbox counts, p95 of SQL, {what}", percentile(counts, 0.95), "ms", least=50)
        pages = [took for _name, took in _pages(shop, agent)]
        report.below(f"inbox page, p95 of SQL, {what}", percentile(pages, 0.95), "ms", least=50)
        found = [took for _name, took in _searches(shop)]
        report.below(f"inbox search, p95 of SQL, {what}", percentile(found, 0.95), "ms", least=50)
    shop, _agent = _shop(tickets, 10)
    opened = [_timed(lambda ticket=each: thread_of(get_ticket(shop, id=ticket))) for each in _some(shop)]  # type: ignore[misc]
    report.below("ticket and thread, p95 of SQL", percentile(opened, 0.95), "ms", least=50)
    _openings(report, shop)


def _openings(report: Report, shop: Merchant) -> None:
    """Tickets a minute through the API, every one routed, promised and assigned."""
    key, run, count = make_key(shop, "tickets:write"), secrets.token_hex(4), itertools.count()
    first = Customer.objects.filter(merchant=shop).order_by("pk").values_list("pk", flat=True)[0]

    def request() -> bytes:
        n = next(count)
        ticket = {
            "customer": {"id": public_id("cus", first + n * 7_919 % MEMBERS)}, "subject": "茶罐裂了",
            "body": "收到时茶罐已经裂了，请补发。", "reference": f"{run}-{n}",
        }  # fmt: skip
        body = json.dumps(ticket, ensure_ascii=False).encode()
        return (
            f"POST /api/v1/tickets HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nAuthorization: Bearer {key}\r\n"
            f"Idempotency-Key: {secrets.token_hex(12)}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    with web(os.environ["DATABASE_URL"], os.environ["REDIS_URL"]) as (address, _master):
        load = drive(address, request, connections=8, seconds=10, warm_up=2)
    if load.failures or set(load.statuses) != {201}:
        raise RuntimeError(f"Answers {load.statuses}")
    report.above("tickets opened a minute by API", load.rate * 60, "a minute", least=2000)
    report.below("a ticket opened by API, p95", percentile(load.latencies_ms, 0.95), "ms", least=500)


def _shop(tickets: int, open_every: int) -> tuple[Merchant, Membership]:
    """The shop with its tickets, made once and kept."""
    shop = members_shop(f"bench-desk-{tickets}-{open_every}", MEMBERS, due=False)
    open_desk(shop, by=SYSTEM)
    agents = list(Membership.objects.filter(merchant=shop, role="support").order_by("pk"))
    while len(agents) < AGENTS:
        staff = make_staff(f"agent{len(agents)}@{shop.slug}.example", f"Agent {len(agents)}", shop=shop, role="support")
        agents.append(Membership.objects.get(merchant=shop, staff=staff))
    known = Ticket.objects.filter(merchant=shop, reference__startswith="bench-").count()
    if known < tickets:
        _fill(shop, agents, known + 1, tickets, open_every)
    return shop, agents[0]


def _fill(shop: Merchant, agents: list[Membership], first: int, last: int, open_every: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM customers_customer WHERE merchant_id = %s", [shop.pk])
        given: dict[str, Any] = {
            "merchant": shop.pk, "first": cursor.fetchone()[0], "members": MEMBERS, "open_every": open_every,
            "agents": [each.pk for each in agents],
        }  # fmt: skip
        cursor.execute("SELECT array_agg(id) FROM aftersales_ticketcategory WHERE merchant_id = %s", [shop.pk])
        given["categories"] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT jsonb_object_agg(category, id)::text FROM aftersales_ticketstatus WHERE merchant_id = %s AND is_default",
            [shop.pk],
        )
        given["statuses"] = cursor.fetchone()[0]
        started = time.perf_counter()
        for begin in range(first, last + 1, 100_000):
            cursor.execute(_FILL, given | {"from": begin, "to": min(begin + 99_999, last)})
            say(f"    {min(begin + 99_999, last):>9,} tickets, {time.perf_counter() - started:.0f} s")
        cursor.execute(
            "INSERT INTO aftersales_ticketcounter (merchant_id, last_number) VALUES (%s, %s) "
            "ON CONFLICT (merchant_id) DO UPDATE SET last_number = EXCLUDED.last_number",
            [shop.pk, last],
        )
        cursor.execute("VACUUM ANALYZE aftersales_ticket")


def _pages(shop: Merchant, agent: Membership) -> list[tuple[str, float]]:
    """Every view's first pages, and the usual filters, as the list draws them."""
    lists = {name: (view.wanted, view.order) for name, view in views_for(shop, agent).items()}
    awake = views_for(shop, agent)["open"].wanted
    lists |= {
        "open by priority": (awake, "priority"),
        "open, latest first": (awake, "latest"),
        "urgent": (awake.narrowed(priorities=("urgent",)), "due"),
        "gold members": (awake.narrowed(tiers=("gold",)), "due"),
        "one channel": (awake.narrowed(channels=("wechat",)), "due"),
        "everything, newest first": (InboxFilter(), "newest"),
        "closed": (InboxFilter(states=("closed",)), "latest"),
    }
    taken = []
    for name, (wanted, order) in lists.items():
        request = HttpRequest()
        request.merchant = shop  # type: ignore[attr-defined]
        request.path = "/bench"
        for page in range(PAGES):
            seen: list[Any] = []
            took = _timed(
                lambda wanted=wanted, order=order, request=request, seen=seen: seen.append(  # type: ignore[misc]
                    list_page(request, inbox(shop, wanted), order=ORDERS[order])
                )
            )
            taken.append((f"{name}, page {page + 1}", took))
            request.GET = QueryDict(urlencode({"after": seen[0].next_cursor}))
    for name, took in sorted(taken, key=lambda each: -each[1])[:6]:
        say(f"      {name:<40}{took:8.2f} ms")
    return taken


def _searches(shop: Merchant) -> list[tuple[str, float]]:
    texts = (
        "茶罐裂了",
        "茶罐",
        "收到",
        "7777",
        "#4242",
        "积分 少了",
        "9972",
        "礼盒晚到",
        "没有这个",
        "0000004242",
        "快递还没有到 17",
    )
    awake = InboxFilter(states=("waiting_us", "waiting_customer", "paused"))
    taken = []
    for text in texts:
        for wanted in (InboxFilter(text=text), awake.narrowed(text=text)):
            taken.append((text, _timed(lambda wanted=wanted: list(inbox(shop, wanted).order_by("due_at", "id")[:51]))))  # type: ignore[misc]
    for name, took in sorted(taken, key=lambda each: -each[1])[:4]:
        say(f"      search {name:<33}{took:8.2f} ms")
    return taken


def _some(shop: Merchant) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM aftersales_ticket WHERE merchant_id = %s", [shop.pk])
        low, high = cursor.fetchone()
    chance = random.Random(7)
    wanted = [chance.randrange(low, high) for _ticket in range(60)]
    return list(Ticket.objects.filter(merchant=shop, pk__in=wanted).values_list("pk", flat=True))


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds that the statements of `work` took, as seen from here."""
    taken = 0.0

    def watch(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        nonlocal taken
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            taken += (time.perf_counter() - started) * 1000

    with connection.execute_wrapper(watch):
        work()
    return taken


if __name__ == "__main__":
    call_command("migrate", verbosity=0, skip_checks=True)
    figures = Report()
    run(figures, tickets=int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    figures.print()
