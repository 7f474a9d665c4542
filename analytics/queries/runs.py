"""Runs of models and what their numbers mean."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from analytics.models import ModelRun, RunKind, RunState
from merchants.errors import NotFound
from merchants.models import Merchant

NIGHT_BEGINS = 3  # o'clock in the shop: its day is closed by then


def runs_of(merchant: Merchant, kind: str | None = None) -> QuerySet[ModelRun]:
    """The shop's runs, newest first; cards are large and not read with a list."""
    runs = ModelRun.objects.filter(merchant=merchant).order_by("-id")
    return runs.filter(kind=kind) if kind else runs


def get_run(merchant: Merchant, number: int) -> ModelRun:
    found = runs_of(merchant).filter(pk=number).first()
    if found is None:
        raise NotFound()
    return found


def latest_run(merchant: Merchant, kind: str) -> ModelRun | None:
    """The newest one that is over, whatever came of it."""
    return runs_of(merchant, kind).exclude(state__in=[RunState.QUEUED, RunState.RUNNING]).first()


def open_run(merchant: Merchant, kind: str) -> ModelRun | None:
    """The one that waits or runs."""
    return runs_of(merchant, kind).filter(state__in=[RunState.QUEUED, RunState.RUNNING]).first()


def run_in_force(merchant: Merchant, kind: str) -> ModelRun | None:
    """The newest run whose scores are served."""
    return runs_of(merchant, kind).filter(state=RunState.SERVED).first()


def is_due(merchant: Merchant, kind: str, *, at: datetime) -> bool:
    """Is this shop's night over and its run of today still missing? A run that waits or failed counts as missing."""
    if at.astimezone(merchant.zone).hour < NIGHT_BEGINS:
        return False
    midnight = at.astimezone(merchant.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    finished = runs_of(merchant, kind).filter(finished_at__gte=midnight)
    done = finished.filter(state__in=[RunState.SERVED, RunState.INSUFFICIENT])
    failed = finished.filter(state=RunState.FAILED, finished_at__gt=at - timedelta(hours=6))
    return not done.exists() and not failed.exists()


def merchants_with_orders() -> QuerySet[Merchant]:
    """Every shop: whether it has enough to learn from is answered inside its own run."""
    return Merchant.objects.order_by("pk")


def definitions(kind: str) -> list[tuple[str, str, str]]:
    """[(key in the card, term, definition)] of every figure that a card of this kind shows."""
    return {
        RunKind.CHURN: _churn_definitions,
        RunKind.LIFETIME_VALUE: _value_definitions,
        RunKind.RECOMMENDATIONS: _recommendation_definitions,
    }[RunKind(kind)]()


def _churn_definitions() -> list[tuple[str, str, str]]:
    return [
        ("horizon", _("Horizon"), _("Days within which nine of ten returning customers came back, in this shop's last year.")),
        ("probability", _("Churn risk"), _("Probability that the customer buys nothing within the horizon.")),
        ("bands", _("Bands"), _("Low below 35%, medium from 35% to below 65%, high from 65%.")),
        ("cutoff_on", _("Cut-off"), _("The model knew only what had happened before this day.")),
        ("active", _("Active customers"), _("Those who bought within one horizon before the cut-off.")),
        ("auc", _("AUC"), _("Chance that a customer who left was given a higher risk than one who stayed: 50% is guessing.")),
        ("pr_auc", _("PR-AUC"), _("Precision averaged over all shares of leavers found; the churn rate is guessing.")),
        ("brier", _("Brier score"), _("Mean squared distance of the risk from what happened, 0 or 1: smaller is better.")),
        ("log_loss", _("Log loss"), _("Punishes confident mistakes; the engine that is served had the smaller one.")),
        ("lift_10", _("Lift at 10%"), _("Share of leavers among the riskiest tenth, divided by their share among all.")),
        ("calibration", _("Calibration"), _("Predicted against observed churn, with the 95% interval of what was observed.")),
        ("deciles", _("Deciles"), _("Ten equal groups of customers, the riskiest first.")),
        ("baseline", _("Baseline"), _("BG/NBD: learns from dates of purchases alone, without knowing who left.")),
        ("importance", _("Importance"), _("By how much the log loss grows when this group of features is shuffled.")),
        ("psi", _("Drift (PSI)"), _("How far a feature's distribution moved since the training; above 0.25 it is trained anew.")),
    ]  # fmt: skip


def _value_definitions() -> list[tuple[str, str, str]]:
    return [
        ("spend", _("Predicted spend"), _("Expected sum of paid orders net of refunds in the window, shipping included.")),
        ("interval", _("Interval"), _("Eight of ten customers should end between these two amounts.")),
        ("coverage", _("Coverage"), _("How many of ten customers really ended inside the interval, on the hold-out.")),
        ("calibration", _("Calibration"), _("Sum of predictions divided by the sum of what was spent: 1 is right.")),
        ("spearman", _("Rank correlation"), _("Spearman's: 1 when customers stand in the right order of spend.")),
        ("ngini", _("Normalised Gini"), _("How much of the true concentration of spend the order of predictions finds.")),
        ("mae_minor", _("Mean absolute error"), _("Mean distance of prediction and spend; predicting zero does well on it.")),
        ("decile_mape", _("Decile error"), _("Mean relative error of the sums of ten groups by predicted spend.")),
        ("fit", _("BG/NBD and Gamma-Gamma"), _("When customers buy and leave, and how much they spend per purchase day.")),
    ]  # fmt: skip


def _recommendation_definitions() -> list[tuple[str, str, str]]:
    return [
        ("recall_10", _("Recall at 10"), _("Share of the products bought in the window that stood among the ten suggested.")),
        ("ndcg_10", _("NDCG at 10"), _("As recall, but a hit counts more the higher it stands.")),
        ("repeat_recall_10", _("Repeat recall"), _("Recall at 10 of products that the customer had bought before.")),
        ("new_recall_10", _("New-item recall"), _("Recall of products new to the customer among the ten best new ones.")),
        ("personal", _("Personal frequency"), _("The baseline: what the customer buys most often, recent purchases first.")),
        ("support", _("Support"), _("Orders that hold both products; pairs below 20 are not shown.")),
        ("confidence", _("Confidence"), _("Of the orders with the first product, the share that hold the second as well.")),
        ("lift", _("Lift"), _("Confidence divided by the share of all orders that hold the second product.")),
    ]  # fmt: skip
