"""Requests over HTTP beside their witnesses, in interleaved rounds: everything included, synchronous_commit on."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection
from psycopg2.extensions import cursor as plain_cursor

from commerce.actions.catalogue import NewProduct, add_products
from customers.models import Customer
from loyalty.models import ProgrammeVersion
from merchants.clock import world_now
from merchants.frames.public_ids import public_id
from merchants.models import Merchant
from tests.benchmarks import witnesses
from tests.benchmarks.members import members_shop
from tests.benchmarks.report import Report, percentile, say
from tests.benchmarks.web import memory_mb, science_in, web, workers_of
from tests.benchmarks.wire import Load, drive
from tests.benchmarks.witnesses import BATCH, EARN, READ, SPEND, Ground, pgbench
from tests.cast import make_key

MEMBERS = 100_000
BATCH_ORDERS = 500


@dataclass(slots=True)
class Requests:
    """Ready-made requests of one shop. Every order number, reference and idempotency key is new."""

    shop: Merchant
    ground: Ground
    key: str
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    count: itertools.count[int] = field(default_factory=itertools.count)

    def customer(self, n: int) -> str:
        # A stride through all members: neighbours in time are no neighbours in the tables.
        return public_id("cus", self.ground.first + n * 7_919 % self.ground.members)

    def order(self, n: int, customer: str) -> dict[str, object]:
        moment = world_now().isoformat(timespec="seconds")
        line = {"sku": "BENCH", "name": "绿茶", "category_path": "茶/绿茶", "quantity": 1, "unit_price_minor": 6150}
        return {
            "number": f"{self.run}-{n}", "customer": {"id": customer}, "currency": "CNY", "placed_at": moment,
            "paid_at": moment, "lines": [line, line | {"unit_price_minor": 6150}],
        }  # fmt: skip

    def earn(self, hot: bool = False) -> bytes:
        n = next(self.count)
        return self._post("/api/v1/orders", self.order(n, self.customer(0 if hot else n)))

    def spend(self, hot: bool = False) -> bytes:
        n = next(self.count)
        body = {"points": 1, "reference": f"{self.run}-{n}", "capture": True}
        return self._post(f"/api/v1/customers/{self.customer(0 if hot else n)}/holds", body)

    def balance(self) -> bytes:
        return self._head("GET", f"/api/v1/customers/{self.customer(next(self.count))}/account") + b"\r\n"

    def batch(self) -> bytes:
        ns = [next(self.count) for _ in range(BATCH_ORDERS)]
        return self._post("/api/v1/orders/batch", {"orders": [self.order(n, self.customer(n)) for n in ns]})

    def _post(self, path: str, document: object) -> bytes:
        body = json.dumps(document, ensure_ascii=False).encode()
        key = f"Idempotency-Key: {secrets.token_hex(12)}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return self._head("POST", path) + key.encode() + b"\r\n" + body

    def _head(self, method: str, path: str) -> bytes:
        return (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\n"
            f"Authorization: Bearer {self.key}\r\n"
        ).encode()


def prepare() -> Requests:
    witnesses.create_functions()
    shop = members_shop("bench-http", MEMBERS, due=False, rich=1_000_000)
    product = add_products(shop, [NewProduct("BENCH", "绿茶", "茶/绿茶", "", 6150)])["BENCH"]
    version = ProgrammeVersion.objects.get(merchant=shop, state="published").pk
    first = Customer.objects.filter(merchant=shop).order_by("pk").values_list("pk", flat=True)[0]
    return Requests(shop, Ground(shop.pk, first, MEMBERS, product, version), make_key(shop))


def run(report: Report, *, rounds: int, seconds: float) -> None:
    requests = prepare()
    database, redis = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    _statements(report, requests)
    with web(database, redis) as (address, master):
        _rounds(report, requests, address, rounds=rounds, seconds=seconds)
        _latencies(report, requests, address, seconds=seconds)
        worker = max(workers_of(master), key=memory_mb)
        report.below("memory of a web worker after all this", memory_mb(worker), "MB", least=200)
        report.below("science packages in it", len(science_in(worker)), str(science_in(worker)), least=0)


@dataclass(frozen=True, slots=True)
class Pair:
    """A witness and the product doing the same. `worth`: orders in one transaction of each."""

    what: str
    witness: str
    script: str
    make: Callable[[], bytes]
    clients: int  # of the witness
    connections: int
    least: float
    aim: float
    hot: bool = False
    simple: bool = False
    worth: tuple[int, int] = (1, 1)


def _pairs(requests: Requests) -> list[Pair]:
    r = requests
    return [
        Pair("POST /orders", "W1", EARN, r.earn, 4, 16, 0.25, 0.45),
        Pair("POST /customers/{id}/holds, captured", "W2", SPEND, r.spend, 4, 16, 0.30, 0.45),
        Pair("POST /orders, one hot member", "W1 hot", EARN, lambda: r.earn(hot=True), 16, 16, 0.5, 0.65, hot=True),
        Pair("spend, one hot member", "W2 hot", SPEND, lambda: r.spend(hot=True), 16, 16, 0.5, 0.65, hot=True),
        Pair("GET /customers/{id}/account", "W3", READ, r.balance, 16, 16, 0.12, 0.30, simple=True),
        Pair("POST /orders/batch, 500 each (orders)", "W4", BATCH, r.batch, 4, 4, 0.5, 0.8, worth=(100, BATCH_ORDERS)),
    ]


def _rounds(report: Report, requests: Requests, address: tuple[str, int], *, rounds: int, seconds: float) -> None:
    """Witness and product take turns second by second, so that both see the same weather."""
    pairs = _pairs(requests)
    seen: dict[str, list[tuple[float, float]]] = {pair.what: [] for pair in pairs}
    for n in range(rounds):
        say(f"  round {n + 1} of {rounds}, load {os.getloadavg()[0]:.1f}")
        for pair in pairs:
            witness, product = 0.0, 0.0
            slices = max(1, round(seconds))
            for _ in range(slices):
                witness += pgbench(
                    pair.script, requests.ground, clients=pair.clients, seconds=1, hot=pair.hot, simple=pair.simple
                )
                load = drive(address, pair.make, connections=pair.connections, seconds=1, warm_up=0.2)
                if load.failures or any(status >= 300 for status in load.statuses):
                    raise RuntimeError(f"{pair.what}: answers {load.statuses}")
                product += load.rate
            rates = (product / slices * pair.worth[1], witness / slices * pair.worth[0])
            seen[pair.what].append(rates)
            say(
                f"    {pair.what:<40}{rates[0]:>9,.0f}/s {pair.witness:>7}{rates[1]:>9,.0f}/s {rates[0] / rates[1]:>6.2f}"
            )
    for pair in pairs:
        products, others = zip(*seen[pair.what], strict=True)
        report.rate(pair.what, products, pair.witness, others, least=pair.least, aim=pair.aim)
    batches = statistics.median(rate for rate, _ in seen["POST /orders/batch, 500 each (orders)"])
    report.above("the same, absolute", batches, "orders/s", least=3000)


def _latencies(report: Report, requests: Requests, address: tuple[str, int], *, seconds: float) -> None:
    for what, make in (("earn", requests.earn), ("spend", requests.spend)):
        for connections, least in ((4, 15), (64, 60)):
            load: Load = drive(address, make, connections=connections, seconds=seconds)
            p50, p99 = percentile(load.latencies_ms, 0.5), percentile(load.latencies_ms, 0.99)
            say(f"    {what} at {connections}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {load.failures} failures")
            report.below(f"{what} p99 at {connections} connections", p99, "ms", least=least)


class _Counted(plain_cursor):
    """Counts what goes to the server."""

    sent: list[str] = []

    def execute(self, query: object, values: object = None) -> None:
        self.sent.append(str(query))
        super().execute(query, values)  # type: ignore[arg-type]

    def copy_expert(self, sql: str, file: object, size: int = 8192) -> None:  # type: ignore[override]
        self.sent.append(sql)
        super().copy_expert(sql, file, size)  # type: ignore[arg-type]


def _statements(report: Report, requests: Requests) -> None:
    """Statements of one request in a warm process, the transaction's own begin and end not counted."""
    from django.test import Client

    client = Client(
        headers={"X-Forwarded-Proto": "https", "Authorization": f"Bearer {requests.key}"}, SERVER_NAME="127.0.0.1"
    )
    connection.ensure_connection()
    connection.connection.cursor_factory = _Counted
    for what, make, least in (
        ("earn", requests.earn, 8), ("spend", requests.spend, 6), ("balance", requests.balance, 2),
    ):  # fmt: skip
        for _ in range(2):
            head, _, body = make().partition(b"\r\n\r\n")
            path = head.split()[1].decode()
            _Counted.sent.clear()
            if body:
                answer = client.post(
                    path, body, content_type="application/json", headers={"Idempotency-Key": secrets.token_hex(8)}
                )
            else:
                answer = client.get(path)
            if answer.status_code >= 300:
                raise RuntimeError(f"{what}: {answer.status_code} {answer.content[:500]!r}")
        for statement in _Counted.sent:
            say(f"      {' '.join(statement.split())[:110]}")
        report.below(f"SQL statements of {what}", len(_Counted.sent), "", least=least, aim=3 if least > 2 else None)
    connection.connection.cursor_factory = plain_cursor
