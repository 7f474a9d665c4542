"""BG/NBD and Gamma-Gamma against the literature, against their own gradients, and at their edges."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad

from analytics.science import bgnbd, gamma_gamma
from analytics.science.bgnbd import BgNbd, Floats, expected_purchases, fit_bgnbd, p_alive, p_no_purchase
from analytics.science.gamma_gamma import GammaGamma, expected_amount, fit_gamma_gamma

# Fader, Hardie & Lee (2005), table 2; time in weeks.
CDNOW = BgNbd(0.2426, 4.4136, 0.7929, 2.4259, -9582.4, 2357)
# Fader & Hardie (2013), the same customers' spend.
CDNOW_SPEND = GammaGamma(6.25, 3.74, 15.44, 0.0, 946)


def _cdnow() -> tuple[Floats, Floats, Floats, Floats]:
    """x, t_x, T and mean spend of the CDNOW sample, as the package `lifetimes` carries it; it is not imported."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the package lifetimes, which carries the CDNOW sample, is not installed")
    path = Path(found.submodule_search_locations[0]) / "datasets" / "cdnow_customers_summary_with_transactions.csv"
    with path.open() as text:
        rows = [[float(row[name]) for name in ("x", "t_x", "T", "zbar")] for row in csv.DictReader(text)]
    x, t_x, age, mean = np.array(rows).T
    return x, t_x, age, mean


def test_the_cdnow_sample_gives_the_published_parameters() -> None:
    x, t_x, age, mean = _cdnow()
    fit = fit_bgnbd(x, t_x, age)
    assert (fit.r, fit.alpha, fit.a, fit.b) == pytest.approx((0.2426, 4.4135, 0.7929, 2.4258), abs=1e-3)
    assert fit.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    assert fit.degenerate is None
    spend = fit_gamma_gamma(x, mean)
    assert (spend.p, spend.q, spend.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)


def test_a_customer_of_the_paper_is_expected_to_buy_as_often_as_the_paper_says() -> None:
    x, t_x, age = np.array([2.0]), np.array([30.43]), np.array([38.86])
    assert expected_purchases(CDNOW, x, t_x, age, 39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_spend_lies_between_the_customer_s_own_mean_and_everybody_s() -> None:
    everybody = 15.44 * 6.25 / 2.74
    expected = expected_amount(CDNOW_SPEND, np.array([0.0, 2.0, 5.0]), np.array([0.0, 22.35, 80.0]))
    assert expected[0] == pytest.approx(everybody, rel=1e-6)
    assert 22.35 < expected[1] < everybody
    assert everybody < expected[2] < 80


def test_who_bought_once_counts_as_alive_and_may_yet_not_come_back() -> None:
    once = np.array([0.0]), np.array([0.0]), np.array([30.0])
    assert p_alive(CDNOW, *once)[0] == 1
    assert 0.8 < p_no_purchase(CDNOW, *once, 13.0)[0] < 1


@given(
    x=st.integers(0, 400), share=st.floats(0, 1), age=st.floats(1, 400), days=st.floats(1, 365),
    longer=st.floats(1, 365),
)  # fmt: skip
def test_longer_silence_is_less_likely_and_nothing_overflows(
    x: int, share: float, age: float, days: float, longer: float
) -> None:
    one = np.array([float(x)]), np.array([age * share if x else 0.0]), np.array([age])
    short, long = p_no_purchase(CDNOW, *one, days)[0], p_no_purchase(CDNOW, *one, days + longer)[0]
    assert 0 <= long <= short <= 1
    few, many = (expected_purchases(CDNOW, *one, each)[0] for each in (days, days + longer))
    assert np.isfinite(many)
    assert -1e-9 <= few <= many * (1 + 1e-9) + 1e-9


def test_the_gradients_are_those_of_the_likelihoods() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 6, 40).astype(float)
    age = rng.uniform(5, 40, 40)
    t_x = np.where(x > 0, age * rng.uniform(0, 1, 40), 0)
    shares = np.full(40, 1 / 40)
    logs = np.log([0.5, 4.0, 0.8, 2.5])
    both = bgnbd._log_likelihood
    assert check_grad(lambda p: both(p, x, t_x, age, shares)[0], lambda p: both(p, x, t_x, age, shares)[1], logs) < 1e-5
    mean, times, spend = rng.uniform(5, 90, 40), np.maximum(x, 1), gamma_gamma._log_likelihood
    start = np.log([3.0, 2.5, 12.0])
    assert check_grad(lambda p: spend(p, times, mean)[0], lambda p: spend(p, times, mean)[1], start) < 1e-3


def test_the_order_of_customers_and_the_unit_of_time_change_nothing() -> None:
    rng = np.random.default_rng(5)
    age = rng.integers(20, 200, 800).astype(float)
    x = rng.poisson(age * rng.gamma(1.0, 0.03, 800)).astype(float)
    t_x = np.where(x > 0, np.floor(age * rng.uniform(0, 1, 800)), 0)
    fit = fit_bgnbd(x, t_x, age)
    other = rng.permutation(800)
    assert fit_bgnbd(x[other], t_x[other], age[other]) == fit
    weeks = fit_bgnbd(x, t_x / 7, age / 7)
    assert weeks.alpha == pytest.approx(fit.alpha / 7, rel=1e-3)
    assert weeks.r == pytest.approx(fit.r, rel=1e-3)


def test_a_degenerate_fit_is_said() -> None:
    nobody = np.zeros(50)
    assert fit_bgnbd(nobody, nobody, np.full(50, 30.0)).degenerate == "no_repeat"
    assert fit_gamma_gamma(nobody, nobody).degenerate == "no_repeat"
    # Everybody bought again on the last day: nobody ever left.
    x = np.random.default_rng(1).integers(5, 30, 300).astype(float)
    always = fit_bgnbd(x, np.full(300, 99.0), np.full(300, 100.0))
    assert always.degenerate is not None
    assert np.isfinite(p_no_purchase(always, x, np.full(300, 99.0), np.full(300, 100.0), 30.0)).all()


@pytest.mark.parametrize("a", [29.9, 30.1, 8103.0])
def test_a_dropout_that_is_the_same_for_all_is_reckoned_without_overflow(a: float) -> None:
    x, t_x, age = np.array([0.0, 3.0, 60.0]), np.array([0.0, 80.0, 190.0]), np.array([200.0, 90.0, 200.0])
    model = BgNbd(1.2, 12.0, a, 9 * a, 0.0, 3)
    found = expected_purchases(model, x, t_x, age, 365.0)
    assert np.isfinite(found).all()
    nearby = expected_purchases(BgNbd(1.2, 12.0, 29.9, 9 * 29.9, 0.0, 3), x, t_x, age, 365.0)
    assert found[:2] == pytest.approx(
        nearby[:2], rel=0.15
    )  # who bought sixty times is told apart by a wide prior alone
    assert (found > 0).all()
