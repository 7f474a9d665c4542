"""Searching one shop of a million customers: what it takes, in milliseconds of SQL.

    python -m loyalty_platform.embedded --dir var/bench run -- python -m tests.benchmarks.customers_search [ROWS]

Makes the shop once (surnames in the proportions of a real population, every phone and e-mail its own) and keeps it.
Then asks for each kind of text many times, common and rare ones, and prints median and 95th percentile of the time that
the statements took, as seen from here.
"""

from __future__ import annotations

import io
import random
import statistics
import sys
import time
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connection

from customers.queries import customer_ids_found, get_customer, standing_consents
from customers.rules.identity import luhn_digit
from customers.rules.search_keys import search_keys
from merchants.clock import world_now
from merchants.models import Merchant

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红兰建国文辉力小晓雨子涵梓轩宇浩欣怡思佳嘉俊博诗"
    "琪雪梅婷海燕志鹏飞云龙凤春夏秋冬天一然若溪可心安宁乐康健永福寿喜庆祥瑞"
)
FIRST = [
    "emma",
    "liam",
    "olivia",
    "noah",
    "ava",
    "lucas",
    "mia",
    "hugo",
    "carla",
    "jan",
    "lena",
    "paul",
    "rosa",
    "ivan",
]
LAST = ["mendes", "smith", "jones", "garcia", "miller", "schmidt", "rossi", "novak", "silva", "kim", "dubois", "larsen"]


@dataclass(frozen=True, slots=True)
class Times:
    search_p95_ms: float
    page_p95_ms: float


def main(rows: int) -> Times:
    call_command("migrate", verbosity=0)
    merchant, _ = Merchant.objects.get_or_create(
        slug=f"search-{rows}", defaults={"name": "Search", "created_at": world_now()}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_customer WHERE merchant_id = %s", [merchant.pk])
        if cursor.fetchone()[0] < rows:
            _fill(merchant, rows)
    return _report(merchant, rows)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _name(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return f"{rng.choice(FIRST).title()} {rng.choice(LAST).title()}"
    # A surname's share falls with its rank, as in life: the first three are a fifth of everybody.
    surname = SURNAMES[min(int(rng.paretovariate(0.9)) - 1, len(SURNAMES) - 1)]
    return surname + "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2, 2))))


def _fill(merchant: Merchant, rows: int) -> None:
    rng = random.Random(7)  # the same shop each time
    moment = world_now().isoformat()
    columns = (
        "merchant_id, number, name, name_pinyin, name_initials, search_text, phone, email, birthday_calendar, "
        "birthday_is_leap_month, gender, language, country, region, city, address, postcode, custom, source, "
        "joined_at, created_at, updated_at"
    )
    started = time.perf_counter()
    for first in range(0, rows, 50_000):
        lines = []
        for index in range(first, min(first + 50_000, rows)):
            name, body = _name(rng), f"{100_000_000 + index * 7919 % 900_000_000}"
            email = f"{rng.choice(FIRST)}{index}@example.com" if rng.random() < 0.6 else ""
            keys = search_keys(name, email)
            phone = f"+861{rng.choice('3589')}{rng.randrange(10)}{index * 6151 % 100_000_000:08d}"
            lines.append(
                f"{merchant.pk}\t{body}{luhn_digit(body)}\t{name}\t{keys.pinyin}\t{keys.initials}\t{keys.words}\t{phone}\t"
                f"{email}\tsolar\tf\tunknown\t\tCN\t\t\t\t\t{{}}\tbench\t{moment}\t{moment}\t{moment}\n"
            )
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY customers_customer ({columns}) FROM STDIN", io.StringIO("".join(lines)))
        _say(f"{first + len(lines):>9,} customers, {time.perf_counter() - started:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_customer")


def _asked(merchant: Merchant) -> dict[str, list[str]]:
    rng = random.Random(11)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, name, name_pinyin, name_initials, phone, email FROM customers_customer "
            "TABLESAMPLE SYSTEM (0.2) WHERE merchant_id = %s",
            [merchant.pk],
        )
        sample = cursor.fetchall()
    rng.shuffle(sample)
    some = sample[:60]
    chinese = [row for row in some if not row[1].isascii()]
    latin = [row for row in sample if row[1].isascii()][:60]
    return {
        "common surname": ["王", "李", "张"],
        "surname and one more": [row[1][:2] for row in chinese],
        "whole name": [row[1] for row in some],
        "given name only": [row[1][1:] for row in chinese],
        "one character inside": [row[1][-1] for row in chinese],
        "pinyin": [row[2] for row in some],
        "pinyin, beginning": ["wang", "li", "zhang", *(row[2][:5] for row in some)],
        "pinyin of the given name": [search_keys(row[1][1:]).pinyin for row in chinese],
        "initials": [row[3] for row in some],
        "family name after first": [row[1].split()[1] for row in latin],
        "both names, swapped": [" ".join(reversed(row[1].split())) for row in latin],
        "phone tail of 4": [row[4][-4:] for row in some],
        "phone, whole": [row[4][3:] for row in some],
        "e-mail": [row[5] for row in some if row[5]],
        "e-mail, beginning": ["emma", "liam1", *(row[5][:8] for row in some if row[5])],
        "number": [row[0] for row in some],
        "nobody": ["zzqqxx", "龘龘", "999999999999", "nobody@nowhere.test", "xq zz"],
    }


def _report(merchant: Merchant, rows: int) -> Times:
    _say(f"{rows:,} customers; milliseconds of SQL per search (median, p95, worst), 20 asked for")
    overall: list[float] = []
    for kind, texts in _asked(merchant).items():
        times = [_timed(merchant, text) for text in texts for _ in range(2)]
        overall += times
        _say(f"  {kind:<28}{statistics.median(times):7.2f}{_p95(times):8.2f}{max(times):8.2f}")
    _say(f"  {'all of them':<28}{statistics.median(overall):7.2f}{_p95(overall):8.2f}{max(overall):8.2f}")
    page = []
    for text in ("王伟", "emma1", "1234"):
        for pk in customer_ids_found(merchant, text, limit=10):
            started = time.perf_counter()
            standing_consents(get_customer(merchant, pk))
            page.append((time.perf_counter() - started) * 1000)
    _say(f"  {'customer and consents':<28}{statistics.median(page):7.2f}{_p95(page):8.2f}{max(page):8.2f}")
    return Times(_p95(overall), _p95(page))


def _timed(merchant: Merchant, text: str) -> float:
    taken = 0.0

    def watch(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        nonlocal taken
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            taken += (time.perf_counter() - started) * 1000

    with connection.execute_wrapper(watch):
        customer_ids_found(merchant, text)
    return taken


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, int(len(times) * 0.95) - 1)]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
