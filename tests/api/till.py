"""A caller of the API, as an integrator writes one: a key, JSON, and what came back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from merchants.frames.public_ids import public_id

NOON = "2026-11-02T12:00:00+08:00"


@dataclass(frozen=True, slots=True)
class Till:
    """Calls `/api/v1` with one key. Every method answers (status, JSON)."""

    secret: str

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        return self.send("PATCH", path, body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = self.raw(method, path, b"" if body is None else json.dumps(body).encode(), **headers)
        return answer.status_code, json.loads(answer.content)

    def raw(
        self, method: str, path: str, body: bytes = b"", content_type: str = "application/json", **headers: str
    ) -> HttpResponse:
        """The response itself; `headers` in Python's spelling: idempotency_key="k1"."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: Any = Client(raise_request_exception=False).generic(
            method,
            f"/api/v1{path}",
            body,
            content_type,
            headers={"Authorization": f"Bearer {self.secret}", "Accept-Language": "en", **given},
        )
        assert isinstance(answer, HttpResponse)
        return answer


def an_order(number: str, customer: Customer | None, *yuan: int, **more: Any) -> dict[str, Any]:
    """A paid order of Aroma's, one line for each amount in whole yuan (100 when none is given)."""
    return {
        "number": number,
        "customer": None if customer is None else {"id": cus(customer)},
        "currency": "CNY",
        "placed_at": NOON,
        "paid_at": NOON,
        "lines": [
            {"sku": f"SKU-{n}", "name": f"Tea {n}", "category_path": "茶/绿茶", "unit_price_minor": each * 100}
            for n, each in enumerate(yuan or (100,))
        ],
    } | more


def cus(customer: Customer) -> str:
    return public_id("cus", customer.pk)


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Everything sent to PostgreSQL meanwhile, COPY included, which Django's own capture does not see."""
    sent: list[str] = []
    copy = CursorWrapper.__getattr__

    def watched(cursor: CursorWrapper, name: str) -> Any:
        if name == "copy_expert":
            sent.append("COPY")
        return copy(cursor, name)

    with patch.object(CursorWrapper, "__getattr__", watched), CaptureQueriesContext(connection) as captured:
        yield sent
    sent.extend(query["sql"] for query in captured.captured_queries)
