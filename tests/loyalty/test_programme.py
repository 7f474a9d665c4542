"""Terms are drafted, looked at, published, and then stay as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.models import Customer
from loyalty.actions.programme import discard_draft, publish_draft, save_draft
from loyalty.actions.purchases import OrderOutcome, record_orders
from loyalty.errors import DraftMissing, DraftOutdated, EffectiveInPast, NoProgramme
from loyalty.models import ProgrammeVersion
from loyalty.queries.programme import current_terms, find_draft, versions_of
from loyalty.queries.quotes import quote
from merchants.clock import now
from merchants.errors import InvalidValues
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase, make_shop, make_staff, make_terms

DOUBLE = [{"code": "base", "name": "双倍积分", "points_per_unit": "2"}]


def test_new_terms_bind_orders_paid_from_their_beginning_on(aroma: Merchant, carla: Customer) -> None:
    tomorrow = now(aroma) + timedelta(days=1)
    save_draft(aroma, terms=make_terms(earning_rules=DOUBLE), by=SYSTEM)
    publish_draft(aroma, by=SYSTEM, effective_from=tomorrow)

    answers = record_orders(
        aroma,
        [
            a_purchase("A-1", carla, at=tomorrow - timedelta(hours=1)),
            a_purchase("A-2", carla, at=tomorrow + timedelta(hours=1)),
        ],
        by=SYSTEM,
    )

    assert [answer.points for answer in answers if isinstance(answer, OrderOutcome)] == [100, 200]
    assert current_terms(aroma).earning_rules[0].name == "消费积分"


def test_a_draft_changed_after_the_preview_is_not_published(aroma: Merchant) -> None:
    seen = save_draft(aroma, terms=make_terms(), by=SYSTEM).terms
    save_draft(aroma, terms=make_terms(earning_rules=DOUBLE), by=SYSTEM)

    with pytest.raises(DraftOutdated):
        publish_draft(aroma, by=SYSTEM, seen=seen)

    assert versions_of(aroma).count() == 1
    assert find_draft(aroma) is not None


def test_terms_never_begin_in_the_past(aroma: Merchant) -> None:
    save_draft(aroma, terms=make_terms(), by=SYSTEM)

    with pytest.raises(EffectiveInPast):
        publish_draft(aroma, by=SYSTEM, effective_from=now(aroma) - timedelta(seconds=1))

    assert versions_of(aroma).count() == 1


def test_a_discarded_draft_is_gone_and_cannot_be_published(aroma: Merchant) -> None:
    save_draft(aroma, terms=make_terms(), by=SYSTEM)
    discard_draft(aroma)

    with pytest.raises(DraftMissing):
        publish_draft(aroma, by=SYSTEM)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"name": ""}, "/name", "string_too_short"),
        (
            {"earning_rules": [{"code": "base", "name": "x", "points_per_unit": "0"}]},
            "/earning_rules/0/points_per_unit", "greater_than",
        ),
        ({"expiry": {"kind": "months", "months": 0}}, "/expiry", "expiry_too_short"),
        ({"ladder": {"tiers": [{"code": "a", "name": "A", "min_growth": 5}]}}, "/ladder", "first_tier_open"),
        (
            {"ladder": {"tiers": [{"code": "a", "name": "A"}, {"code": "b", "name": "B", "min_growth": 9},
                                  {"code": "c", "name": "C", "min_growth": 9}]}},
            "/ladder", "tiers_must_climb",
        ),
        ({"surprise": 1}, "/surprise", "extra_forbidden"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused_with_the_place(
    aroma: Merchant, changes: dict[str, object], pointer: str, code: str
) -> None:
    document = make_terms().model_dump(mode="json") | changes

    with pytest.raises(InvalidValues) as refusal:
        save_draft(aroma, terms=document, by=SYSTEM)

    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [(pointer, code)]
    assert find_draft(aroma) is None


def test_a_quote_is_what_recording_then_earns_and_writes_nothing(aroma: Merchant, carla: Customer) -> None:
    purchase = a_purchase("A-1", carla, a_line(1200), a_line(30, category_path="礼品卡"), at=now(aroma))

    quoted = quote(aroma, carla, purchase)

    assert not ProgrammeVersion.objects.filter(merchant=aroma, state="draft").exists()
    (outcome,) = record_orders(aroma, [purchase], by=SYSTEM)
    assert isinstance(outcome, OrderOutcome)
    assert (quoted.points, quoted.growth, quoted.balance_after) == (outcome.points, outcome.growth, outcome.balance)
    assert quoted.tier_after is not None
    assert quoted.tier_after.code == outcome.tier == "silver"


def test_a_shop_without_a_programme_records_orders_that_earn_nothing(db: None) -> None:
    shop = make_shop("bare", "Bare", make_staff("bare@example.com", "B"))
    purchase = a_purchase("A-1", None, at=now(shop))

    (outcome,) = record_orders(shop, [purchase], by=SYSTEM)

    assert isinstance(outcome, OrderOutcome)
    assert outcome.points == 0
    with pytest.raises(NoProgramme):
        quote(shop, None, purchase)
