"""Each kind of condition once, in sentences: who is in and who is not, and what is said of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from aftersales.actions.tickets import NewTicket, open_ticket
from analytics.actions.lifecycle import stage_customers
from analytics.actions.rfm import score_rfm
from analytics.queries.membership import explain_membership, matching_ids
from analytics.queries.segment_words import tree_in_words
from analytics.rules.segment_tree import moves_with_time, of_json
from customers.actions import define_custom_field, set_traits, update_customer
from customers.models import Customer
from customers.rules.birthdays import Birthday
from loyalty.actions.grants import grant_bonus
from loyalty.actions.purchases import record_orders
from loyalty.rules.kinds import Kind
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase


def who(shop: Merchant, **condition: Any) -> list[int]:
    return matching_ids(shop, of_json(condition))


def said(customer: Customer, **condition: Any) -> tuple[str, str]:
    with translation.override("en"):
        checked = explain_membership(customer, of_json(condition))
    return checked.sentence, checked.found


def test_profiles_ages_and_birthdays(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    year = today(aroma).year
    born = Birthday(month=1, day=1, year=year - 30)
    update_customer(carla, city="上海", gender="female", birthday=born, by=SYSTEM)
    assert who(aroma, kind="profile", field="city", any_of=["上海", "杭州"]) == [carla.pk]
    assert who(aroma, kind="profile", field="gender", is_known=False) == [dario.pk]
    assert who(aroma, kind="age", at_least=30) == [carla.pk]
    assert who(aroma, kind="age", at_least=31) == []
    assert who(aroma, kind="age", at_most=99) == [carla.pk]
    assert who(aroma, kind="birthday", months=[1, 2]) == [carla.pk]
    assert who(aroma, kind="joined", window={"older_than_days": 1}) == []
    assert said(carla, kind="profile", field="gender", any_of=["female"]) == ("Gender: Female", "Female")
    # A phone is never shown, only that it is there.
    assert said(carla, kind="profile", field="phone", is_known=True) == ("Phone is known", "yes")


def test_own_fields_and_traits(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    for key, kind in (("size", "number"), ("since", "date"), ("skin", "text")):
        define_custom_field(aroma, key=key, label=key.title(), kind=kind, by=SYSTEM)
    update_customer(carla, custom={"size": 42, "since": "2026-03-01", "skin": "dry"}, by=SYSTEM)
    set_traits(aroma, "nps", {carla.pk: 9, dario.pk: 3}, source="test")
    set_traits(aroma, "churn_band", {carla.pk: "low", dario.pk: "high"}, source="test")
    set_traits(aroma, "predicted_spend_365d", {dario.pk: 50000}, source="test")

    assert who(aroma, kind="custom_field", key="size", at_least=40, at_most=42) == [carla.pk]
    assert who(aroma, kind="custom_field", key="size", any_of=[42]) == [carla.pk]
    assert who(aroma, kind="custom_field", key="since", at_least="2026-02-28") == [carla.pk]
    assert who(aroma, kind="custom_field", key="since", at_most="2026-02-28") == []
    assert who(aroma, kind="custom_field", key="skin", is_known=False) == [dario.pk]
    assert who(aroma, kind="trait", key="nps", at_most=6) == [dario.pk]
    assert who(aroma, kind="trait", key="nps", is_known=True) == [carla.pk, dario.pk]
    assert who(aroma, kind="churn", any_of=["high", "medium"]) == [dario.pk]
    assert who(aroma, kind="lifetime_value", at_most=60000) == [dario.pk]
    assert said(dario, kind="churn", any_of=["high"]) == ("Churn risk: High", "High")
    assert said(carla, kind="custom_field", key="size", at_least=40) == ("Size: at least 40", "42")
    assert said(carla, kind="lifetime_value", at_least=60000)[1] == "nothing"


def test_points_tiers_and_what_expires(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, a_line(1500), at=now(aroma) - timedelta(days=350))], by=SYSTEM)
    grant_bonus(dario, points=30, kind=Kind.BONUS, reference="b1", by=SYSTEM)

    assert who(aroma, kind="points", at_least=1000) == [carla.pk]
    assert who(aroma, kind="points", at_most=100) == [dario.pk]
    assert who(aroma, kind="points", measure="growth", at_least=1500) == [carla.pk]
    assert who(aroma, kind="points", measure="lifetime_spent", at_most=0) == [carla.pk, dario.pk]
    assert who(aroma, kind="expiring_points", within_days=30) == [carla.pk]
    assert who(aroma, kind="expiring_points", within_days=2) == []
    assert who(aroma, kind="tier", any_of=["silver", "gold"]) == [carla.pk]
    assert who(aroma, kind="tier", any_of=["silver"], in_grace=True) == []
    assert said(carla, kind="tier", any_of=["gold"]) == ("Tier: 金卡会员", "银卡会员")
    assert said(dario, kind="points", at_least=50) == ("Points to spend: at least 50", "30")


def test_scores_and_stages(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    orders = [
        a_purchase("A-1", carla, a_line(500), at=now(aroma)), a_purchase("A-2", dario, at=now(aroma) - timedelta(days=300)),
    ]  # fmt: skip
    record_orders(aroma, orders, by=SYSTEM)
    assert who(aroma, kind="lifecycle", any_of=["new", "lapsed"]) == []
    score_rfm(aroma)
    stage_customers(aroma)
    assert who(aroma, kind="lifecycle", any_of=["lapsed"]) == [dario.pk]
    assert who(aroma, kind="rfm", recency=[4, 5]) == [carla.pk]
    assert who(aroma, kind="rfm", monetary=[1], recency=[1, 2, 3]) == [dario.pk]
    assert said(dario, kind="lifecycle", any_of=["lapsed"]) == ("Lifecycle stage: Lapsed", "Lapsed")


def test_tickets(aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer, rival_carla: Customer) -> None:
    for n, customer in enumerate((carla, rival_carla)):
        new = NewTicket(customer=customer, subject="Broken", body="It is broken.", channel="portal", reference=f"t{n}")
        open_ticket(customer.merchant, new, by=SYSTEM)
    assert who(aroma, kind="tickets", state="open") == [carla.pk]
    assert who(aroma, kind="tickets", state="resolved") == []
    assert who(aroma, kind="tickets", at_most=0) == [dario.pk]
    assert who(aroma, kind="tickets", state="open", window={"older_than_days": 1}) == []
    assert said(carla, kind="tickets", state="open", at_least=2) == ("Open tickets: at least 2", "1")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"kind": "orders", "at_least": 3, "window": {"last_days": 90}}, "Orders: at least 3 (in the last 90 days)"),
        ({"kind": "orders", "measure": "spend_minor", "at_most": 10000}, "Spend: at most ¥100.00"),
        ({"kind": "bought", "categories": ["茶"], "window": {"since": "2026-01-01"}}, "Bought 茶 (from 2026-01-01)"),
        ({"kind": "purchase", "which": "last", "window": {"older_than_days": 60}}, "Last purchase: more than 60 days ago"),
        ({"kind": "any", "of": [{"kind": "age", "at_least": 18}, {"kind": "not", "of": {"kind": "birthday", "months": [2]}}]},
         "Age: at least 18 or not (Month of birth: 2)"),
        ({"kind": "consent", "purpose": "offers", "channel": "sms", "reachable": True},
         "Agreed to Offers and news by Text message, and can be reached there"),
    ],
)  # fmt: skip
def test_trees_are_said_in_words(aroma: Merchant, document: dict[str, Any], words: str) -> None:
    with translation.override("en"):
        assert tree_in_words(aroma, of_json(document)) == words
    with translation.override("zh-hans"):
        assert tree_in_words(aroma, of_json(document))


def test_what_moves_with_time_is_known() -> None:
    assert not moves_with_time(of_json({"kind": "orders", "at_least": 3}))
    assert not moves_with_time(of_json({"kind": "orders", "window": {"since": "2026-01-01"}}))
    assert moves_with_time(of_json({"kind": "orders", "window": {"last_days": 3}}))
    assert moves_with_time(of_json({"kind": "not", "of": {"kind": "rfm", "groups": ["lost"]}}))
