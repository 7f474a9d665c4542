"""Members' points over the API: what they have, spend, get and get back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from customers.actions import archive_customer
from customers.models import Customer
from loyalty.actions.nights import reconcile
from loyalty.models import Entry, Hold
from merchants.models import SYSTEM, Merchant
from tests.api.till import Till, an_order, counted_statements, cus
from tests.cast import make_key


@pytest.fixture
def rich(till: Till, carla: Customer) -> str:
    """Carla's public id, with 500 points of one order."""
    assert till.post("/orders", an_order("A-1", carla, 500))[0] == 201
    return cus(carla)


def active(till: Till, member: str) -> int:
    points: int = till.get(f"/customers/{member}/account")[1]["active"]
    return points


def test_an_account_says_what_can_be_spent_and_what_is_missing_for_the_next_tier(till: Till, rich: str) -> None:
    till.post(f"/customers/{rich}/holds", {"points": 120, "reference": "cart-1"})

    status, account = till.get(f"/customers/{rich}/account")

    assert status == 200
    assert {name: account[name] for name in ("active", "pending", "held", "arrears", "growth", "orders")} == {
        "active": 380, "pending": 0, "held": 120, "arrears": 0, "growth": 500, "orders": 1,
    }  # fmt: skip
    assert account["lifetime"] == {"earned": 500, "spent": 0, "expired": 0}
    assert account["next_expirations"] == [{"expires_at": "2027-11-02T16:00:00Z", "points": 380}]
    assert account["tier"]["current"] == {"code": "regular", "name": "普通会员", "multiplier": "1"}
    assert account["tier"]["to_next"] | {"tier": account["tier"]["to_next"]["tier"]["code"]} == {
        "tier": "silver", "growth_missing": 500, "orders_missing": 9, "match": "either",
    }  # fmt: skip
    assert account["tier"]["to_stay"] is None


def test_somebody_who_never_bought_has_an_account_of_zeros(till: Till, dario: Customer) -> None:
    status, account = till.get(f"/customers/{cus(dario)}/account")

    assert (status, account["active"], account["next_expirations"]) == (200, 0, [])


def test_a_balance_costs_two_statements(till: Till, rich: str) -> None:
    with counted_statements() as sent:
        assert till.get(f"/customers/{rich}/account")[0] == 200

    assert len(sent) <= 2, sent


def test_a_spend_in_one_step_is_one_statement(till: Till, rich: str) -> None:
    with counted_statements() as sent:
        spend = {"points": 100, "reference": "till-1", "capture": True}
        assert till.post(f"/customers/{rich}/holds", spend, idempotency_key="k-1")[0] == 201

    # The merchant's key, the id of the hold and the programme are known already when it is not the first of its process.
    assert len([statement for statement in sent if "loyalty_spend" in statement]) == 1, sent
    assert not [statement for statement in sent if "SAVEPOINT" in statement or "loyalty_write_books" in statement], sent


def test_a_spend_sent_again_under_its_key_is_answered_in_the_same_words(till: Till, aroma: Merchant, rich: str) -> None:
    spend = {"points": 100, "reference": "till-1", "capture": True}
    first = till.raw("POST", f"/customers/{rich}/holds", json.dumps(spend).encode(), idempotency_key="k-1")

    again = till.raw("POST", f"/customers/{rich}/holds", json.dumps(spend).encode(), idempotency_key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert ("Idempotency-Replayed" in first.headers, "Idempotency-Replayed" in again.headers) == (False, True)
    assert active(till, rich) == 400
    other = spend | {"points": 90}
    assert till.post(f"/customers/{rich}/holds", other, idempotency_key="k-1")[1]["code"] == "idempotency_key_reused"
    assert till.post(f"/customers/{rich}/holds", other, idempotency_key="k-2")[1]["code"] == "reference_conflict"
    assert active(till, rich) == 400


def test_a_spend_that_was_refused_may_be_sent_again_under_its_key(till: Till, rich: str, carla: Customer) -> None:
    spend = {"points": 600, "reference": "till-1", "capture": True}
    status, refusal = till.post(f"/customers/{rich}/holds", spend, idempotency_key="k-1")
    assert (status, refusal["code"], refusal["short_by"]) == (409, "insufficient_points", 100)
    assert active(till, rich) == 500

    assert till.post("/orders", an_order("A-2", carla, 100))[0] == 201

    assert till.post(f"/customers/{rich}/holds", spend, idempotency_key="k-1")[0] == 201
    assert active(till, rich) == 0


def test_a_spend_that_is_sent_twice_is_paid_once(till: Till, rich: str) -> None:
    spend = {"points": 100, "reference": "till-1", "capture": True}
    _, first = till.post(f"/customers/{rich}/holds", spend)

    status, again = till.post(f"/customers/{rich}/holds", spend)

    assert (status, again["id"], again["state"]) == (201, first["id"], "captured")
    assert active(till, rich) == 400
    status, problem = till.post(f"/customers/{rich}/holds", spend | {"points": 101})
    assert (status, problem["code"]) == (409, "reference_conflict")
    assert active(till, rich) == 400


def test_a_spend_larger_than_the_balance_says_what_is_missing(till: Till, aroma: Merchant, rich: str) -> None:
    status, problem = till.post(f"/customers/{rich}/holds", {"points": 501, "reference": "till-1", "capture": True})

    assert (status, problem["code"], problem["short_by"]) == (409, "insufficient_points", 1)
    assert active(till, rich) == 500
    assert not Hold.objects.filter(merchant=aroma).exists()


def test_held_points_are_captured_in_part_and_the_rest_comes_back(till: Till, aroma: Merchant, rich: str) -> None:
    _, hold = till.post(f"/customers/{rich}/holds", {"points": 300, "reference": "cart-1"})
    assert (hold["state"], active(till, rich)) == ("held", 200)

    status, captured = till.post(f"/holds/{hold['id']}/capture", {"points": 250})

    assert (status, captured["state"], captured["captured_points"]) == (200, "captured", 250)
    assert till.get(f"/holds/{hold['id']}") == (200, captured)
    assert till.post(f"/holds/{hold['id']}/capture", {"points": 250}) == (200, captured)
    assert active(till, rich) == 250
    assert till.post(f"/holds/{hold['id']}/release")[1]["code"] == "hold_not_open"
    assert reconcile(aroma).faults == []


def test_a_released_hold_gives_everything_back(till: Till, rich: str) -> None:
    _, hold = till.post(f"/customers/{rich}/holds", {"points": 300, "reference": "cart-1"})

    assert till.post(f"/holds/{hold['id']}/release")[1]["state"] == "released"
    assert till.post(f"/holds/{hold['id']}/release")[1]["state"] == "released"

    assert active(till, rich) == 500
    assert till.post(f"/holds/{hold['id']}/capture", {})[1]["code"] == "hold_not_open"


def test_a_spend_is_given_back_once_for_each_reference(till: Till, aroma: Merchant, rich: str) -> None:
    _, hold = till.post(f"/customers/{rich}/holds", {"points": 300, "reference": "till-1", "capture": True})

    for _ in range(2):
        status, returned = till.post(f"/holds/{hold['id']}/returns", {"points": 100, "reference": "return-1"})
        assert (status, returned["returned_points"]) == (200, 100)

    assert active(till, rich) == 300
    status, problem = till.post(f"/holds/{hold['id']}/returns", {"points": 201, "reference": "return-2"})
    assert (status, problem["code"], problem["returnable_points"]) == (422, "nothing_to_return", 200)
    assert reconcile(aroma).faults == []


def test_a_gift_is_given_once_and_stands_under_its_own_name(till: Till, aroma: Merchant, rich: str) -> None:
    gift = {"points": 50, "kind": "goodwill", "reference": "order:A-1", "reason": "Broken cup"}
    status, entry = till.post(f"/customers/{rich}/grants", gift)

    assert (status, entry["kind"], entry["points"], entry["balance_after"]) == (201, "goodwill", 50, 550)
    assert till.post(f"/customers/{rich}/grants", gift) == (201, entry)
    assert till.post(f"/customers/{rich}/grants", gift | {"points": 51})[1]["code"] == "reference_conflict"
    assert active(till, rich) == 550
    assert till.get(f"/entries/{entry['id']}") == (200, entry)


def test_the_ledger_lists_one_wallet_newest_first(till: Till, rich: str) -> None:
    till.post(f"/customers/{rich}/holds", {"points": 100, "reference": "till-1", "capture": True})

    _, points = till.get(f"/customers/{rich}/entries")
    _, growth = till.get(f"/customers/{rich}/entries?wallet=growth")
    _, spent = till.get(f"/customers/{rich}/entries?kind=spend")

    assert [(entry["kind"], entry["points"], entry["balance_after"]) for entry in points["data"]] == [
        ("spend", -100, 400), ("earn", 500, 500),
    ]  # fmt: skip
    assert [(entry["wallet"], entry["points"]) for entry in growth["data"]] == [("growth", 500)]
    assert spent["data"] == points["data"][:1]
    assert till.get(f"/customers/{rich}/entries?wallet=gold")[1]["errors"][0]["code"] == "not_a_choice"


def test_a_ledger_page_costs_the_same_for_one_row_and_for_many(till: Till, rich: str, carla: Customer) -> None:
    for n in range(10):
        till.post("/orders", an_order(f"B-{n}", carla))
        till.post(f"/customers/{rich}/holds", {"points": 1, "reference": f"till-{n}", "capture": True})

    with counted_statements() as sent:
        assert len(till.get(f"/customers/{rich}/entries")[1]["data"]) == 21

    assert len(sent) == 2, sent


def test_an_archived_member_spends_nothing(till: Till, carla: Customer, rich: str) -> None:
    archive_customer(carla, by=SYSTEM, reason="")

    status, problem = till.post(f"/customers/{rich}/holds", {"points": 1, "reference": "till-1"})

    assert (status, problem["code"]) == (409, "customer_archived")


def test_the_rivals_members_and_postings_do_not_exist_here(
    till: Till, rival_till: Till, aroma: Merchant, rival_carla: Customer
) -> None:
    rival_till.post("/orders", an_order("A-1", rival_carla, 500, currency="USD"))
    theirs = cus(rival_carla)
    hold = rival_till.post(f"/customers/{theirs}/holds", {"points": 100, "reference": "cart-1"})[1]["id"]
    entry = rival_till.get(f"/customers/{theirs}/entries")[1]["data"][0]["id"]

    for path in (f"/customers/{theirs}/account", f"/customers/{theirs}/entries", f"/holds/{hold}", f"/entries/{entry}",
                 f"/entries/{entry}/explanation", f"/customers/{theirs}/purchases"):  # fmt: skip
        assert till.get(path)[0] == 404, path
    requests: dict[str, Any] = {
        f"/customers/{theirs}/holds": {"points": 1, "reference": "x"},
        f"/customers/{theirs}/grants": {"points": 1, "reference": "x"},
        f"/holds/{hold}/capture": {},
        f"/holds/{hold}/release": None,
        f"/holds/{hold}/returns": {"reference": "x"},
    }
    for path, body in requests.items():
        assert till.post(path, body)[0] == 404, path
    assert rival_till.get(f"/customers/{theirs}/account")[1]["held"] == 100
    assert not Entry.objects.filter(merchant=aroma).exists()


def test_reading_points_does_not_allow_spending_them(aroma: Merchant, rich: str) -> None:
    reader = Till(make_key(aroma, "points:read"))

    assert reader.get(f"/customers/{rich}/account")[0] == 200
    status, problem = reader.post(f"/customers/{rich}/holds", {"points": 1, "reference": "x"})
    assert (status, problem["scope"]) == (403, "points:write")


def test_a_quote_says_what_an_order_would_earn_and_writes_nothing(till: Till, aroma: Merchant, rich: str) -> None:
    basket = {"currency": "CNY", "lines": [{"unit_price_minor": 60_000}], "shipping_minor": 800}
    before = Entry.objects.filter(merchant=aroma).count()

    status, members = till.post("/quotes", basket | {"customer": {"id": rich}})
    _, guests = till.post("/quotes", basket)

    assert (status, members["points"], members["balance_after"], members["total_minor"]) == (200, 600, 1100, 60_800)
    assert (members["tier_before"]["code"], members["tier_after"]["code"]) == ("regular", "silver")
    assert (guests["points"], guests["balance_after"], guests["tier_after"]) == (600, None, None)
    assert till.post("/quotes", basket | {"customer": {"number": "nobody"}})[1]["code"] == "unknown_customer"
    assert till.post("/quotes", basket | {"currency": "USD"})[1]["code"] == "currency_mismatch"
    assert Entry.objects.filter(merchant=aroma).count() == before


def test_the_programme_is_read_as_it_is_in_force(till: Till) -> None:
    status, programme = till.get("/programme")

    assert (status, programme["version"], programme["points_name"]) == (200, 1, "积分")
    assert [tier["code"] for tier in programme["ladder"]["tiers"]] == ["regular", "silver", "gold"]
    assert programme["earning_rules"][0]["excluded_categories"] == ["礼品卡"]
    assert programme["expiry"] == {"kind": "months", "months": 12}
