"""What customers will spend: sums that hold, an order that helps, intervals that are measured."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from analytics.actions.runs import begin_run
from analytics.actions.scores import NewForecast, write_value_forecasts
from analytics.models import RunKind, RunState, ValueForecast
from analytics.queries.scores import value_of
from analytics.science.features import Features, read_features
from analytics.science.figures import gini, spend_deciles, spend_figures
from analytics.science.lifetime_value import (
    SpendModel,
    Spread,
    boosting_wins,
    fit_parametric,
    forecast_value,
    learn_value,
    with_parametric,
)
from analytics.science.purchases import Source
from analytics.science.value_run import run_value
from customers.models import Customer, Trait
from merchants.clock import today
from merchants.models import Merchant
from tests.analytics.simulated import simulate

pytestmark = pytest.mark.django_db


def test_a_young_shop_gets_the_purchase_model_and_says_why(aroma: Merchant) -> None:
    simulate(aroma, 120)
    day, source = today(aroma), Source.of_shop(aroma)
    learnt = learn_value(source, day, 90, day - timedelta(days=100))
    assert (learnt.served_by, learnt.why) == ("bgnbd", "too_little_history")
    forecast = forecast_value(source, day, learnt)
    assert np.array_equal(forecast.spend, forecast.baseline)
    assert (forecast.low <= forecast.spend).all()
    assert (forecast.spend <= forecast.high).all()
    assert (forecast.year >= forecast.spend).all()


def test_the_order_of_rows_changes_no_forecast(aroma: Merchant) -> None:
    simulate(aroma, 80)
    found = read_features(Source.of_shop(aroma), [today(aroma)])
    other = np.random.default_rng(2).permutation(len(found))
    shuffled = Features(found.cut[other], found.customer[other], found.matrix[other], found.names)
    one, two = fit_parametric(found), fit_parametric(shuffled)
    assert one.purchases == two.purchases
    assert np.allclose(one.spend(found, 90)[other], two.spend(shuffled, 90), rtol=1e-4)


def test_boosting_orders_people_and_leaves_the_sum_alone(aroma: Merchant) -> None:
    simulate(aroma, 120)
    features, _fits = with_parametric(read_features(Source.of_shop(aroma), [today(aroma)]), 90)
    spend = np.random.default_rng(1).gamma(2, 3000, len(features))
    predicted = SpendModel.train(features, spend).predict(features)
    assert predicted.sum() == pytest.approx(features.of("parametric").sum())
    assert (predicted >= 0).all()


def test_boosting_serves_only_where_it_orders_better_and_adds_up() -> None:
    actual = np.arange(1.0, 201.0)
    noisy = np.random.default_rng(0).permutation(actual)
    assert boosting_wins(actual, actual * 1.05, noisy)
    assert not boosting_wins(actual, noisy, actual)
    assert not boosting_wins(actual, actual * 1.5, noisy)


def test_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(7)
    predicted = rng.gamma(2, 5000, 4000)
    actual = predicted * rng.gamma(3, 1 / 3, 4000)
    low, high = Spread.measured(predicted[::2], actual[::2]).interval(predicted[1::2])
    inside = (actual[1::2] >= low) & (actual[1::2] <= high)
    assert 0.75 < inside.mean() < 0.85


def test_figures_by_hand() -> None:
    actual = np.array([0.0, 0.0, 10.0, 30.0])
    found = spend_figures(actual, actual, actual, actual)
    assert (found["mae_minor"], found["calibration"], found["ngini"], found["coverage"]) == (0, 1, 1, 1)
    assert gini(actual, -actual) == pytest.approx(-gini(actual, actual))
    assert spend_figures(actual, actual[::-1] * 2, actual, actual)["calibration"] == 2
    assert spend_deciles(np.arange(20.0), np.arange(20.0))[0] == {
        "decile": 1, "customers": 2, "predicted_minor": 18.5, "actual_minor": 18.5,
    }  # fmt: skip


def test_a_night_forecasts_everybody(aroma: Merchant, borough: Merchant) -> None:
    simulate(aroma, 520, seed=4)
    run = run_value(aroma)
    assert run is not None
    assert run.state == RunState.SERVED
    rows = ValueForecast.objects.filter(merchant=aroma)
    assert rows.count() == run.customers == run.changed
    assert sum(rows.values_list("spend_90d_minor", flat=True)) == pytest.approx(
        run.card["totals"]["spend_90d_minor"], rel=0.01
    )
    assert {"bgnbd", "gamma_gamma"} == set(run.card["fit"])
    assert Trait.objects.filter(merchant=aroma, key="predicted_spend_365d").count() == rows.count()
    assert not ValueForecast.objects.filter(merchant=borough).exists()


def test_a_forecast_is_written_once(aroma: Merchant, carla: Customer, dario: Customer, rival_carla: Customer) -> None:
    run = begin_run(aroma, kind=RunKind.LIFETIME_VALUE)
    assert run is not None
    rows = [NewForecast(each.pk, 1.5, (100, 50, 200), (400, 200, 800)) for each in (carla, dario, rival_carla)]
    assert write_value_forecasts(run, rows) == 2
    assert write_value_forecasts(run, rows) == 0
    found = value_of(carla)
    assert found is not None
    assert (found.spend_90d_minor, found.high_365d_minor) == (100, 800)
    assert value_of(rival_carla) is None
    assert write_value_forecasts(run, rows[:1]) == 1
    assert value_of(dario) is None
