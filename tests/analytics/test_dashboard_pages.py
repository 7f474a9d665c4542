"""The pages of insight: every figure leads to its people, and people to a segment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import translation

from analytics.actions.lifecycle import stage_customers
from analytics.actions.membership import fill_segment
from analytics.actions.rfm import score_rfm
from analytics.actions.runs import request_run
from analytics.actions.segments import create_segment
from analytics.dashboard.builder_fields import kinds_of
from analytics.dashboard.builder_reading import (
    as_group,
    bare_node,
    changed_tree,
    fresh_group,
    pointer_places,
    read_editor,
    shown_value,
)
from analytics.models import ModelRun, RunKind, Segment
from analytics.queries.segments import tree_of
from analytics.rules.segment_tree import as_json, of_json
from customers.actions import tag_customer
from customers.models import Customer
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Merchant, StaffMember
from tests.analytics.doors import bought, browser_of, several

pytestmark = pytest.mark.django_db
INSIGHT = "/dashboard/aroma/insight"
BUYERS = {"kind": "orders", "at_least": 2, "window": {"last_days": 90}}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def mia_s(mia: StaffMember, aroma: Merchant) -> Client:
    return browser_of(mia)


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(f"{INSIGHT}/{address}")
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def a_segment(shop: Merchant, by: Actor, tree: object = BUYERS, name: str = "Regulars") -> Segment:
    segment = create_segment(shop, name=name, tree=of_json(tree), by=by)
    fill_segment(segment)
    segment.refresh_from_db()
    return segment


def test_every_report_has_its_page_for_every_period(mia_s: Client, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-1", 128, days_ago=2)
    index = text_of(mia_s, "figures/")

    for key in ("active", "churn", "cohorts", "categories", "programme"):
        assert f"{INSIGHT}/figures/{key}" in index
        for period in ("7d", "365d", "last_month"):
            page = text_of(mia_s, f"figures/{key}?period={period}")
            assert "How it is counted" in page
    assert mia_s.get(f"{INSIGHT}/figures/nonsense").status_code == 404
    assert "The last day lies before the first." in text_of(mia_s, "figures/active?first=2026-03-02&last=2026-03-01")


def test_insight_is_for_those_who_may_see_it(aroma: Merchant, kai: StaffMember, ben: StaffMember) -> None:
    for staff in (kai, ben):
        for address in ("figures/", "rfm/", "segments/", "lifecycle/", "models/", "files/", "segments/new"):
            assert browser_of(staff).get(f"{INSIGHT}/{address}").status_code == 403


def test_pages_say_what_will_appear_before_the_first_night(mia_s: Client) -> None:
    assert "Not scored yet" in text_of(mia_s, "rfm/")
    assert "No stages yet" in text_of(mia_s, "lifecycle/")
    assert "No segments yet" in text_of(mia_s, "segments/")
    assert "Not enough history to predict yet" in text_of(mia_s, "models/")
    assert "No files yet" in text_of(mia_s, "files/")


def test_a_cell_leads_to_its_people_and_they_to_a_segment(mia_s: Client, aroma: Merchant, carla: Customer) -> None:
    for n, person in enumerate(several(aroma, 9)):
        bought(aroma, person, f"N-{n}", 50 + n, days_ago=60 + n)
    for n in range(5):
        bought(aroma, carla, f"A-{n}", 400, days_ago=n + 1)
    score_rfm(aroma)
    stage_customers(aroma)

    grid = text_of(mia_s, "rfm/?axis=monetary&against=90")
    people = text_of(mia_s, "people?of=rfm&recency=5&monetary=5")
    editor = text_of(
        mia_s, f"segments/new?{urlencode({'tree': json.dumps({'kind': 'rfm', 'recency': [5]}), 'name': 'R5'})}"
    )

    assert "of=rfm&amp;recency=5&amp;monetary=5" in grid
    assert "Champions" in grid
    assert "张三丰" in people
    assert "Make a segment of them" in people
    assert 'value="R5"' in editor
    assert 'name="t.0:recency" value="5" checked' in editor
    assert "N100" in text_of(mia_s, "people?of=stage:new") or "Person 100" in text_of(mia_s, "people?of=stage:new")
    for nonsense in ("of=rfm", "of=rfm&group=kings", "of=stage:dead", "of=segment:1", ""):
        assert mia_s.get(f"{INSIGHT}/people?{nonsense}").status_code == 404


def test_the_editor_counts_as_one_writes_and_keeps_nothing(
    mia_s: Client, aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer
) -> None:
    bought(aroma, carla, "A-1", days_ago=5)
    for n, person in enumerate(several(borough, 4)):
        bought(borough, person, f"B-{n}", days_ago=5)
    fields = {
        "t:kind": "all",
        "t.0:kind": "orders",
        "t.0:measure": "count",
        "t.0:at_least": "1",
        "t.0:window.last_days": "30",
    }

    whole = mia_s.post(f"{INSIGHT}/segments/preview", fields).content.decode()
    half = mia_s.post(f"{INSIGHT}/segments/preview", {**fields, "t.1:kind": "tag"}).content.decode()

    assert ">1</strong>" in whole
    assert "of 2 customers" in whole
    assert "张三丰" in whole
    assert "Person 100" not in whole
    assert "when the conditions are finished" in half
    assert not Segment.objects.filter(merchant=aroma).exists()


def test_steps_of_the_editor_add_group_and_remove(mia_s: Client, aroma: Merchant) -> None:
    fields = {"t:kind": "any", "t.0:kind": "age", "t.0:at_least": "18", "t.0:not": "1"}
    address = f"{INSIGHT}/segments/new"

    added = mia_s.post(address, {**fields, "step": "group:t"}, headers={"HX-Request": "true"})
    gone = mia_s.post(address, {**fields, "step": "remove:t.0"}, headers={"HX-Request": "true"})
    plain = mia_s.post(address, {**fields, "name": "Adults", "step": "add:t"})

    text = added.content.decode()
    assert 'name="t.1.0:kind"' in text
    assert 'name="t.0:at_least" value="18"' in text
    assert added.headers["HX-Trigger-After-Settle"] == "treechanged"
    assert "t.0:kind" not in gone.content.decode()
    assert 'name="t.1:kind"' in plain.content.decode()
    assert 'value="Adults"' in plain.content.decode()


def test_a_segment_is_made_changed_and_taken_back(mia_s: Client, aroma: Merchant, carla: Customer) -> None:
    for n in range(3):
        bought(aroma, carla, f"A-{n}", days_ago=n + 1)
    fields = {
        "name": "Regulars",
        "t:kind": "all",
        "t.0:kind": "orders",
        "t.0:measure": "spend_minor",
        "t.0:at_least": "250.50",
    }

    made = mia_s.post(f"{INSIGHT}/segments/new", {**fields, "step": "save"})
    segment = Segment.objects.get(merchant=aroma)
    key = public_id("seg", segment.pk)
    assert made.headers["Location"] == f"{INSIGHT}/segments/{key}"
    assert as_json(tree_of(segment))["of"][0]["at_least"] == 25050
    assert 'value="250.50"' in text_of(mia_s, f"segments/{key}/edit")

    mia_s.post(f"{INSIGHT}/segments/{key}/edit", {**fields, "t.0:at_least": "900", "note": "Dearer", "step": "save"})
    fill_segment(Segment.objects.get(pk=segment.pk, merchant=aroma))
    page = text_of(mia_s, f"segments/{key}?q=张三")
    assert "does not fit" in page
    assert "Version 2" in page
    assert "Dearer" in page

    mia_s.post(f"{INSIGHT}/segments/{key}/versions/1")
    segment.refresh_from_db()
    assert segment.version == 3
    mia_s.post(f"{INSIGHT}/segments/{key}/archive")
    segment.refresh_from_db()
    assert segment.archived_at is not None
    assert "Regulars" in text_of(mia_s, "segments/?view=archived")


def test_what_is_missing_stands_where_it_is_missing(mia_s: Client, aroma: Merchant) -> None:
    fields = {"t:kind": "all", "t.0:kind": "tier", "t.1:kind": "orders", "t.1:at_least": "5", "t.1:at_most": "2"}

    nameless = mia_s.post(f"{INSIGHT}/segments/new", {**fields, "step": "save"})
    faulty = mia_s.post(f"{INSIGHT}/segments/new", {**fields, "name": "X", "step": "save"})

    assert (nameless.status_code, faulty.status_code) == (422, 422)
    text = faulty.content.decode()
    assert "Some conditions are not finished" in text
    assert "The upper bound lies below the lower one." in text
    assert text.index("The upper bound") > text.index('name="t.1:kind"')
    assert not Segment.objects.filter(merchant=aroma).exists()


TREES = [
    {"kind": "orders", "measure": "count", "at_least": 3},
    {"kind": "all", "of": [
        {"kind": "not", "of": {"kind": "tag", "any_of": ["员工", "VIP"]}},
        {"kind": "any", "of": [
            {"kind": "bought", "categories": ["茶"], "measure": "spend_minor", "at_least": 12345,
             "window": {"since": "2026-01-01"}},
            {"kind": "not", "of": {"kind": "all", "of": [{"kind": "age", "at_least": 18, "at_most": 30}]}},
        ]},
        {"kind": "consent", "purpose": "offers", "channel": "sms", "given": False},
        {"kind": "rfm", "groups": ["champions"], "recency": [5, 4]},
        {"kind": "purchase", "which": "nth", "n": 2, "window": {"last_days": 30, "older_than_days": 7}},
        {"kind": "lifetime_value", "horizon_days": 90, "at_least": 500},
        {"kind": "tickets", "state": "open", "complaints_only": True, "priorities": ["high"], "at_least": 1},
        {"kind": "profile", "field": "city", "any_of": ["上海", "杭州"]},
        {"kind": "trait", "key": "churn_score", "at_least": 0.5},
        {"kind": "tier", "any_of": ["gold"], "in_grace": True},
    ]},
]  # fmt: skip


@pytest.mark.parametrize("document", TREES, ids=["one condition", "many"])
def test_the_editor_gives_back_every_tree_as_it_was(
    aroma: Merchant, carla: Customer, document: dict[str, object]
) -> None:
    for tag in ("员工", "VIP"):
        tag_customer(carla, tag=tag, by=SYSTEM)
    kinds = {kind.code: kind for kind in kinds_of(aroma)}
    posted = QueryDict(mutable=True)

    def fill(node: dict[str, object], place: str) -> None:
        bare, is_negated = bare_node(node)
        posted[f"{place}:kind"] = str(bare["kind"])
        if is_negated:
            posted[f"{place}:not"] = "1"
        if bare["kind"] in ("all", "any"):
            for n, part in enumerate(bare["of"]):
                fill(part, f"{place}.{n}")
            return
        for asked in kinds[str(bare["kind"])].asked:
            value = shown_value(bare, asked, digits=2)
            if value not in ("", []):
                posted.setlist(f"{place}:{asked.name}", value if isinstance(value, list) else [value])

    whole = as_group(as_json(of_json(document)))
    fill(whole, "t")

    again = read_editor(posted, kinds, digits=2)

    assert as_json(of_json(again)) == as_json(of_json(whole))


def test_steps_that_make_no_sense_change_nothing() -> None:
    for step in ("remove:t", "remove:t.7", "add:t.0", "add:x", "group:t.9.9", "burn:t", "", "add:t." + "0." * 20 + "0"):
        assert changed_tree(fresh_group(), step) == fresh_group()
    assert pointer_places({"kind": "all", "of": [{"kind": "not", "of": {"kind": "age"}}]}) == {
        "/tree": "t", "/tree/of/0": "t.0", "/tree/of/0/of": "t.0",
    }  # fmt: skip


def test_the_story_stands_on_the_overview_with_its_next_step(mia_s: Client, aroma: Merchant) -> None:
    for n, person in enumerate(several(aroma, 40)):
        for again, days in enumerate((75, 55, 45)):
            bought(aroma, person, f"B-{n}-{again}", days_ago=days)
        bought(aroma, person, f"C-{n}", days_ago=20)

    overview = mia_s.get("/dashboard/aroma/overview/").content.decode()
    panel = text_of(mia_s, "story")

    assert f'hx-get="{INSIGHT}/story"' in overview
    assert "普通会员: repurchase" in panel
    assert "−100%" in panel
    assert "segments/new?tree=" in panel


def test_a_model_is_asked_for_once(mia_s: Client, aroma: Merchant) -> None:
    for _n in range(2):
        assert mia_s.post(f"{INSIGHT}/models/run", {"kind": "churn"}).status_code == 302

    page = text_of(mia_s, "models/")

    assert page.count("Waiting") >= 1
    assert aroma.slug == "aroma"
    assert mia_s.post(f"{INSIGHT}/models/run", {"kind": "magic"}).status_code == 404


def test_used_segments_say_by_whom(mia_s: Client, aroma: Merchant, by_ana: Actor) -> None:
    first = a_segment(aroma, by_ana)
    a_segment(aroma, by_ana, {"kind": "segment", "segment": first.code}, name="Regulars again")

    page = text_of(mia_s, f"segments/{public_id('seg', first.pk)}")
    refused = mia_s.post(f"{INSIGHT}/segments/{public_id('seg', first.pk)}/archive")

    assert "Regulars again" in page
    assert refused.status_code == 302
    first.refresh_from_db()
    assert first.archived_at is None


def test_a_model_card_shows_model_beside_baseline(mia_s: Client, aroma: Merchant) -> None:
    run = request_run(aroma, kind=RunKind.CHURN, by=SYSTEM)
    figures = {"customers": 618, "churn_rate": 0.142, "auc": 0.9141, "brier": 0.0782, "lift_10": 4.64}
    card = {
        "why_served": "better_than_baseline",
        "holdout": {"model": figures, "baseline": {**figures, "auc": 0.9161}},
        "calibration": [{"bin": 1, "customers": 60, "predicted": 0.12, "observed": 0.1, "low": 0.05, "high": 0.2}],
        "deciles": [
            {
                "decile": 1,
                "customers": 62,
                "predicted": 0.615,
                "observed": 0.661,
                "lift": 4.64,
                "cumulative_share": 0.466,
            }
        ],
        "bands": {"high": 39, "low": 536, "medium": 45, "edges": [0.35, 0.65]},
        "baseline_fit": {"r": 1.41, "alpha": 9.99, "a": 0.015, "b": 7.7, "degenerate": "dropout_vanishes"},
        "gate": {"gaps": [{"code": "buyers", "have": 3, "need": 500}]},
    }
    ModelRun.objects.filter(merchant=aroma, pk=run.pk).update(state="served", served_by="logistic", card=card)

    page = text_of(mia_s, f"models/{public_id('run', run.pk)}")

    for told in (
        "0.9141",
        "0.9161",
        "46.6%",
        "66.1%",
        "nobody ever seems to leave",
        "500 are needed",
        "Logistic regression",
    ):
        assert told in page
    assert page.index(">Low<") < page.index(">Medium<") < page.index(">High<")
