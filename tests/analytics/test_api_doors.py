"""Segments, insight and reports for integrators."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from analytics.actions.lifecycle import stage_customers
from analytics.actions.membership import fill_new_segments
from analytics.actions.recommendations import set_recommendation_policy, write_picks
from analytics.actions.rfm import score_rfm
from analytics.actions.runs import request_run
from analytics.models import RunKind, Segment
from commerce.models import Product
from customers.actions import give_consent, withdraw_consent
from customers.frames.member import sign_member_in
from customers.models import Customer
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Merchant
from tests.analytics.doors import bought, several
from tests.cast import make_key

pytestmark = pytest.mark.django_db
TREE = {"kind": "orders", "measure": "count", "at_least": 2}


class Caller:
    def __init__(self, shop: Merchant, *scopes: str) -> None:
        self.headers = {"Authorization": f"Bearer {make_key(shop, *scopes)}", "Accept-Language": "en"}
        self.client = Client()

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def send(self, method: str, path: str, body: object) -> Any:
        send = getattr(self.client, method)
        return send(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=self.headers)


@pytest.fixture
def shop(aroma: Merchant) -> Caller:
    return Caller(aroma)


def test_a_segment_is_made_filled_and_explained(
    shop: Caller, aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    bought(aroma, carla, "A-1", days_ago=3)
    bought(aroma, carla, "A-2", days_ago=2)

    made = shop.send("post", "segments", {"name": "Regulars", "tree": TREE})
    assert made.status_code == 201
    segment = made.json()
    assert (segment["is_filled"], segment["version"], segment["tree"]["at_least"]) == (False, 1, 2)
    fill_new_segments(aroma)

    assert shop.get("segments").json()["data"][0]["members"] == 1
    members = shop.get(f"segments/{segment['id']}/members").json()["data"]
    assert [member["number"] for member in members] == ["M000001"]
    why = shop.get(f"segments/{segment['id']}/members/{public_id('cus', dario.pk)}").json()
    assert (why["is_member"], why["holds"], why["why"]["kind"]) == (False, False, "orders")
    inside = shop.get(f"segments/{segment['id']}/members/{public_id('cus', carla.pk)}").json()
    assert (inside["is_member"], inside["holds"]) == (True, True)


def test_faults_point_into_the_tree_and_nothing_is_kept(shop: Caller, aroma: Merchant) -> None:
    tree = {"kind": "all", "of": [{"kind": "age", "at_least": 30, "at_most": 20}, {"kind": "tag", "any_of": ["none"]}]}

    crossed = shop.send("post", "segments", {"name": "X", "tree": tree})
    unknown = shop.send("post", "segments/count", {"tree": tree["of"][1]})
    strange = shop.send("post", "segments", {"name": "X", "tree": {"kind": "wizard"}})

    assert crossed.status_code == unknown.status_code == strange.status_code == 422
    assert crossed.json()["errors"][0]["pointer"].startswith("/tree/of/0")
    assert unknown.json()["errors"][0]["pointer"] == "/tree/any_of/0"
    assert strange.json()["errors"][0]["pointer"] == "/tree/kind"
    assert not Segment.objects.filter(merchant=aroma).exists()


def test_another_tree_is_another_version_and_archiving_can_be_undone(shop: Caller, aroma: Merchant) -> None:
    key = shop.send("post", "segments", {"name": "Regulars", "tree": TREE}).json()["id"]

    changed = shop.send("patch", f"segments/{key}", {"tree": {**TREE, "at_least": 3}, "note": "more"}).json()
    same = shop.send("patch", f"segments/{key}", {"name": "Friends"}).json()
    gone = shop.send("patch", f"segments/{key}", {"archived": True}).json()
    back = shop.send("patch", f"segments/{key}", {"archived": False}).json()

    assert (changed["version"], same["version"], same["name"]) == (2, 2, "Friends")
    assert gone["archived_at"] is not None
    assert back["archived_at"] is None
    assert shop.get("segments?archived=true").json()["data"] == []


def test_a_count_keeps_nothing_and_sees_one_shop(
    shop: Caller, aroma: Merchant, borough: Merchant, carla: Customer
) -> None:
    for n, person in enumerate(several(borough, 3)):
        bought(borough, person, f"B-{n}", days_ago=2)
    bought(aroma, carla, "A-1", days_ago=2)

    counted = shop.send("post", "segments/count", {"tree": {**TREE, "at_least": 1}}).json()

    assert (counted["customers"], counted["members"]) == (1, 1)
    assert not Segment.objects.across_merchants().exists()


def test_reading_is_not_writing(aroma: Merchant) -> None:
    reader = Caller(aroma, "insight:read")

    assert reader.get("segments").status_code == 200
    assert reader.get("segments/schema").json()["$defs"]["Tagged"]["properties"]["kind"]["const"] == "tag"
    assert reader.send("post", "segments", {"name": "X", "tree": TREE}).status_code == 403
    assert Caller(aroma, "orders:read").get("reports").status_code == 403


def test_every_report_is_served_with_its_definition(shop: Caller, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-1", 128, days_ago=2)
    listed = shop.get("reports").json()["data"]
    assert len(listed) == 10

    for each in listed:
        report = shop.get(f"reports/{each['key']}?period=90d").json()
        assert report["definition"] == each["definition"]
        assert all(set(row) == {column["key"] for column in report["columns"]} for row in report["rows"])
    average = shop.get("reports/average_order").json()
    assert average["headline"] == {"label": "Average order", "value": 12800, "before": None, "format": "money"}
    assert average["currency"] == "CNY"
    assert shop.get("reports/cohorts?measure=revenue").json()["options"] == {"measure": "revenue"}


def test_a_report_refuses_what_is_no_period(shop: Caller) -> None:
    assert shop.get("reports/nonsense").status_code == 404
    assert shop.get("reports/active?period=forever").json()["errors"][0]["pointer"] == "/period"
    assert (
        shop.get("reports/active?first=2026-02-01&last=2026-01-01").json()["errors"][0]["code"]
        == "ends_before_it_begins"
    )
    assert shop.get("reports/active?first=yesterday").status_code == 422


def scored(aroma: Merchant, carla: Customer) -> None:
    for n in range(3):
        bought(aroma, carla, f"A-{n}", days_ago=n + 1)
    score_rfm(aroma)
    stage_customers(aroma)


def test_what_is_known_about_a_customer_and_nothing_of_the_rival_s(
    shop: Caller, aroma: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    before = shop.get(f"customers/{public_id('cus', carla.pk)}/insight").json()
    scored(aroma, carla)
    after = shop.get(f"customers/{public_id('cus', carla.pk)}/insight").json()

    assert (before["lifecycle"], before["rfm"], before["churn"], before["value"]) == (None, None, None, None)
    assert after["rfm"]["group"]
    assert after["lifecycle"]["stage"] in ("loyal", "active")
    assert after["traits"]["lifecycle_stage"] == after["lifecycle"]["stage"]
    assert shop.get(f"customers/{public_id('cus', rival_carla.pk)}/insight").status_code == 404


def test_recommendations_obey_the_shop_s_exclusions(
    shop: Caller, aroma: Merchant, carla: Customer, dario: Customer, by_ana: Actor
) -> None:
    tea, cup = picks_for(aroma, carla)
    address = f"customers/{public_id('cus', carla.pk)}/recommendations"

    first = shop.get(address).json()["data"]
    set_recommendation_policy(aroma, excluded_categories=["茶器"], unavailable_skus=[], by=by_ana)
    second = shop.get(address).json()["data"]

    assert [(each["sku"], each["kind"]) for each in first] == [(cup.sku, "new"), (tea.sku, "again")]
    assert first[0]["because"] == f"Because you bought {tea}"
    assert [each["sku"] for each in second] == [tea.sku]
    assert shop.get(f"{address}?limit=0").status_code == 422


def test_members_see_theirs_in_the_portal_until_they_say_no(aroma: Merchant, carla: Customer) -> None:
    _tea, cup = picks_for(aroma, carla)
    request = HttpRequest()
    client = Client(headers={"Accept-Language": "en"})
    request.session = client.session
    sign_member_in(request, carla)
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key or ""
    client.cookies["language"] = "en"

    home = client.get("/m/aroma/").content.decode()
    shown = client.get("/m/aroma/for-you").content.decode()
    give_consent(carla, purpose="profiling", channel="any", text_version="1", source="portal", by=SYSTEM)
    withdraw_consent(carla, purpose="profiling", channel="any", source="portal", by=SYSTEM)
    refused = client.get("/m/aroma/for-you").content.decode()

    assert 'hx-get="/m/aroma/for-you"' in home
    assert "Because you bought" in shown
    assert str(cup) in shown
    assert refused == ""


def picks_for(shop: Merchant, customer: Customer) -> tuple[Product, Product]:
    """What a night's run would have written: a tea again, a cup because of it."""
    bought(shop, customer, "A-1", days_ago=3, category="茶")
    bought(shop, customer, "A-2", days_ago=2, category="茶器")
    tea, cup = Product.objects.get(merchant=shop, sku="T-茶"), Product.objects.get(merchant=shop, sku="T-茶器")
    run = request_run(shop, kind=RunKind.RECOMMENDATIONS, by=SYSTEM)
    write_picks(run, [(customer.pk, [(cup.pk, 2.0, "new", tea.pk), (tea.pk, 1.0, "again", None)])])
    return tea, cup
