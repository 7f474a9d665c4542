"""BG/NBD: how often customers buy, and when they silently leave.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2). While active a customer buys at
rate λ ~ Gamma(r, α); after each purchase they leave for good with probability p ~ Beta(a, b). All that the model needs of a
customer is `x`, the repeat purchases; `t_x`, the age at the last one; `age` (the paper's T), both in days since the first.
`t_x` is not "days since the last purchase", which other fields call recency: that is `age - t_x`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1, psi

Floats = NDArray[np.float64]

_LOWEST, _HIGHEST = -12.0, 9.0  # of the logarithms of the parameters, in rescaled time
_VANISHING = 1e-3
_AT_BOUND = np.exp(_HIGHEST - 2)
_SAME_FOR_ALL = 30.0  # from this `a` on p strays by less than a fifth of itself


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted model, time in days. `degenerate` says why it must not be trusted alone, or is None."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    degenerate: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b, "log_likelihood": self.log_likelihood,
            "customers": self.customers, "degenerate": self.degenerate,
        }  # fmt: skip


def fit_bgnbd(x: Floats, t_x: Floats, age: Floats) -> BgNbd:
    """Maximum likelihood over customers with a first purchase. Equal (x, t_x, age) are grouped and weighted.

    Time is rescaled so that the mean age is 10, the parameters are fitted as logarithms within bounds, and the gradient
    is analytic. A vanishing or unbounded dropout, or no repeat purchase at all, is reported in `degenerate`.
    """
    grouped, weights = np.unique(np.column_stack([x, t_x, age]), axis=0, return_counts=True)
    customers = int(weights.sum())
    if customers == 0 or not (grouped[:, 0] > 0).any():
        return BgNbd(1.0, 1.0, 1.0, 1.0, 0.0, customers, "no_repeat")
    scale = 10.0 / max(float(np.average(grouped[:, 2], weights=weights)), 1e-9)
    counts, last, ages = grouped[:, 0], grouped[:, 1] * scale, grouped[:, 2] * scale
    shares = weights / customers

    def objective(logs: Floats) -> tuple[float, Floats]:
        value, gradient = _log_likelihood(logs, counts, last, ages, shares)
        return -value, -gradient

    best = min(
        (
            minimize(objective, np.log(start), jac=True, method="L-BFGS-B", bounds=[(_LOWEST, _HIGHEST)] * 4,
                     options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8})
            for start in ((1.0, 5.0, 0.5, 2.0), (0.3, 1.0, 0.1, 1.0))
        ),
        key=lambda fit: float(fit.fun),
    )  # fmt: skip
    r, alpha, a, b = (float(each) for each in np.exp(best.x))
    # The density of the gaps carries the unit of time: per day again, one factor for each repeat purchase.
    log_likelihood = -float(best.fun) * customers + float(np.log(scale) * (counts * weights).sum())
    return BgNbd(r, alpha / scale, a, b, log_likelihood, customers, _degenerate(r, a, b))


def _degenerate(r: float, a: float, b: float) -> str | None:
    if a < _VANISHING or a / (a + b) < _VANISHING:
        return "dropout_vanishes"
    if b > _AT_BOUND or a > _AT_BOUND:
        return "b_at_bound"
    return "shape_at_bound" if r > _AT_BOUND else None


def _log_likelihood(logs: Floats, x: Floats, t_x: Floats, age: Floats, shares: Floats) -> tuple[float, Floats]:
    """Mean log-likelihood and its gradient by the logarithms of (r, α, a, b); equations 6 and A1–A4 of the paper."""
    r, alpha, a, b = np.exp(logs)
    repeats = x > 0
    order = np.where(repeats, x, 1.0)
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    shared += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    stays = -(r + x) * np.log(alpha + age)
    leaves = np.where(repeats, np.log(a) - np.log(b + order - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
    both = np.logaddexp(stays, leaves)
    value = float(shares @ (shared + both))
    stay_share = np.exp(stays - both)
    leave_share = np.where(repeats, np.exp(leaves - both), 0.0)
    by_r = psi(r + x) - psi(r) + np.log(alpha)
    by_r -= stay_share * np.log(alpha + age) + leave_share * np.log(alpha + t_x)
    by_alpha = r / alpha - (r + x) * (stay_share / (alpha + age) + leave_share / (alpha + t_x))
    by_a = psi(a + b) - psi(a + b + x) + leave_share / a
    by_b = psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x) - leave_share / (b + order - 1)
    gradient = np.array([shares @ by_r * r, shares @ by_alpha * alpha, shares @ by_a * a, shares @ by_b * b])
    return value, gradient


def p_alive(model: BgNbd, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """P(still active): 1 for every one-time buyer, which is why it is never shown as churn."""
    order = np.where(x > 0, x, 1.0)
    log_odds = (
        np.log(model.a) - np.log(model.b + order - 1)
        + (model.r + x) * (np.log(model.alpha + age) - np.log(model.alpha + t_x))
    )  # fmt: skip
    return np.where(x > 0, 1.0 / (1.0 + np.exp(np.clip(log_odds, -700, 700))), 1.0)


def p_no_purchase(model: BgNbd, x: Floats, t_x: Floats, age: Floats, days: float) -> Floats:
    """P(no purchase in the next `days`) = 1 − P(alive)·[1 − ((α+T)/(α+T+h))^(r+x)]: needs no labels, and is calibrated."""
    silent = np.exp((model.r + x) * (np.log(model.alpha + age) - np.log(model.alpha + age + days)))
    return np.asarray(1.0 - p_alive(model, x, t_x, age) * (1.0 - silent))


def expected_purchases(model: BgNbd, x: Floats, t_x: Floats, age: Floats, days: float) -> Floats:
    """E[purchases in the next `days`], equation 10, after Euler's transformation of ₂F₁, which does not overflow for large x.

    Where the dropout is the same for everybody (a large `a`: a degenerate fit), the equation is zero times infinity. Then
    the integral over p that it solves is taken at the mean of p, from which p hardly strays.
    """
    alive = p_alive(model, x, t_x, age)
    if model.a > _SAME_FOR_ALL:
        return np.asarray(alive * _at_mean_dropout(model, x, age, days))
    a = model.a if abs(model.a - 1) > 1e-6 else 1 + 1e-6  # a removable singularity
    z = days / (model.alpha + age + days)
    with np.errstate(over="ignore", invalid="ignore"):
        series = hyp2f1(a + model.b - 1 - model.r, a - 1, a + model.b + x - 1, z)
        found = (a + model.b + x - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * series)
    return np.asarray(alive * np.where(np.isfinite(found), found, _at_mean_dropout(model, x, age, days)))


def _at_mean_dropout(model: BgNbd, x: Floats, age: Floats, days: float) -> Floats:
    """(1 − ((α+T)/(α+T+p·h))^(r+x)) / p at p = a/(a+b+x): the expectation for a customer who is alive and leaves at p."""
    p = model.a / (model.a + model.b + x)
    return np.asarray(-np.expm1(-(model.r + x) * np.log1p(p * days / (model.alpha + age))) / p)
