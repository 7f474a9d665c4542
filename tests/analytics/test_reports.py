"""The figures say what they define, of their own shop alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from analytics.queries.programme_effect import effect_of_redeeming
from analytics.queries.reports import REPORTS, report_of, span_asked
from analytics.queries.reports_customers import buckets_of, repurchase_by_tier
from analytics.queries.reports_revenue import category_revenue
from analytics.queries.reports_rhythm import Churn, churn_in, intervals_in
from analytics.queries.story import insight_story
from analytics.rules.findings import Mean, Share, count_change, difference, mean_change, share_change
from analytics.rules.spans import PRESETS, Span, preset_span
from customers.models import Customer
from loyalty.actions.holds import hold_points
from loyalty.actions.refunds import refund_order
from merchants.clock import today
from merchants.errors import InvalidValue, NotFound
from merchants.models import SYSTEM, Merchant
from tests.analytics.doors import bought, noon, several
from tests.cast import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def thirty_days(shop: Merchant) -> Span:
    return preset_span("30d", today(shop))


@given(st.sampled_from(PRESETS), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_every_span_is_cut_whole_and_compared_with_what_lies_before(preset: str, day: date) -> None:
    span = preset_span(preset, day)
    starts = span.starts()

    assert starts[0] == span.first
    assert starts == sorted(set(starts))
    assert starts[-1] <= span.last
    assert span.before.last < span.first
    assert span.before.days <= span.days or preset == "last_month"


def test_active_and_new_customers_count_people_not_orders(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer
) -> None:
    bought(aroma, carla, "A-1", days_ago=3)
    bought(aroma, carla, "A-2", days_ago=3)
    bought(aroma, carla, "A-0", days_ago=40)
    bought(aroma, dario, "A-3", days_ago=1)
    bought(aroma, None, "A-4", days_ago=1)
    span = thirty_days(aroma)

    active, new = report_of(aroma, "active", span), report_of(aroma, "new", span)

    assert active.headline is not None
    assert active.headline.value == 2
    assert new.headline is not None
    assert new.headline.value == 1  # Carla had bought before
    assert [row[1] for row in active.rows[:-1] if row[1]] == [1, 1]
    assert all(row[1] in (0, None) for row in report_of(borough, "active", thirty_days(borough)).rows)


def test_what_went_back_whole_is_no_order(aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-1", 100, days_ago=2)
    bought(aroma, carla, "A-2", 300, days_ago=2)
    refund_order(carla.orders.select_related("merchant").get(number="A-2"), number="R-2", by=SYSTEM)

    report = report_of(aroma, "average_order", thirty_days(aroma))

    assert report.headline is not None
    assert report.headline.value == 10000


def test_a_shop_that_is_too_young_is_not_compared(aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-0", days_ago=35)
    bought(aroma, carla, "A-1", days_ago=2)
    young = report_of(aroma, "active", thirty_days(aroma)).headline
    bought(aroma, carla, "A-9", days_ago=70)
    old = report_of(aroma, "active", thirty_days(aroma)).headline

    assert young is not None
    assert young.before is None
    assert old is not None
    assert old.before == 1


def test_repurchase_counts_in_the_tier_at_the_first_order(aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-1", 1200, days_ago=5)  # makes her silver
    bought(aroma, carla, "A-2", 100, days_ago=2)

    regular, silver, _gold = repurchase_by_tier(aroma, thirty_days(aroma))

    assert (regular.buyers, regular.again) == (1, 1)
    assert (silver.buyers, silver.again) == (0, 0)


def test_revenue_is_the_tier_s_at_the_purchase_and_guests_stand_apart(aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-1", 1200, days_ago=5)
    bought(aroma, carla, "A-2", 100, days_ago=2)
    bought(aroma, None, "A-3", 50, days_ago=2)

    rows = {row[0]: row for row in report_of(aroma, "revenue_by_tier", thirty_days(aroma)).rows}

    assert rows["普通会员"][3] == 120000
    assert rows["银卡会员"][3] == 10000
    assert rows["Guests"][3] == 5000
    assert rows["金卡会员"][3] == 0


def test_gaps_are_days_between_days_of_purchase(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    for n, days in enumerate((40, 20, 20, 5)):
        bought(aroma, carla, f"A-{n}", days_ago=days)
    bought(aroma, dario, "B-1", days_ago=3)

    found = intervals_in(aroma, thirty_days(aroma))

    assert (found.gaps, found.median) == (2, 17.5)  # 20 and 15 days; two orders of one day are one purchase day
    assert sum(found.counts) == 2
    assert found.counts[2] == 2


def test_a_customer_is_lost_when_the_horizon_ran_out_in_the_period(
    aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    nora, otto = several(aroma, 2)
    bought(aroma, carla, "A-1", days_ago=50)  # silent: lost 40 days after, ten days ago
    bought(aroma, dario, "B-1", days_ago=50)
    bought(aroma, dario, "B-2", days_ago=20)  # came back
    bought(aroma, nora, "C-1", days_ago=33)  # silent, and still has time
    bought(aroma, otto, "D-1", days_ago=90)  # was lost before the period began

    assert churn_in(aroma, [thirty_days(aroma)], horizon_days=40) == [Churn(active=3, lost=1)]


def test_a_rivals_customers_change_no_figure(aroma: Merchant, borough: Merchant, carla: Customer) -> None:
    for n in range(4):
        bought(aroma, carla, f"A-{n}", days_ago=7 * n + 1)
    span = thirty_days(aroma)
    before = {key: report_of(aroma, key, span) for key in REPORTS}

    for n, person in enumerate(several(borough, 5)):
        bought(borough, person, f"A-{n}", days_ago=n + 1)

    assert {key: report_of(aroma, key, span) for key in REPORTS} == before


def test_categories_add_up_to_what_the_group_spent(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    bought(aroma, carla, "A-1", 1200, days_ago=5, category="茶/绿茶")
    bought(aroma, carla, "A-2", 300, days_ago=2, category="茶器")
    bought(aroma, dario, "A-3", 80, days_ago=2, category="茶/红茶")

    found = category_revenue(aroma, thirty_days(aroma), by="tier")
    report = report_of(aroma, "categories", thirty_days(aroma), {"by": "tier"})

    assert found["茶"] == {"silver": 120000, "regular": 8000}
    assert [column.label for column in report.columns][3:] == ["普通会员", "银卡会员"]
    assert [row[4] for row in report.rows] == [0.8, 0.2]


def test_who_redeems_buys_more_and_did_before(aroma: Merchant) -> None:
    redeemers, others = several(aroma, 30, first=100), several(aroma, 30, first=200)
    for n, (one, other) in enumerate(zip(redeemers, others, strict=True)):
        for days in (80, 50, 10):
            bought(aroma, one, f"R-{n}-{days}", 500 + 3 * n + days % 7, days_ago=days)
            bought(aroma, other, f"O-{n}-{days}", 100 + 3 * n - days % 5, days_ago=days)
        hold_points(
            one, points=100, reference=f"h{one.pk}", by=SYSTEM, capture=True,
            occurred_at=noon(aroma, today(aroma) - timedelta(days=45)),
        )  # fmt: skip

    effect = effect_of_redeeming(aroma, thirty_days(aroma))
    report = report_of(aroma, "programme", thirty_days(aroma))

    assert (effect.redeemers.customers, effect.others.customers) == (30, 30)
    assert effect.naive is not None
    assert effect.naive.is_certain
    assert effect.placebo is not None
    assert effect.placebo.value == pytest.approx(effect.naive.value, rel=0.02)
    assert effect.adjusted is not None
    assert abs(effect.adjusted.value) < effect.naive.value / 50
    assert any("already spent" in note for note in report.notes)
    assert any("hold-out" in note for note in report.notes)


def test_too_few_redeemers_are_not_compared(aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-1", 500, days_ago=50)
    bought(aroma, carla, "A-2", 500, days_ago=5)

    report = report_of(aroma, "programme", thirty_days(aroma))

    assert report.headline is not None
    assert report.headline.value is None
    assert any("at least 30" in note for note in report.notes)


def test_days_that_make_no_period_are_refused(aroma: Merchant) -> None:
    day = today(aroma)
    for first, last in (
        (day, day - timedelta(days=1)),
        (day, None),
        (day - timedelta(days=4000), day),
        (day, day + timedelta(1)),
    ):
        with pytest.raises(InvalidValue):
            span_asked(aroma, first=first, last=last)
    with pytest.raises(InvalidValue):
        span_asked(aroma, preset="forever")
    with pytest.raises(NotFound):
        report_of(aroma, "nonsense", thirty_days(aroma))


def test_small_numbers_tell_no_story() -> None:
    assert share_change(Share(9, 10), Share(1, 10)) is None
    small = share_change(Share(50, 100), Share(48, 100))
    large = share_change(Share(500, 1000), Share(620, 1000))

    assert small is not None
    assert not small.is_telling
    assert large is not None
    assert large.is_telling
    assert large.relative < 0
    assert count_change(29, 100) is None
    assert mean_change(Mean(40, 10.0, 4.0), Mean(10, 5.0, 4.0)) is None
    assert difference(Mean(100, 10.0, 4.0), Mean(100, 5.0, 4.0)).is_certain  # type: ignore[union-attr]


@given(st.integers(30, 500), st.integers(30, 500), st.data())
def test_a_share_that_did_not_move_is_never_a_finding(people: int, before: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(1, before))
    change = share_change(Share(round(people * hits / before), people), Share(hits, before))

    assert change is None or not change.is_telling or abs(change.now - change.before) > 0.001


def test_the_story_says_that_a_tier_stopped_coming_back(aroma: Merchant) -> None:
    for n, person in enumerate(several(aroma, 60)):
        bought(aroma, person, f"A-{n}", days_ago=75)
        for again, days in enumerate((55, 45)):
            bought(aroma, person, f"B-{n}-{again}", days_ago=days)
        bought(aroma, person, f"C-{n}", days_ago=20)

    story = insight_story(aroma)

    first = story.findings[0]
    assert (first.kind, first.name, first.is_good) == ("tier_repurchase", "普通会员", False)
    assert first.change is not None
    assert (first.change.now, first.change.before) == (0, 1)
    assert not insight_story(Merchant.objects.get(slug="borough")).findings


def test_nothing_is_told_of_a_shop_without_orders(aroma: Merchant) -> None:
    make_customer(aroma, number="N1", name="Nora")
    story = insight_story(aroma)

    assert (story.findings, story.looked_at) == ((), 0)
    assert buckets_of(aroma, [thirty_days(aroma).since(aroma.zone)], thirty_days(aroma).until(aroma.zone)).orders == (
        0,
        0,
    )
    for key in REPORTS:
        assert report_of(aroma, key, thirty_days(aroma)).key == key
