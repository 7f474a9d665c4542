"""Whatever arrives, the answer is a problem that says what is wrong: never a fault of ours, never a trace."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from commerce.models import Order
from customers.models import Customer
from merchants.models import Merchant
from tests.api.till import Till, an_order, cus

DEEP = b'{"number":' + b"[" * 10_000 + b"]" * 10_000 + b"}"


def body_with(carla: Customer, **raw: str) -> bytes:
    """An order's JSON with some values written exactly as given, valid JSON or not."""
    body = json.dumps(an_order("A-1", carla) | dict.fromkeys(raw, "@"), ensure_ascii=True)
    for name, text in raw.items():
        body = body.replace(f'"{name}": "@"', f'"{name}": {text}')
    return body.encode()


BODIES: dict[str, tuple[str, int, str]] = {
    "not a number": ("NaN", 422, "invalid"),
    "beyond a double": ("1e400", 422, "invalid"),
    "beyond 64 bits": (str(2**63), 422, "invalid"),
    "endless digits": ("9" * 5000, 400, "malformed_json"),
    "minus zero point five": ("-0.5", 422, "invalid"),
    "text for a number": ('"12"', 422, "invalid"),
    "truth for a number": ("true", 422, "invalid"),
    "a list": ("[]", 422, "invalid"),
    "nothing": ("", 400, "malformed_json"),
}


@pytest.mark.parametrize(("text", "status", "code"), BODIES.values(), ids=BODIES.keys())
def test_amounts_that_are_none_are_refused(
    till: Till, aroma: Merchant, carla: Customer, text: str, status: int, code: str
) -> None:
    answer = till.raw("POST", "/orders", body_with(carla, shipping_minor=text))

    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not Order.objects.filter(merchant=aroma).exists()


TEXTS: dict[str, tuple[str, int]] = {
    "a NUL": (r'"A\u0000B"', 422),
    "half a surrogate pair": (r'"A\ud800"', 400),
    "a raw control character": ('"A\x07"', 400),
    "blanks around": ('" A-1 "', 422),
    "nothing but a line break": (r'"\n"', 422),
    "too long": (json.dumps("A" * 65), 422),
}


@pytest.mark.parametrize(("text", "status"), TEXTS.values(), ids=TEXTS.keys())
def test_order_numbers_that_cannot_be_are_refused(
    till: Till, aroma: Merchant, carla: Customer, text: str, status: int
) -> None:
    answer = till.raw("POST", "/orders", body_with(carla, number=text))

    assert answer.status_code == status
    assert not Order.objects.filter(merchant=aroma).exists()


WIRE: dict[str, tuple[bytes, dict[str, str], int]] = {
    "ten thousand levels deep": (DEEP, {}, 400),
    "deep, with a NUL": (DEEP.replace(b"[]", rb'["\u0000"]'), {}, 400),
    "half an order": (b'{"number": "A-1"', {}, 400),
    "no body": (b"", {}, 415),
    "a list": (b"[]", {}, 422),
    "null": (b"null", {}, 422),
    "bytes of no encoding": (b'{"number": "\xff\xfe"}', {}, 400),
    "GB18030": ('{"number": "订单"}'.encode("gb18030"), {"content_type": "application/json; charset=gb18030"}, 400),
    "UTF-16": ('{"number": "A-1"}'.encode("utf-16"), {"content_type": "application/json; charset=utf-16"}, 400),
    "a form": (b"number=A-1", {"content_type": "application/x-www-form-urlencoded"}, 415),
    "compressed": (gzip.compress(b'{"number": "A-1"}'), {"content_encoding": "gzip"}, 415),
    "a key twice": (b'{"number": "A-1", "number": "A-2"}', {}, 422),
    "an empty key": (b'{"": 1}', {}, 422),
}


@pytest.mark.parametrize(("body", "sent", "status"), WIRE.values(), ids=WIRE.keys())
def test_bodies_that_are_no_order_are_refused(
    till: Till, aroma: Merchant, body: bytes, sent: dict[str, str], status: int
) -> None:
    answer = till.raw("POST", "/orders", body, **sent)

    assert answer.status_code == status, answer.content
    assert {"type", "title", "status", "detail", "code", "request_id"} <= json.loads(answer.content).keys()
    assert not Order.objects.filter(merchant=aroma).exists()


@pytest.mark.parametrize(
    "path",
    [
        "/orders/ord_%00",
        "/orders/ord_%F0%9F%8D%B5",
        "/orders/" + "9" * 500,
        "/orders/-1/refunds",
        "/customers/cus_%ED%A0%80/account",
        "/customers/by-external/shop%00ify/1",
        "/customers/by-external/shopify/%00",
        "/entries/ent_zzzzzzzzzzzzzzzzzzzzzzzz",
        "/nowhere",
    ],
)
def test_addresses_that_lead_nowhere_say_so(till: Till, path: str) -> None:
    assert till.raw("GET", path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=1e9", "limit=", "limit=101", "limit=%00", "cursor=x", "cursor=%00", "status=lost", "customer=cus_1",
        "number=%00", "placed_from=yesterday", "placed_from=2026-11-02T00:00:00", "placed_from=0001-01-01T00:00:00Z",
        "placed_from=9999-12-31T23:59:59Z", "colour=green", "number=" + "A" * 65,
    ],
)  # fmt: skip
def test_filters_that_cannot_be_are_refused(till: Till, query: str) -> None:
    answer = till.raw("GET", f"/orders?{query}")

    assert answer.status_code == (404 if query == "customer=cus_1" else 422), answer.content


def test_a_batch_may_hold_anything_and_still_answers_item_by_item(till: Till, aroma: Merchant, carla: Customer) -> None:
    items: list[Any] = [None, 7, [], {}, "A-1", {"number": 1e308}, an_order("A-1", carla)]

    status, answer = till.post("/orders/batch", {"orders": items})

    assert status == 200
    assert [result["status"] for result in answer["results"]] == [422, 422, 422, 422, 422, 422, 201]
    raw = till.raw("POST", "/orders/batch", b'{"orders": [{"shipping_minor": 1e400}, {"shipping_minor": NaN}]}')
    assert [result["status"] for result in json.loads(raw.content)["results"]] == [422, 422]


def test_an_amount_beyond_what_can_be_stored_is_refused(till: Till, aroma: Merchant, carla: Customer) -> None:
    line = {"unit_price_minor": 10**12, "quantity": 1_000_000}

    status, _ = till.post("/orders", an_order("A-1", carla) | {"lines": [line] * 1000})

    assert status == 422
    assert not Order.objects.filter(merchant=aroma).exists()
    assert till.post(f"/customers/{cus(carla)}/holds", {"points": 2**63, "reference": "x"})[0] == 422
    assert till.post(f"/customers/{cus(carla)}/grants", {"points": 10**8, "reference": "x"})[0] == 422


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_taken_says_so(till: Till, method: str) -> None:
    assert till.raw(method, "/orders").status_code == 405


@pytest.mark.parametrize("key", [" ", "a b", "schlüssel", "x" * 256, "a\tb"])
def test_an_idempotency_key_that_is_none_is_refused(till: Till, aroma: Merchant, carla: Customer, key: str) -> None:
    status, problem = till.post("/orders", an_order("A-1", carla), idempotency_key=key)

    assert (status, problem["code"]) == (400, "idempotency_key_malformed")
    assert not Order.objects.filter(merchant=aroma).exists()
