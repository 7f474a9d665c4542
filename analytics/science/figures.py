"""How good a prediction was: each figure with its definition. Scores are probabilities of no purchase; `gone` is the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from analytics.science.bgnbd import Floats

Truth = NDArray[np.bool_]
_TINY = 1e-6


def churn_figures(gone: Truth, score: Floats) -> dict[str, Any]:
    """AUC, area under precision and recall, Brier (mean squared error), log loss, and lift among the riskiest tenth.

    AUC, PR-AUC and lift are None where only one of the two outcomes occurs.
    """
    if len(gone) == 0:
        return dict.fromkeys(("churn_rate", "mean_score", "auc", "pr_auc", "brier", "log_loss", "lift_10")) | {
            "customers": 0
        }
    both = bool(gone.any() and not gone.all())
    clipped = np.clip(score, _TINY, 1 - _TINY)
    top = np.argsort(-score, kind="stable")[: max(1, round(len(score) / 10))]
    return {
        "customers": len(gone),
        "churn_rate": float(gone.mean()),
        "mean_score": float(score.mean()),
        "auc": float(roc_auc_score(gone, score)) if both else None,
        "pr_auc": float(average_precision_score(gone, score)) if both else None,
        "brier": float(np.mean((score - gone) ** 2)),
        "log_loss": log_loss(gone, clipped),
        "lift_10": float(gone[top].mean() / gone.mean()) if both else None,
    }


def log_loss(gone: Truth, score: Floats) -> float:
    clipped = np.clip(score, _TINY, 1 - _TINY)
    return float(-np.mean(np.where(gone, np.log(clipped), np.log(1 - clipped))))


def calibration_bins(gone: Truth, score: Floats, bins: int = 10) -> list[dict[str, Any]]:
    """Equal-width bins of the score: predicted and observed share, with Wilson's 95 % interval of the observed one."""
    found = []
    places = np.minimum((score * bins).astype(int), bins - 1)
    for place in range(bins):
        mine = places == place
        size = int(mine.sum())
        if size == 0:
            continue
        observed = float(gone[mine].mean())
        low, high = wilson(observed, size)
        found.append(
            {
                "bin": place + 1, "customers": size, "predicted": float(score[mine].mean()), "observed": observed,
                "low": low, "high": high,
            }
        )  # fmt: skip
    return found


def wilson(share: float, size: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.959964
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def churn_deciles(gone: Truth, score: Floats) -> list[dict[str, Any]]:
    """Ten equal groups by score, the riskiest first; `cumulative_share` is the part of all leavers found so far."""
    order = np.argsort(-score, kind="stable")
    rate, leavers = max(float(gone.mean()), _TINY), max(int(gone.sum()), 1)
    found, so_far = [], 0
    for number, rows in enumerate(np.array_split(order, 10), start=1):
        if len(rows) == 0:
            continue
        so_far += int(gone[rows].sum())
        observed = float(gone[rows].mean())
        found.append(
            {
                "decile": number, "customers": len(rows), "predicted": float(score[rows].mean()), "observed": observed,
                "lift": observed / rate, "cumulative_share": so_far / leavers,
            }
        )  # fmt: skip
    return found


def reference_shares(values: Floats) -> dict[str, list[float]]:
    """Decile edges of a column and the share of rows in each class, to measure drift from."""
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0.1, 0.9, 9))) if len(known) else np.array([])
    return {"edges": edges.tolist(), "shares": _shares(values, edges).tolist()}


def stability_index(reference: dict[str, list[float]], values: Floats) -> float:
    """PSI = Σ (now − then)·ln(now / then) over the classes of the reference; above 0.25 the column has moved."""
    then = np.maximum(np.array(reference["shares"]), 1e-4)
    now = np.maximum(_shares(values, np.array(reference["edges"])), 1e-4)
    return float(np.sum((now - then) * np.log(now / then)))


def _shares(values: Floats, edges: Floats) -> Floats:
    missing = np.isnan(values)
    counts = np.bincount(np.searchsorted(edges, values[~missing], side="left"), minlength=len(edges) + 1)
    return np.asarray(np.append(counts, missing.sum()) / max(len(values), 1), dtype=np.float64)


def spend_figures(actual: Floats, predicted: Floats, low: Floats, high: Floats) -> dict[str, Any]:
    """MAE, Spearman's rank correlation, calibration (Σ predicted / Σ actual), normalised Gini, decile MAPE, coverage.

    MAE alone rewards predicting zero, so it never decides. `decile_mape`: mean of |Σ predicted − Σ actual| / Σ actual over
    ten groups by prediction; groups that spent nothing are left out. `coverage`: share of customers inside the interval.
    """
    total = float(actual.sum())
    shares = [
        (float(predicted[rows].sum()), float(actual[rows].sum()))
        for rows in np.array_split(np.argsort(-predicted, kind="stable"), 10)
    ]
    errors = [abs(expected - spent) / spent for expected, spent in shares if spent > 0]
    varied = len(np.unique(actual)) > 1 and len(np.unique(predicted)) > 1
    return {
        "customers": len(actual),
        "mae_minor": float(np.abs(predicted - actual).mean()) if len(actual) else None,
        "spearman": float(spearmanr(predicted, actual).statistic) if varied else None,
        "calibration": float(predicted.sum()) / total if total > 0 else None,
        "ngini": gini(actual, predicted) / gini(actual, actual) if varied and total > 0 else None,
        "decile_mape": float(np.mean(errors)) if errors else None,
        "coverage": float(((actual >= low) & (actual <= high)).mean()) if len(actual) else None,
    }


def gini(actual: Floats, by: Floats) -> float:
    """Twice the area between the Lorenz curve of `actual`, sorted by `by` descending, and the diagonal."""
    ordered = actual[np.lexsort((actual, -by))]
    curve = np.cumsum(ordered) / ordered.sum()
    return float(2 * (curve.mean() - (len(curve) + 1) / (2 * len(curve))))


def spend_deciles(actual: Floats, predicted: Floats) -> list[dict[str, Any]]:
    """Ten equal groups by predicted spend, the highest first; mean per customer in minor units."""
    order = np.argsort(-predicted, kind="stable")
    return [
        {
            "decile": number, "customers": len(rows), "predicted_minor": float(predicted[rows].mean()),
            "actual_minor": float(actual[rows].mean()),
        }
        for number, rows in enumerate(np.array_split(order, 10), start=1)
        if len(rows)
    ]  # fmt: skip
