"""Gamma-Gamma: how much customers spend per purchase.

Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value". A customer's purchases scatter as Gamma(p, ν) around
their own mean, and ν ~ Gamma(q, v) over customers. `x` counts the repeat purchases, `mean` is their average amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from analytics.science.bgnbd import Floats

_LOWEST, _HIGHEST = -9.0, 9.0
_AT_BOUND = np.exp(_HIGHEST - 1)


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """A fitted model; `v` has the unit of the amounts. `degenerate` says why it must not be trusted, or is None."""

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    degenerate: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "p": self.p, "q": self.q, "v": self.v, "log_likelihood": self.log_likelihood, "customers": self.customers,
            "degenerate": self.degenerate,
        }  # fmt: skip


def fit_gamma_gamma(x: Floats, mean: Floats) -> GammaGamma:
    """Maximum likelihood over customers with at least one repeat purchase and a positive mean; the rest are left out."""
    usable = (x > 0) & (mean > 0)
    x, mean = x[usable], mean[usable]
    if len(x) < 3:
        return GammaGamma(1.0, 2.0, float(mean.mean()) if len(mean) else 0.0, 0.0, len(x), "no_repeat")
    scale = 10.0 / float(mean.mean())
    amounts = mean * scale

    def objective(logs: Floats) -> tuple[float, Floats]:
        value, gradient = _log_likelihood(logs, x, amounts)
        return -value / len(x), -gradient / len(x)

    best = minimize(
        objective, np.log([2.0, 3.0, 10.0]), jac=True, method="L-BFGS-B", bounds=[(_LOWEST, _HIGHEST)] * 3,
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8},
    )  # fmt: skip
    p, q, v = (float(each) for each in np.exp(best.x))
    log_likelihood = -float(best.fun) * len(x) + len(x) * float(np.log(scale))
    degenerate = "shape_at_bound" if max(p, q) > _AT_BOUND else ("mean_is_infinite" if q <= 1 else None)
    return GammaGamma(p, q, v / scale, log_likelihood, len(x), degenerate)


def _log_likelihood(logs: Floats, x: Floats, mean: Floats) -> tuple[float, Floats]:
    """Equation 1a of the note, and its gradient by the logarithms of (p, q, v)."""
    p, q, v = np.exp(logs)
    total, sums = p * x, x * mean
    values = gammaln(total + q) - gammaln(total) - gammaln(q) + q * np.log(v)
    values += (total - 1) * np.log(mean) + total * np.log(x) - (total + q) * np.log(v + sums)
    by_p = x * (psi(total + q) - psi(total) + np.log(sums) - np.log(v + sums))
    by_q = psi(total + q) - psi(q) + np.log(v) - np.log(v + sums)
    by_v = q / v - (total + q) / (v + sums)
    return float(values.sum()), np.array([by_p.sum() * p, by_q.sum() * q, by_v.sum() * v])


def expected_amount(model: GammaGamma, x: Floats, mean: Floats) -> Floats:
    """E[mean amount of a purchase]: between what the customer spent so far and what everybody does (equation 5)."""
    if model.q <= 1:  # the population mean does not exist: all that is left is the customer's own
        return np.where(x > 0, mean, mean[x > 0].mean() if (x > 0).any() else 0.0)
    own = model.p * x / (model.p * x + model.q - 1)
    return np.asarray((1 - own) * model.v * model.p / (model.q - 1) + own * mean)
