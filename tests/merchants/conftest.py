"""A caller of the probe API, and what it did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from events.actions.keys import issue_api_key
from events.facts import ShopOpened
from events.models import Event
from merchants.actions.valkey import valkey
from merchants.frames import limits
from merchants.models import SYSTEM, Merchant


@dataclass
class Caller:
    """Speaks to the probe API with one key."""

    secret: str
    address: str = "/api/v1/notes"

    def get(self, **query: Any) -> Any:
        return Client().get(self.address, query, headers=self._headers())

    def post(self, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return Client().post(
            self.address, raw, content_type="application/json",
            headers=self._headers() | {name.replace("_", "-"): value for name, value in headers.items()},
        )  # fmt: skip

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def make_caller(shop: Merchant, **changes: Any) -> Caller:
    known: dict[str, Any] = {"name": "till", "scopes": ["orders:read", "orders:write"]}
    return Caller(issue_api_key(shop, by=SYSTEM, **known | changes)[1])


def notes_of(shop: Merchant) -> list[str]:
    """The texts that had an effect, in order; the shop's own opening is not one."""
    events = Event.objects.filter(merchant=shop, type=ShopOpened.wire, actor_kind="api_key").order_by("pk")
    return [event.payload["name"] for event in events]


@pytest.fixture
def till(aroma: Merchant) -> Caller:
    return make_caller(aroma)


@pytest.fixture
def valkey_away(settings: Any) -> Iterator[None]:
    """Nothing answers at the shared memory's address."""
    address = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    valkey.cache_clear()
    limits._away_until = 0.0
    yield
    settings.REDIS_URL = address
    valkey.cache_clear()
    limits._away_until = 0.0
