"""Lists by cursor: every row once, in order, both ways, nulls included; a foreign cursor opens nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from events.actions.keys import issue_api_key
from merchants.frames.cursors import Page, cursor_page, list_page
from merchants.frames.refusals import InvalidCursor
from merchants.models import SYSTEM, ApiKey, Merchant
from merchants.queries import api_keys_of
from tests.merchants.conftest import Caller, make_caller

ORDERS = [
    "-id",
    "id",
    ("name", "id"),
    ("-name", "-id"),
    ("last_used_at", "id"),
    ("-last_used_at", "-id"),
    ("-name", "id"),
]


@pytest.fixture
def keys(aroma: Merchant) -> list[ApiKey]:
    """Seven keys: two names, some never used, some used in the same microsecond."""
    moment = datetime(2026, 11, 22, 9, 5, 0, 123_456, tzinfo=UTC)
    used = [None, moment, moment, moment + timedelta(microseconds=1), None, moment - timedelta(days=1), None]
    keys = [issue_api_key(aroma, name=f"k{n % 2}", scopes=["orders:read"], by=SYSTEM)[0] for n in range(7)]
    for key, at in zip(keys, used, strict=True):
        ApiKey.objects.filter(merchant=aroma, pk=key.pk).update(last_used_at=at)
    return keys


def _request(shop: Merchant, path: str = "/x", **query: str) -> Any:
    request: Any = RequestFactory().get(path, query)
    request.merchant = shop
    return request


def _walk(shop: Merchant, order: Any, *, limit: int) -> list[Page[ApiKey]]:
    pages = [list_page(_request(shop), api_keys_of(shop).order_by(), order=order, limit=limit)]
    while pages[-1].next_cursor:
        request = _request(shop, after=pages[-1].next_cursor)
        pages.append(list_page(request, api_keys_of(shop).order_by(), order=order, limit=limit))
    return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("order", ORDERS)
def test_every_row_comes_once_and_in_order_and_back_again(
    order: Any, limit: int, aroma: Merchant, keys: list[ApiKey]
) -> None:
    fields = [order] if isinstance(order, str) else list(order)
    expected = [key.pk for key in api_keys_of(aroma).order_by(*fields)]
    pages = _walk(aroma, order, limit=limit)
    assert [key.pk for page in pages for key in page.rows] == expected
    assert pages[0].previous_cursor == ""
    seen = pages[-1]
    backwards = [seen.rows]
    while seen.previous_cursor:
        seen = list_page(_request(aroma, before=seen.previous_cursor), api_keys_of(aroma), order=order, limit=limit)
        backwards.insert(0, seen.rows)
    assert [key.pk for rows in backwards for key in rows] == expected


def test_a_row_that_arrives_meanwhile_shifts_nothing(aroma: Merchant, keys: list[ApiKey]) -> None:
    first = list_page(_request(aroma), api_keys_of(aroma), limit=3)
    issue_api_key(aroma, name="new", scopes=["orders:read"], by=SYSTEM)
    second = list_page(_request(aroma, after=first.next_cursor), api_keys_of(aroma), limit=3)
    assert [key.pk for key in second.rows] == [key.pk for key in reversed(keys)][3:6]


@pytest.mark.parametrize("elsewhere", [{"path": "/y"}, {"state": "dead"}, {"shop": "borough"}, {"cursor": "forged"}])
def test_a_cursor_of_another_list_is_refused(
    elsewhere: dict[str, str], aroma: Merchant, borough: Merchant, keys: list[ApiKey]
) -> None:
    cursor = cursor_page(_request(aroma, limit="3"), api_keys_of(aroma), present=lambda key: {})["next_cursor"]
    shop = borough if elsewhere.pop("shop", "") else aroma
    query = {"limit": "3", "cursor": cursor} | elsewhere
    request = _request(shop, query.pop("path", "/x"), **query)
    with pytest.raises(InvalidCursor):
        cursor_page(request, api_keys_of(shop), present=lambda key: {})


@pytest.mark.urls("tests.merchants.probe_urls")
@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "9" * 30, "٣"])
def test_a_limit_that_is_none_is_refused(limit: str, till: Caller) -> None:
    refused = till.get(limit=limit)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/limit"


@pytest.mark.urls("tests.merchants.probe_urls")
def test_the_api_says_whether_there_is_more(aroma: Merchant, till: Caller) -> None:
    for number in range(3):
        till.post({"text": str(number)})
    first = till.get(limit=2).json()
    assert [row["text"] for row in first["data"]] == ["2", "1"]
    assert first["has_more"] is True
    second = till.get(limit=2, cursor=first["next_cursor"]).json()
    assert [row["text"] for row in second["data"]] == ["0", "Aroma 茶铺"]
    assert (second["has_more"], second["next_cursor"]) == (False, None)
    other = make_caller(Merchant.objects.get(slug="borough"))
    assert other.get(limit=2, cursor=first["next_cursor"]).json()["code"] == "invalid_cursor"
