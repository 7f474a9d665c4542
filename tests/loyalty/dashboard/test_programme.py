"""The programme is drafted, its effect is seen, and only then it is in force."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client

from customers.models import Customer
from loyalty.actions.programme import publish_draft, save_draft
from loyalty.dashboard.readable import changes_between
from loyalty.dashboard.starter import starter_terms
from loyalty.dashboard.terms_forms import rules_initial, tiers_initial
from loyalty.models import Award, Entry, ProgrammeVersion
from loyalty.queries.preview import MOST_ORDERS, back_test, preview_expiry, preview_tiers
from loyalty.queries.programme import current_terms, find_draft
from loyalty.rules.terms import Terms
from merchants.clock import now, today
from merchants.models import Actor, Merchant, StaffMember
from tests.cast import make_shop, make_terms
from tests.loyalty.dashboard.conftest import an_order, browser_of

PROGRAMME = "/dashboard/aroma/programme/"


def posted(prefix: str, rows: list[dict[str, Any]], **more: str) -> dict[str, str]:
    """A formset as a browser sends it."""
    sent = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(len(rows)), **more}
    for n, row in enumerate(rows):
        sent |= {f"{prefix}-{n}-{name}": str(value) for name, value in row.items() if value not in (None, False)}
    return sent


def ladder_of(terms: Terms, **changes: int) -> Terms:
    """The same terms with another second tier."""
    document = terms.model_dump(mode="json")
    document["ladder"]["tiers"][1].update(changes)
    return Terms.model_validate(document)


def test_the_pages_read_the_terms_in_force(ana_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    an_order(aroma, carla, "A-1", 80, at=now(aroma) - timedelta(days=350))

    rules = ana_s_browser.get(PROGRAMME).content.decode()
    tiers = ana_s_browser.get(f"{PROGRAMME}tiers/").content.decode()
    expiry = ana_s_browser.get(f"{PROGRAMME}expiry/").content.decode()

    assert "1 积分 per ¥1.00" in rules
    assert "礼品卡" in rules
    assert "1,000 成长值 or 10 orders" in tiers
    assert "nothing: everyone starts here" in tiers
    assert "12 months after they were earned" in expiry
    assert "80 points of 1 member leave before" in expiry
    assert carla.name in expiry


def test_a_draft_changes_nothing_until_it_is_published(ana_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    rows = rules_initial(current_terms(aroma).earning_rules, "CNY")
    rows[0]["points_per_unit"] = "2"

    shown = ana_s_browser.post(f"{PROGRAMME}draft/rules", posted("rule", rows, note="double"), follow=True)

    page = shown.content.decode()
    assert "2 积分 per ¥1.00" in page
    assert "1 积分 per ¥1.00" in page
    an_order(aroma, carla, "A-1", 100)
    assert Award.objects.get(merchant=aroma, wallet="points").points == 100

    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    ana_s_browser.post(f"{PROGRAMME}draft/publish", {"seen": seen[1]})

    assert find_draft(aroma) is None
    an_order(aroma, carla, "A-2", 100, at=now(aroma))
    assert Award.objects.get(merchant=aroma, wallet="points", order__number="A-2").points == 200
    assert "1 积分 per ¥1.00" in ana_s_browser.get(f"{PROGRAMME}versions/2").content.decode()


def test_what_was_not_previewed_is_not_published(
    ana_s_browser: Client, aroma: Merchant, by_ana: Actor, by_ben: Actor
) -> None:
    save_draft(aroma, terms=make_terms(pending_days=3), by=by_ana)
    page = ana_s_browser.get(f"{PROGRAMME}draft/preview").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    save_draft(aroma, terms=make_terms(pending_days=300), by=by_ben)

    answer = ana_s_browser.post(f"{PROGRAMME}draft/publish", {"seen": seen[1]})

    assert answer.status_code == 422
    assert "changed after this preview" in answer.content.decode()
    assert ProgrammeVersion.objects.filter(merchant=aroma, state="published").count() == 1


def test_terms_may_begin_on_a_later_day_but_not_in_the_past(
    ana_s_browser: Client, aroma: Merchant, by_ana: Actor
) -> None:
    save_draft(aroma, terms=make_terms(pending_days=3), by=by_ana)
    page = ana_s_browser.get(f"{PROGRAMME}draft/preview").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    url = f"{PROGRAMME}draft/publish"

    past = ana_s_browser.post(url, {"seen": seen[1], "begins_on": str(today(aroma) - timedelta(days=1))})
    later = ana_s_browser.post(url, {"seen": seen[1], "begins_on": str(today(aroma) + timedelta(days=9))}, follow=True)

    assert past.status_code == 422
    assert "never in the past" in past.content.decode()
    assert "To come" in later.content.decode()
    assert current_terms(aroma).pending_days == 0


def test_a_marketer_drafts_but_does_not_publish(mia_s_browser: Client, aroma: Merchant, by_ana: Actor) -> None:
    rows = tiers_initial(current_terms(aroma).ladder.tiers)
    settings = {"match": "either", "window_months": "12", "grace_days": "7"}

    page = mia_s_browser.post(f"{PROGRAMME}draft/tiers", posted("tier", rows, **settings), follow=True).content.decode()

    assert "An owner of the shop publishes it" in page
    assert "7 days" in page
    assert mia_s_browser.post(f"{PROGRAMME}draft/publish", {"seen": "x"}).status_code == 403
    mia_s_browser.post(f"{PROGRAMME}draft/discard")
    assert find_draft(aroma) is None


def test_a_new_tier_finds_its_place_and_a_ladder_must_climb(mia_s_browser: Client, aroma: Merchant) -> None:
    rows = [*tiers_initial(current_terms(aroma).ladder.tiers)]
    settings = {"match": "either", "window_months": "12", "grace_days": "30"}
    new = {"name": "铂金会员", "min_growth": 3000, "min_orders": 20, "multiplier": "1.4"}

    mia_s_browser.post(f"{PROGRAMME}draft/tiers", posted("tier", [*rows, new], **settings))
    refused = mia_s_browser.post(
        f"{PROGRAMME}draft/tiers", posted("tier", [*rows, {**new, "min_orders": 5}], **settings)
    )

    draft = find_draft(aroma)
    assert draft is not None
    assert [tier.name for tier in draft.parsed().ladder.tiers][2] == "铂金会员"
    assert draft.parsed().ladder.tiers[2].code == "tier-2"
    assert refused.status_code == 422
    assert "Each tier asks for more" in refused.content.decode()


def test_expiry_and_names_are_drafted_too(mia_s_browser: Client, aroma: Merchant) -> None:
    given = {
        "name": "茶友会", "points_name": "茶豆", "growth_name": "成长值", "expiry_kind": "year_end", "months": "0",
        "pending_days": "7", "shortfall": "write_off", "hold_minutes": "30", "welcome_points": "50", "note": "",
    }  # fmt: skip

    page = mia_s_browser.post(f"{PROGRAMME}draft/expiry", given, follow=True).content.decode()
    short = mia_s_browser.post(f"{PROGRAMME}draft/expiry", {**given, "expiry_kind": "months"})

    assert "at the end of the year in which they were earned" in page
    assert "茶豆" in page
    assert short.status_code == 422
    assert "at least one month" in short.content.decode()


def test_a_shop_without_a_programme_begins_with_a_proposal(ana: StaffMember) -> None:
    shop = make_shop("newshop", "New Shop", ana, language="en", currency="EUR")
    browser = browser_of(ana)
    url = "/dashboard/newshop/programme/"

    assert "No programme is published yet" in browser.get(url).content.decode()
    rows = rules_initial(starter_terms(shop).earning_rules, "EUR")
    page = browser.post(f"{url}draft/rules", posted("rule", rows), follow=True).content.decode()

    assert "This is the first version" in page
    assert "Points for purchases" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    browser.post(f"{url}draft/publish", {"seen": seen[1]})
    assert current_terms(shop).ladder.tiers[2].name == "Gold"


def test_the_tier_preview_moves_members_by_what_they_have(
    aroma: Merchant, carla: Customer, dario: Customer, rival_carla: Customer
) -> None:
    an_order(aroma, carla, "A-1", 1500)
    an_order(aroma, dario, "A-2", 700)
    terms = current_terms(aroma)

    harder = preview_tiers(aroma, terms.ladder, ladder_of(terms, min_growth=2000).ladder)
    easier = preview_tiers(aroma, terms.ladder, ladder_of(terms, min_growth=500).ladder)

    (fall,) = harder.moves
    assert (fall.before, fall.after, fall.members, fall.sample) == ("银卡会员", "普通会员", 1, [carla])
    assert fall.rise < 0
    assert harder.staying == 1
    (rise,) = easier.moves
    assert rise.rise > 0
    assert rise.sample == [dario]
    assert easier.counts == [("普通会员", 0), ("银卡会员", 2), ("金卡会员", 0)]


def test_the_back_test_agrees_with_what_was_awarded(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    an_order(aroma, carla, "A-1", 900, 150)
    an_order(aroma, carla, "A-2", 333)  # as silver
    an_order(aroma, dario, "A-3", 80, at=now(aroma) - timedelta(days=60))
    terms = current_terms(aroma)
    document = terms.model_dump(mode="json")
    document["earning_rules"][0] |= {"points_per_unit": "2", "minimum_minor": 50_000}

    month = back_test(aroma, terms, Terms.model_validate(document), days=30)
    quarter = back_test(aroma, terms, terms, days=90)

    awarded = Award.objects.filter(merchant=aroma, wallet="points").values_list("order__number", "points")
    points = dict(awarded)
    assert (month.orders, month.tested, month.points_before) == (2, 2, points["A-1"] + points["A-2"])
    assert (month.points_after, month.more, month.less) == (2100, 1, 1)
    assert {change.number for change in month.largest} == {"A-1", "A-2"}
    assert quarter.points_before == quarter.points_after == sum(points.values())
    assert quarter.growth_before == 1463
    assert not quarter.is_sample
    assert MOST_ORDERS > 3


def test_previews_write_nothing(ana_s_browser: Client, aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    an_order(aroma, carla, "A-1", 1500)
    save_draft(aroma, terms=ladder_of(current_terms(aroma), min_growth=2000), by=by_ana)
    entries = Entry.objects.filter(merchant=aroma).count()

    page = ana_s_browser.get(f"{PROGRAMME}draft/preview?days=90").content.decode()

    assert carla.name in page
    assert "All 1 orders" not in page
    assert Entry.objects.filter(merchant=aroma).count() == entries


def test_changes_are_told_once_each(aroma: Merchant, by_ana: Actor) -> None:
    before = current_terms(aroma)
    after = make_terms(expiry={"kind": "none"}, pending_days=7)

    changes = {(each.what, each.before, each.after) for each in changes_between(before, after, "CNY")}

    assert changes == {
        ("Points leave", "12 months after they were earned", "never"),
        ("Can be spent after", "at once", "7 days"),
    }
    assert preview_expiry(aroma, before, after).after is None
    save_draft(aroma, terms=after, by=by_ana)
    publish_draft(aroma, by=by_ana)
    assert changes_between(current_terms(aroma), after, "CNY") == []
