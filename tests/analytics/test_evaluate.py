"""`manage.py evaluate`: the figures of a past day, of a shop and of a file."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from analytics.science.figures import (
    calibration_bins,
    churn_deciles,
    churn_figures,
    reference_shares,
    stability_index,
    wilson,
)
from commerce.models import Order
from merchants.clock import today
from merchants.models import Merchant
from tests.analytics.simulated import simulate

pytestmark = pytest.mark.django_db


def told(*words: str) -> str:
    out = io.StringIO()
    call_command("evaluate", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Two hundred customers; every other one stops in May."""
    rng = np.random.default_rng(2)
    rows = ["Customer,Time,Amount"]
    for customer in range(200):
        day = date(2025, 1, 1) + timedelta(days=int(rng.integers(0, 20)))
        while day < (date(2025, 5, 1) if customer % 2 else date(2025, 9, 1)):
            rows.append(f"c{customer},{day.isoformat()}T10:00:00Z,{rng.gamma(4, 10):.2f}")
            day += timedelta(days=int(rng.integers(3, 12)))
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(rows), encoding="utf-8-sig")
    return path


def test_a_file_is_judged_without_touching_a_shop(orders: Path) -> None:
    words = ("churn", "--orders", str(orders), "--cutoff", "2025-07-01", "--horizon", "30")
    found = json.loads(told(*words, "--json"))
    everybody = found["all customers"]
    assert everybody["baseline: bgnbd"]["customers"] == 200
    assert everybody["baseline: bgnbd"]["auc"] > 0.95
    value = json.loads(told("clv", "--orders", str(orders), "--cutoff", "2025-07-01", "--horizon", "60", "--json"))
    assert value["spend"]["baseline: bgnbd × gamma-gamma"]["spearman"] > 0.6
    assert not Order.objects.across_merchants().exists()


def test_a_shop_is_judged_on_a_past_day(aroma: Merchant) -> None:
    simulate(aroma, 100)
    cutoff = (today(aroma) - timedelta(days=45)).isoformat()
    found = told("churn", "--shop", "aroma", "--cutoff", cutoff, "--horizon", "30")
    assert "baseline: bgnbd" in found
    assert "served" in told("clv", "--shop", "aroma", "--cutoff", cutoff, "--horizon", "30")
    assert "blend" in told("next-basket", "--shop", "aroma", "--cutoff", cutoff, "--horizon", "14")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--cutoff", "2025-07-01", "--horizon", "30"), "either --shop or --orders"),
        (("--shop", "nobody", "--cutoff", "2025-07-01", "--horizon", "30"), "no shop"),
        (("--orders", "FILE", "--cutoff", "2025-08-25", "--horizon", "30"), "not over"),
        (("--orders", "FILE", "--cutoff", "2020-01-01", "--horizon", "30"), "must lie between"),
        (("--orders", "FILE", "--cutoff", "2025-07-01", "--horizon", "0"), "at least one day"),
        (("--orders", "nowhere.csv", "--cutoff", "2025-07-01", "--horizon", "30"), "nowhere.csv"),
    ],
)
def test_what_cannot_be_judged_is_said(orders: Path, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        told("churn", *(str(orders) if word == "FILE" else word for word in words))


def test_a_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("who,when\n1,2025-01-01\n")
    with pytest.raises(CommandError, match="no column customer, time, amount"):
        told("churn", "--orders", str(path), "--cutoff", "2025-07-01", "--horizon", "30")


def test_figures_by_hand() -> None:
    gone = np.array([True, True, False, False])
    found = churn_figures(gone, np.array([0.9, 0.6, 0.7, 0.1]))
    assert found["auc"] == 0.75
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.49 + 0.01) / 4)
    assert found["lift_10"] == 2
    assert churn_figures(gone[:2], np.array([0.9, 0.6]))["auc"] is None
    assert churn_figures(gone[:0], np.array([]))["customers"] == 0
    assert [each["cumulative_share"] for each in churn_deciles(gone, np.array([0.9, 0.6, 0.7, 0.1]))] == [
        0.5,
        0.5,
        1.0,
        1.0,
    ]
    bins = calibration_bins(gone, np.array([0.9, 0.6, 0.7, 0.1]))
    assert sum(each["customers"] for each in bins) == 4
    low, high = wilson(0.5, 100)
    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)


def test_drift_is_nothing_for_the_same_and_large_for_another() -> None:
    rng = np.random.default_rng(0)
    column = rng.normal(size=5000)
    reference = reference_shares(column)
    assert stability_index(reference, rng.permutation(column)) == pytest.approx(0, abs=1e-9)
    assert stability_index(reference, column + 1.5) > 0.25
    assert stability_index(reference_shares(np.full(100, np.nan)), np.full(100, np.nan)) == pytest.approx(0, abs=1e-9)
