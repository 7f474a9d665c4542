"""What honest models reach on real purchases, with the target beside each, and what a run costs."""

from __future__ import annotations

import csv
import importlib.util
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Max

from analytics.queries.recommendations import recommendations_for
from analytics.science.bgnbd import fit_bgnbd
from analytics.science.churn import learn_churn, sampled_for_training, score_churn
from analytics.science.churn_run import run_churn
from analytics.science.evaluate import evaluate_churn, evaluate_next_basket, evaluate_value
from analytics.science.gamma_gamma import fit_gamma_gamma
from analytics.science.order_files import stage_file
from analytics.science.purchases import Source
from analytics.science.recommendation_run import run_recommendations
from analytics.science.stopwatch import Stopwatch
from analytics.science.value_run import run_value
from commerce.models import PurchaseSummary
from customers.models import Customer
from loyalty_platform.demo_data.grocer import LAST_DAY, shift_for
from loyalty_platform.demo_data.story import load_journey
from merchants.clock import today, world_now
from merchants.models import Merchant
from tests.benchmarks.insight import insight_shop
from tests.benchmarks.report import Figure, Report, percentile, say


def run(report: Report, *, households: int | None, customers: int) -> None:
    _cdnow(report)
    shop = Merchant.objects.filter(slug="journey").first()
    if shop is None:
        load_journey(households, processes=2, silent=True, say=say)
        shop = Merchant.objects.get(slug="journey")
    _journey(report, shop)
    _runs(report, shop)
    _million(report, insight_shop(f"bench-insight-{customers}", customers), customers)


def at_least(report: Report, what: str, value: float | None, target: float) -> None:
    holds = value is not None and value >= target
    report.add(Figure(what, _shown(value), least=f"≥ {target:g}", holds=holds))


def at_most(report: Report, what: str, value: float | None, target: float) -> None:
    holds = value is not None and value <= target
    report.add(Figure(what, _shown(value), least=f"≤ {target:g}", holds=holds))


def beside(report: Report, what: str, value: float | None) -> None:
    report.add(Figure(what, _shown(value)))


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4f}"


def _served(table: dict[str, Any]) -> dict[str, Any]:
    return next(figures for name, figures in table.items() if name.startswith("served"))


def _cdnow(report: Report) -> None:
    """The package `lifetimes` carries the files; it is not imported, and without it this part is left out."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        say("    the package lifetimes is not installed: CDNOW is left out")
        return
    folder = Path(found.submodule_search_locations[0]) / "datasets"
    with (folder / "cdnow_customers_summary_with_transactions.csv").open() as text:
        rows = [[float(row[name]) for name in ("x", "t_x", "T", "zbar")] for row in csv.DictReader(text)]
    x, t_x, age, mean = np.array(rows).T
    times = []
    for _ in range(5):
        began = time.perf_counter()
        fit = fit_bgnbd(x, t_x, age)
        times.append((time.perf_counter() - began) * 1000)
    spend = fit_gamma_gamma(x, mean)
    off = max(abs(fit.r - 0.2426), abs(fit.alpha - 4.4135), abs(fit.a - 0.7929), abs(fit.b - 2.4258))
    at_most(report, "BG/NBD, CDNOW sample: parameters off by", off, 0.001)
    at_most(report, "    log-likelihood off by", abs(fit.log_likelihood + 9582.43), 0.01)
    at_most(report, "    ms", percentile(times, 0.5), 20)
    off = max(abs(spend.p - 6.25), abs(spend.q - 3.74), abs(spend.v - 15.44))
    at_most(report, "Gamma-Gamma: parameters off by", off, 0.01)
    with tempfile.TemporaryDirectory(dir=settings.BASE_DIR / "var") as place:
        path = Path(place) / "cdnow.csv"
        lines = (folder / "CDNOW_master.txt").read_text().splitlines()
        cells = [parts for parts in (line.split() for line in lines) if len(parts) == 4 and parts[0].isdigit()]
        path.write_text("customer,time,amount\n" + "".join(f"{who},{day},{spent}\n" for who, day, _n, spent in cells))
        found_churn = evaluate_churn(stage_file(path).source, date(1998, 4, 2), 90)
    _churn(report, "churn N=90, CDNOW", found_churn, (0.838, 0.728, 0.089, 0.209))


def _churn(report: Report, what: str, found: dict[str, Any], targets: tuple[float, float, float, float]) -> None:
    everybody, active = (table for table in found.values() if isinstance(table, dict) and "baseline: bgnbd" in table)
    for name, table, auc, brier in (
        ("all", everybody, targets[0], targets[2]),
        ("active", active, targets[1], targets[3]),
    ):
        at_least(report, f"{what}, {name}: AUC", _served(table)["auc"], auc)
        beside(report, "    of BG/NBD alone", table["baseline: bgnbd"]["auc"])
        at_most(report, f"{what}, {name}: Brier", _served(table)["brier"], brier)


def _journey(report: Report, shop: Merchant) -> None:
    source = Source.of_shop(shop)
    # The year was moved by whole weeks when it was loaded; its last day tells by how many.
    end = LAST_DAY + shift_for((world_now() - timedelta(days=1)).astimezone(shop.zone).date()) + timedelta(days=1)
    end = min(end, _after_last_order(shop))
    _churn(
        report, "churn N=30, Complete Journey", evaluate_churn(source, end - timedelta(days=30), 30),
        (0.884, 0.857, 0.097, 0.074),
    )  # fmt: skip
    found = evaluate_value(source, end - timedelta(days=90), 90)
    served, baseline = _served(found["spend"]), found["spend"]["baseline: bgnbd × gamma-gamma"]
    at_most(report, "spend next 90 days: MAE", served["mae_minor"] / 100, 169)
    beside(report, "    of BG/NBD × Gamma-Gamma", baseline["mae_minor"] / 100)
    at_least(report, "spend next 90 days: Spearman", served["spearman"], 0.83)
    at_most(report, "spend next 90 days: calibration off by", abs(served["calibration"] - 1), 0.05)
    at_least(report, "spend next 90 days: normalised Gini", served["ngini"], 0.87)
    at_most(report, "spend next 90 days: decile MAPE", served["decile_mape"], 0.04)
    beside(report, "    inside the 80 % interval", served["coverage"])
    baskets = evaluate_next_basket(source, end - timedelta(days=31), 14)["next basket"]
    at_least(report, "next basket: Recall@10", baskets["blend"]["recall_10"], 0.150)
    beside(report, "    of personal frequency", baskets["personal"]["recall_10"])
    at_least(report, "next basket: NDCG@10", baskets["blend"]["ndcg_10"], 0.233)
    beside(report, "    of personal frequency", baskets["personal"]["ndcg_10"])
    at_least(report, "next basket: new-item Recall@10", baskets["blend"]["new_recall_10"], 0.0175)


def _after_last_order(shop: Merchant) -> date:
    latest = PurchaseSummary.objects.filter(merchant=shop).aggregate(at=Max("last_purchase_at"))["at"]
    return latest.astimezone(shop.zone).date() + timedelta(days=1)  # type: ignore[no-any-return]


def _runs(report: Report, shop: Merchant) -> None:
    for name, job in (("churn", run_churn), ("value", run_value), ("recommendations", run_recommendations)):
        done = job(shop)
        assert done is not None
        runtime = done.card["runtime"]
        beside(report, f"nightly {name} run of {done.customers:,} customers, s", runtime["seconds"])
        beside(report, "    peak memory, MB", runtime["peak_mb"])
    times = []
    for member in Customer.objects.filter(merchant=shop).order_by("pk")[:200]:
        began = time.perf_counter()
        recommendations_for(member)
        times.append((time.perf_counter() - began) * 1000)
    at_most(report, "recommendations served, p95 ms", percentile(times, 0.95), 5)


def _million(report: Report, shop: Merchant, customers: int) -> None:
    """Training and scoring of a large shop, without the writing that `insight` measures."""
    watch, source, day = Stopwatch(), Source.of_shop(shop), today(shop)
    with watch.timing("training"):
        learnt = learn_churn(sampled_for_training(source, customers), day, 28, day - timedelta(days=700))
    with watch.timing("scoring"):
        scored = score_churn(source, day, learnt)
    runtime = watch.runtime(len(scored.probability))
    say(f"    served by {learnt.served_by}: {runtime}")
    beside(report, f"churn of {customers:,}: train and score, s", runtime["seconds"])
    beside(report, "    rows/s", runtime["rows_per_second"])
    beside(report, "    peak memory, MB", runtime["peak_mb"])
