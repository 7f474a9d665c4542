"""The terms in sentences: what anybody may read before they join."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from customers.models import Customer
from loyalty.actions.programme import publish_draft, save_draft
from loyalty.queries.terms_in_words import (
    condition_sentence,
    expiry_sentence,
    fairness_sentences,
    rules_in_words,
    spend_for_growth,
    way_sentence,
)
from loyalty.rules.terms import Expiry
from loyalty.rules.tiers import missing_for
from merchants.clock import now
from merchants.models import SYSTEM, Merchant
from tests.cast import make_terms
from tests.loyalty.portal.conftest import text_of


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def earning(**changes: Any) -> dict[str, Any]:
    return {"code": "base", "name": "Base", "points_per_unit": "1"} | changes


def growing(**changes: Any) -> dict[str, Any]:
    plain = {
        "code": "growth",
        "name": "Growth",
        "wallet": "growth",
        "points_per_unit": "1",
        "with_tier_multiplier": False,
    }
    return plain | changes


def test_everybody_may_read_how_points_work(stranger: Client) -> None:
    text = text_of(stranger.get("/m/aroma/programme"))
    for said in (
        "1 积分 for each ¥1 spent", "Multiplied by your tier.", "Not for: 礼品卡", "Points expire 12 months after",
        "takes back exactly what the returned items had earned", "rules version 1",
    ):  # fmt: skip
        assert said in text, said


def test_new_terms_are_announced_before_they_apply(aroma: Merchant, stranger: Client) -> None:
    save_draft(aroma, terms=make_terms(pending_days=7), by=SYSTEM, note="Points after the return period")
    publish_draft(aroma, by=SYSTEM, effective_from=now(aroma) + timedelta(days=20))
    text = text_of(stranger.get("/m/aroma/programme"))
    assert "New rules apply from" in text
    assert "Points after the return period" in text
    assert "can be used 7 days after" not in text


def test_the_ladder_shows_where_a_member_stands(phone: Client, carla: Customer) -> None:
    assert "You are here" not in text_of(Client().get("/m/aroma/tiers", headers={"accept-language": "en"}))
    text = text_of(phone.get("/m/aroma/tiers"))
    assert "1.2 × points on every purchase" in text
    assert "you keep your tier for 30 more days" in text


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("1", "1 积分 for each ¥1 spent"),
        ("2.5", "2.5 积分 for each ¥1 spent"),
        ("0.1", "1 积分 for each ¥10 spent"),
        ("0.3", "0.3 积分 for each ¥1 spent"),
        ("100", "100 积分 for each ¥1 spent"),
    ],
)
def test_a_rate_reads_as_people_say_it(rate: str, said: str) -> None:
    terms = make_terms(earning_rules=[earning(points_per_unit=rate)])
    assert rules_in_words(terms, currency="CNY")[0].headline == said


@pytest.mark.parametrize(
    ("expiry", "said"),
    [
        (Expiry(kind="none"), "Points do not expire."),
        (Expiry(kind="months", months=1), "Points expire 1 month after they were earned, at the end of that day."),
        (Expiry(kind="year_end", months=0), "Points expire at the end of the year in which they were earned."),
        (Expiry(kind="year_end", months=12), "Points live for 12 months, then until the end of that year."),
    ],
)
def test_expiry_reads_as_it_works(expiry: Expiry, said: str) -> None:
    assert expiry_sentence(expiry) == said


@pytest.mark.parametrize(
    ("rule", "currency", "spend"),
    [
        ({}, "CNY", 12_000),
        ({"points_per_unit": "0.7"}, "CNY", 17_143),  # 120 ÷ 0.7 = 171.428…: a cent less would not be enough
        ({}, "JPY", 120),
        ({"points_per_unit": "2"}, "KWD", 60_000),
        ({"minimum_minor": 5_000}, "CNY", None),
        ({"only_categories": ["茶"]}, "CNY", None),
        ({"with_tier_multiplier": True}, "CNY", None),
    ],
)
def test_growth_turns_into_money_only_where_it_does_not_depend_on_the_basket(
    rule: dict[str, Any], currency: str, spend: int | None
) -> None:
    terms = make_terms(earning_rules=[growing(**rule)])
    assert spend_for_growth(120, terms=terms, currency=currency) == spend


@pytest.mark.parametrize(
    ("match", "growth", "orders", "said"),
    [
        ("either", 880, 8, "Spend ¥120 more, or place 2 more orders"),
        ("either", 999, 9, "Spend ¥1 more, or place 1 more order"),
        ("both", 880, 8, "Spend ¥120 more and place 2 more orders"),
        ("both", 1000, 8, "Place 2 more orders"),
        ("both", 880, 10, "Spend ¥120 more"),
        ("both", 1000, 10, ""),
    ],
)
def test_what_is_missing_is_said_as_something_to_do(match: str, growth: int, orders: int, said: str) -> None:
    terms = make_terms()
    terms = terms.model_copy(update={"ladder": terms.ladder.model_copy(update={"match": match})})
    missing = missing_for(terms.ladder.tiers[1], growth=growth, orders=orders)
    assert way_sentence(missing, terms=terms, currency="CNY") == said


def test_without_a_plain_rule_growth_stays_growth() -> None:
    terms = make_terms(earning_rules=[growing(only_categories=["茶"])])
    missing = missing_for(terms.ladder.tiers[1], growth=880, orders=8)
    assert way_sentence(missing, terms=terms, currency="CNY") == "120 成长值 more, or 2 more orders"
    said = condition_sentence(terms.ladder.tiers[1], terms=terms, currency="CNY")
    assert said == "Reach 1,000 成长值 or place 10 orders within 12 months"


def test_the_first_tier_asks_for_nothing() -> None:
    terms = make_terms()
    assert condition_sentence(terms.ladder.tiers[0], terms=terms, currency="CNY") == "Everyone starts here."


def test_what_happens_to_spent_points_follows_the_terms() -> None:
    assert any("make up for them" in said for said in fairness_sentences(make_terms()))
    assert any("you owe nothing" in said for said in fairness_sentences(make_terms(shortfall="write_off")))
