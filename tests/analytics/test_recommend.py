"""What to suggest: learnt from the shop's own past, served from a table, never what the shop excludes."""

from __future__ import annotations

import time
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.actions.recommendations import NewPair, replace_pairs, set_recommendation_policy, write_picks
from analytics.actions.runs import begin_run
from analytics.models import AffinityPair, ModelRun, PersonalPicks, RunKind, RunState
from analytics.queries.recommendations import (
    affinity_pairs,
    because_in_words,
    excluded_product_ids,
    next_categories,
    recommendations_for,
)
from analytics.science.baskets import before, count_pairs, number_of, read_lines
from analytics.science.purchases import Source
from analytics.science.recommend import candidates, judge, know, learn_blend, next_basket, ranked_by, ranking_figures
from analytics.science.recommendation_run import list_picks, run_recommendations, strongest_pairs
from commerce.actions.catalogue import NewProduct, add_products
from commerce.models import Product
from customers.models import Customer
from events.models import Event
from merchants.clock import today
from merchants.errors import InvalidValue
from merchants.models import Actor, Merchant
from tests.analytics.simulated import simulate

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


def lines_of(*baskets: tuple[int, int, tuple[int, ...]]) -> pd.DataFrame:
    """(customer, days before DAY, products) → lines."""
    rows = [
        (customer, product, order, number_of(DAY) - days)
        for order, (customer, days, products) in enumerate(baskets, start=1)
        for product in products
    ]
    return pd.DataFrame(rows, columns=["customer", "product", "order", "day"]).sort_values(
        ["day", "order"], ignore_index=True
    )


@pytest.fixture
def teas(aroma: Merchant) -> list[Product]:
    add_products(aroma, [NewProduct(f"T-{n}", f"茶 {n}", "茶/绿茶" if n % 2 else "礼品/茶具", "") for n in range(6)])
    return list(Product.objects.filter(merchant=aroma).order_by("sku"))


@pytest.fixture
def run(aroma: Merchant) -> ModelRun:
    begun = begin_run(aroma, kind=RunKind.RECOMMENDATIONS)
    assert begun is not None
    return begun


def test_pairs_count_orders_that_hold_both() -> None:
    lines = lines_of(
        *[(n, 10, (1, 2)) for n in range(25)], *[(n, 9, (1,)) for n in range(25)], *[(n, 8, (3,)) for n in range(50)]
    )
    pairs = strongest_pairs(count_pairs(lines, DAY))
    assert [(each.product_id, each.other_id) for each in pairs] == [(1, 2), (2, 1)]
    assert (pairs[0].together, pairs[0].with_product, pairs[0].with_other, pairs[0].in_all) == (25, 50, 25, 100)
    assert (pairs[0].confidence, pairs[0].lift) == (0.5, 2.0)
    assert strongest_pairs(count_pairs(lines[lines["customer"] < 19], DAY)) == []  # support below twenty


def test_the_future_and_the_order_of_rows_change_no_list() -> None:
    rng = np.random.default_rng(1)
    lines = lines_of(
        *[(n % 40, int(d), tuple(rng.integers(1, 12, 3))) for n in range(600) for d in [rng.integers(1, 120)]]
    )
    lines = lines.drop_duplicates(["customer", "product", "order"])
    cut = DAY - timedelta(days=20)

    def lists(of: pd.DataFrame) -> list[tuple[int, list[tuple[int, str]]]]:
        blend = learn_blend(before(of, cut), cut)
        found = list_picks(of, know(of, cut), blend, left_out=set())
        return [(customer, [(pick[0], pick[2]) for pick in picks]) for customer, picks in found]

    told = lists(lines)
    assert told == lists(before(lines, cut))
    shuffled = lines.sample(frac=1, random_state=3).sort_values(["day", "order"], kind="stable", ignore_index=True)
    assert told == lists(shuffled)


def test_recall_by_hand() -> None:
    ranked = pd.DataFrame({"customer": [1] * 3 + [2], "product": [10, 11, 12, 10], "is_new": False})
    wanted = pd.DataFrame({"customer": [1, 1, 2], "product": [10, 12, 99]})
    found = ranking_figures(ranked, wanted)
    assert found["recall_10"] == pytest.approx((1.0 + 0.0) / 2)
    assert found["ndcg_10"] == pytest.approx((1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3)) / 2)
    assert ranking_figures(ranked, wanted[:0])["recall_10"] is None


def test_the_next_basket_is_the_first_order_of_the_window() -> None:
    lines = lines_of((1, 5, (7, 8)), (1, 3, (9,)), (2, 40, (7,)))
    found = next_basket(lines, DAY - timedelta(days=10))
    assert sorted(found.itertuples(index=False, name=None)) == [(1, 7), (1, 8)]


def test_a_habit_comes_first_and_what_is_new_says_because(aroma: Merchant) -> None:
    simulate(aroma, 80, seed=3)
    day = today(aroma)
    lines = read_lines(Source.of_shop(aroma), day)
    table = candidates(lines, know(lines, day))
    blend = learn_blend(lines, day)
    ranked = ranked_by(table, blend.score(table))
    first = ranked.groupby("customer").head(1)
    assert (~first["is_new"]).mean() > 0.8
    judged = judge(
        lines, day - timedelta(days=14), learn_blend(before(lines, day - timedelta(days=14)), day - timedelta(days=14))
    )
    assert judged["blend"]["recall_10"] is not None
    picks = dict(list_picks(lines, know(lines, day), blend, left_out=set()))
    assert set(picks) == set(lines["customer"])
    assert {pick[2] for each in picks.values() for pick in each} <= {"again", "new"}


def test_a_list_is_served_fast_and_obeys_exclusions_at_once(
    aroma: Merchant, carla: Customer, dario: Customer, teas: list[Product], run: ModelRun, by_ana: Actor
) -> None:
    items = [(tea.pk, 0.5 - n / 10, "new" if n else "again", teas[0].pk if n else None) for n, tea in enumerate(teas)]
    popular = [(teas[5].pk, 9.0, "popular", None)]
    assert write_picks(run, [(None, popular), (carla.pk, items)]) == 2
    assert write_picks(run, [(None, popular), (carla.pk, items)]) == 0
    with CaptureQueriesContext(
        connection,
    ) as asked:
        served = recommendations_for(carla, limit=4)
    assert len(asked) == 3
    assert [each.product.sku for each in served] == ["T-0", "T-1", "T-2", "T-3"]
    assert teas[0].name in because_in_words(served[1])
    began = time.perf_counter()
    for _ in range(20):
        recommendations_for(carla)
    assert (time.perf_counter() - began) / 20 < 0.05  # under 5 ms alone on a machine
    assert [each.kind for each in recommendations_for(dario)] == ["popular"]
    assert next_categories(carla)[0] == "礼品/茶具"
    set_recommendation_policy(aroma, excluded_categories=["礼品"], unavailable_skus=["T-1", " "], by=by_ana)
    assert [each.product.sku for each in recommendations_for(carla)] == ["T-3", "T-5"]
    assert excluded_product_ids(aroma) == {tea.pk for tea in teas if tea.sku in ("T-0", "T-1", "T-2", "T-4")}
    assert Event.objects.filter(merchant=aroma, type="analytics.recommendation_policy_changed").count() == 1


def test_too_long_a_list_of_exclusions_is_refused(aroma: Merchant, by_ana: Actor) -> None:
    with pytest.raises(InvalidValue):
        set_recommendation_policy(aroma, excluded_categories=["x" * 201], unavailable_skus=[], by=by_ana)
    assert not Event.objects.filter(merchant=aroma, type="analytics.recommendation_policy_changed").exists()


def test_nobody_gets_the_rival_s_list(
    aroma: Merchant, carla: Customer, rival_carla: Customer, teas: list[Product], run: ModelRun
) -> None:
    write_picks(run, [(None, []), (rival_carla.pk, [(teas[0].pk, 1.0, "again", None)])])
    assert not PersonalPicks.objects.filter(merchant=rival_carla.merchant_id).exists()
    assert recommendations_for(rival_carla) == []
    replace_pairs(run, [NewPair(teas[0].pk, teas[1].pk, 30, 40, 50, 1000)])
    assert affinity_pairs(aroma).get().lift == pytest.approx(15)
    assert affinity_pairs(aroma, product=teas[2]).count() == 0
    assert AffinityPair.objects.filter(merchant=rival_carla.merchant_id).count() == 0


def test_a_night_lists_everybody(aroma: Merchant) -> None:
    simulate(aroma, 510, seed=4)
    done = run_recommendations(aroma)
    assert done is not None
    assert done.state == RunState.SERVED
    assert {"blend", "personal", "popular"} <= set(done.card["holdout"])
    assert PersonalPicks.objects.filter(merchant=aroma, customer__isnull=False).count() == done.customers
    assert AffinityPair.objects.filter(merchant=aroma).count() == done.card["pairs"]
