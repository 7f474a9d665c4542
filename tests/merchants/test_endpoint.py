"""The frame of the API: who may call, how often, in which language, and what a refusal looks like."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.actions.keys import issue_api_key, revoke_api_key, rotate_api_key
from events.actions.shops import create_sandbox, move_clock, update_settings
from events.models import Event
from merchants.clock import world_now
from merchants.models import SYSTEM, ApiKey, Merchant
from tests.merchants.conftest import Caller, make_caller, notes_of
from tests.parallel import in_parallel

pytestmark = [pytest.mark.urls("tests.merchants.probe_urls"), pytest.mark.django_db]


@pytest.mark.parametrize("secret", ["", "nonsense", "lk_live_" + "x" * 40, "lk_live_short"])
def test_without_a_known_key_nobody_enters(secret: str, aroma: Merchant) -> None:
    refused = Caller(secret).get()
    assert refused.status_code == 401
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "unauthenticated"
    assert "Bearer" in refused.headers["WWW-Authenticate"]


def test_a_key_reaches_its_own_shop_and_no_other(till: Caller, aroma: Merchant, borough: Merchant) -> None:
    assert till.post({"text": "hello"}).status_code == 201
    assert notes_of(aroma) == ["hello"]
    assert notes_of(borough) == []


def test_a_key_without_the_scope_is_told_which_one_it_lacks(aroma: Merchant) -> None:
    reader = make_caller(aroma, scopes=["orders:read"])
    refused = reader.post({"text": "hello"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert refused.json()["scope"] == "orders:write"
    assert notes_of(aroma) == []


def test_a_revoked_key_is_refused_at_the_next_request(aroma: Merchant, django_capture_on_commit_callbacks: Any) -> None:
    key, secret = issue_api_key(aroma, name="till", scopes=["orders:read"], by=SYSTEM)
    assert Caller(secret).get().status_code == 200  # now it is cached in this process
    with django_capture_on_commit_callbacks(execute=True):
        revoke_api_key(key, by=SYSTEM)
    refused = Caller(secret).get()
    assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked")


def test_a_rotated_key_works_beside_its_successor_until_its_time(aroma: Merchant, time_machine: Any) -> None:
    key, old = issue_api_key(aroma, name="till", scopes=["orders:read"], by=SYSTEM)
    successor, new = rotate_api_key(key, overlap=timedelta(hours=1), by=SYSTEM)
    assert Caller(old).get().status_code == Caller(new).get().status_code == 200
    time_machine.move_to(world_now() + timedelta(hours=2))
    expired = Caller(old).get()
    assert (expired.status_code, expired.json()["code"]) == (401, "key_expired")
    assert Caller(new).get().status_code == 200
    assert successor.scopes == ["orders:read"]


def test_a_warm_caller_costs_no_sql(till: Caller) -> None:
    till.get()
    with CaptureQueriesContext(connection) as queries:
        till.get()
    assert len(queries) == 1  # the list itself


def test_the_last_use_is_written_at_most_once_a_minute(till: Caller, aroma: Merchant, time_machine: Any) -> None:
    time_machine.move_to("2026-11-22T09:00:00+00:00", tick=False)
    till.get()
    first = ApiKey.objects.get(merchant=aroma).last_used_at
    time_machine.move_to("2026-11-22T09:00:59+00:00", tick=False)
    till.get()
    assert ApiKey.objects.get(merchant=aroma).last_used_at == first
    time_machine.move_to("2026-11-22T09:01:01+00:00", tick=False)
    till.get()
    assert ApiKey.objects.get(merchant=aroma).last_used_at == world_now()


def test_a_test_key_acts_on_the_twin_and_says_so(aroma: Merchant) -> None:
    twin = create_sandbox(aroma, by=SYSTEM)
    tester = make_caller(twin)
    assert tester.secret.startswith("lk_test_")
    answer = tester.post({"text": "try"})
    assert answer.headers["X-Livemode"] == "false"
    assert notes_of(twin) == ["try"]
    assert notes_of(aroma) == []
    assert make_caller(aroma).get().headers["X-Livemode"] == "true"


def test_a_moved_clock_and_changed_settings_are_seen_at_once(
    aroma: Merchant, django_capture_on_commit_callbacks: Any
) -> None:
    twin = create_sandbox(aroma, by=SYSTEM)
    tester = make_caller(twin)
    tester.get()
    with django_capture_on_commit_callbacks(execute=True):
        move_clock(twin, forward=timedelta(days=30), by=SYSTEM)
        update_settings(twin, language="en", by=SYSTEM)
    tester.post({"text": "later"})
    from_then = [event.occurred_at - event.recorded_at for event in _events(twin)]
    assert from_then[-1] > timedelta(days=29)
    assert tester.get().headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("en", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"), ("de, en;q=0.5", "en"), ("", "zh-hans"), ("xx", "zh-hans")],
)
def test_it_speaks_the_language_that_was_asked_for(asked: str, spoken: str, till: Caller) -> None:
    refused = till.post({}, **({"accept_language": asked} if asked else {}))
    assert refused.headers["Content-Language"] == spoken


def test_every_fault_is_named_with_its_pointer(till: Caller, aroma: Merchant) -> None:
    refused = till.post({"points": 0, "extra": True}, accept_language="en")
    assert refused.status_code == 422
    body = refused.json()
    assert body["code"] == "invalid"
    assert {(fault["pointer"], fault["code"]) for fault in body["errors"]} == {
        ("/text", "required"), ("/points", "too_small"), ("/extra", "unknown_field"),
    }  # fmt: skip
    assert "This must be at least 1." in [fault["detail"] for fault in body["errors"]]
    assert body["request_id"] == refused.headers["X-Request-Id"]
    assert notes_of(aroma) == []


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        ("{", 400, "malformed_json"),
        (" ", 400, "malformed_json"),
        ('{"text": "\\u0000"}', 422, "invalid"),
        ('{"text": "a", "points": 1e400}', 422, "invalid"),
        ('{"text": "a", "points": NaN}', 422, "invalid"),
        ("[]", 422, "invalid"),
        ('{"text": "\\ud800"}', 400, "malformed_json"),
        ("[" * 5000, 400, "malformed_json"),
        (b'{"text": "\xff"}', 400, "malformed_json"),
    ],
)
def test_what_cannot_be_read_is_refused_and_never_a_fault_of_ours(
    raw: str | bytes, status: int, code: str, till: Caller, aroma: Merchant
) -> None:
    refused = till.post(raw)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert notes_of(aroma) == []


def test_a_refusal_leaves_nothing_behind(till: Caller, aroma: Merchant) -> None:
    refused = till.post({"text": "refuse"})
    assert (refused.status_code, refused.json()["code"], refused.json()["left"]) == (409, "last_owner", 1)
    field = till.post({"text": "field"})
    assert field.json()["errors"] == [{"pointer": "/text", "code": "never", "detail": "No."}]
    assert notes_of(aroma) == []


def test_an_unforeseen_fault_is_a_problem_with_a_request_id_and_no_effect(till: Caller, aroma: Merchant) -> None:
    failed = till.post({"text": "break"})
    assert (failed.status_code, failed.json()["code"]) == (500, "internal_fault")
    assert failed.json()["request_id"]
    assert "nobody foresaw" not in failed.content.decode()
    assert notes_of(aroma) == []


def test_other_methods_and_other_addresses_are_problems_too(till: Caller, client: Any) -> None:
    wrong = client.delete("/api/v1/notes", headers={"Authorization": f"Bearer {till.secret}"})
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    nowhere = client.get("/api/v1/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")


def test_the_bucket_empties_and_says_when_to_come_back(aroma: Merchant) -> None:
    slow = make_caller(aroma, requests_per_minute=3)
    slow.get()  # the first request of a process does not know the key's own limit yet
    answers = [slow.get() for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    assert int(refused[-1].headers["Retry-After"]) in range(1, 21)
    assert refused[-1].json()["code"] == "rate_limited"


@pytest.mark.django_db(transaction=True)
def test_callers_at_once_share_one_bucket(aroma: Merchant) -> None:
    busy = make_caller(aroma, requests_per_minute=10)
    busy.get()
    statuses = in_parallel(lambda _: busy.get().status_code, times=40, threads=8)
    assert statuses.count(200) in (9, 10, 11)  # one token comes back every six seconds
    assert statuses.count(429) == 40 - statuses.count(200)


@pytest.mark.usefixtures("valkey_away")
def test_without_the_shared_memory_the_till_goes_on_and_revocation_still_holds(aroma: Merchant) -> None:
    key, secret = issue_api_key(aroma, name="till", scopes=["orders:read"], by=SYSTEM)
    answer = Caller(secret).get()
    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers
    revoke_api_key(key, by=SYSTEM)
    assert Caller(secret).get().status_code == 401


def _events(shop: Merchant) -> list[Event]:
    return list(Event.objects.filter(merchant=shop, actor_kind="api_key").order_by("pk"))
