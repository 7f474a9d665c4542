"""Saying it twice does it once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from merchants.clock import world_now
from merchants.models import IdempotencyRecord, Merchant
from merchants.tasks import prune_idempotency
from tests.merchants.conftest import Caller, make_caller, notes_of
from tests.parallel import in_parallel

pytestmark = [pytest.mark.urls("tests.merchants.probe_urls"), pytest.mark.django_db]


def test_the_same_request_twice_is_answered_twice_and_done_once(till: Caller, aroma: Merchant) -> None:
    first = till.post({"text": "pay"}, idempotency_key="k1")
    second = till.post({"text": "pay"}, idempotency_key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert notes_of(aroma) == ["pay"]


def test_another_body_under_the_same_key_is_refused(till: Caller, aroma: Merchant) -> None:
    till.post({"text": "pay"}, idempotency_key="k1")
    other = till.post({"text": "more"}, idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert notes_of(aroma) == ["pay"]


def test_a_rival_may_use_the_same_key(till: Caller, aroma: Merchant, borough: Merchant) -> None:
    till.post({"text": "ours"}, idempotency_key="k1")
    assert make_caller(borough).post({"text": "theirs"}, idempotency_key="k1").status_code == 201
    assert (notes_of(aroma), notes_of(borough)) == (["ours"], ["theirs"])


@pytest.mark.parametrize("text", ["refuse", "break", "x" * 21])
def test_what_was_refused_or_failed_is_not_remembered(text: str, till: Caller, aroma: Merchant) -> None:
    assert till.post({"text": text}, idempotency_key="k1").status_code >= 400
    assert till.post({"text": "good"}, idempotency_key="k1").status_code == 201
    assert notes_of(aroma) == ["good"]


def test_where_a_key_is_required_nothing_happens_without_one(till: Caller, aroma: Merchant) -> None:
    strict = Caller(till.secret, "/api/v1/payments")
    refused = strict.post({"text": "pay"})
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_required")
    assert notes_of(aroma) == []
    assert strict.post({"text": "pay"}, idempotency_key="k1").status_code == 201


@pytest.mark.parametrize("key", ["two words", "é", "x" * 256])
def test_a_key_that_is_no_key_is_refused(key: str, till: Caller, aroma: Merchant) -> None:
    refused = till.post({"text": "pay"}, idempotency_key=key)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_malformed")
    assert notes_of(aroma) == []


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_are_one_effect(till: Caller, aroma: Merchant) -> None:
    def pay(_: int) -> Any:
        return till.post({"text": "pay", "pause_seconds": 0.05}, idempotency_key="k1")

    answers = in_parallel(pay, times=100, threads=16)
    assert notes_of(aroma) == ["pay"]
    made = [answer for answer in answers if answer.status_code == 201]
    in_flight = [answer for answer in answers if answer.status_code == 409]
    assert len(made) + len(in_flight) == 100
    assert len({answer.content for answer in made}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in made) == 1
    assert in_flight
    assert {json.loads(answer.content)["code"] for answer in in_flight} == {"idempotency_in_flight"}
    assert {answer.headers["Retry-After"] for answer in in_flight} == {"1"}


@pytest.mark.django_db(transaction=True)
def test_different_keys_at_once_do_not_wait_for_each_other(till: Caller, aroma: Merchant) -> None:
    answers = in_parallel(lambda number: till.post({"text": str(number)}, idempotency_key=f"k{number}"), times=20)
    assert [answer.status_code for answer in answers] == [201] * 20
    assert sorted(notes_of(aroma), key=int) == [str(number) for number in range(20)]


def test_keys_are_kept_for_seven_days_and_then_dropped(till: Caller, aroma: Merchant, time_machine: Any) -> None:
    till.post({"text": "pay"}, idempotency_key="k1")
    time_machine.move_to(world_now() + timedelta(days=6, hours=23))
    assert prune_idempotency() == 0
    time_machine.move_to(world_now() + timedelta(hours=2))
    assert prune_idempotency() == 1
    assert prune_idempotency() == 0
    assert not IdempotencyRecord.objects.filter(merchant=aroma).exists()
