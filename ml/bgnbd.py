"""The BG/NBD model of repeat buying: four parameters, no labels, and a hard rival for any churn model.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model,
Marketing Science 24(2). While alive a customer buys at a gamma-distributed rate (r, alpha); after each
purchase the customer leaves with a beta-distributed probability (a, b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.evaluation import Floats
from warehouse.errors import ModelError

# Log-parameters stay in e^-9 .. e^9: beyond that the data carry no information and the optimiser would only
# drift.
LOG_BOUND = 9.0


@dataclass(frozen=True)
class BgNbdParameters:
    """r, alpha of the purchase rate (alpha in the time unit of the data); a, b of the dropout probability."""

    r: float
    alpha: float
    a: float
    b: float


def measure_log_likelihood(
    parameters: BgNbdParameters,
    frequency: Floats,
    t_x: Floats,
    tenure: Floats,
    *,
    weight: Floats | None = None,
) -> tuple[float, Floats]:
    """Log likelihood of the customers and its gradient by (r, alpha, a, b).

    One entry per customer: `frequency` repeat purchase days, `t_x` time from first to last purchase, `tenure`
    time from first purchase to the snapshot, in one time unit. `weight` counts equal customers (default 1
    each).
    """
    from scipy.special import digamma, gammaln

    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    x = frequency
    count = np.ones(len(x)) if weight is None else weight
    repeat = x > 0
    log_alive = -(r + x) * np.log(alpha + tenure)
    # b + x - 1 is positive for repeat buyers; the others never use the value.
    rest = np.where(repeat, b + x - 1, 1.0)
    log_dead = np.where(repeat, np.log(a) - np.log(rest) - (r + x) * np.log(alpha + t_x), -np.inf)
    log_either = np.logaddexp(log_alive, log_dead)
    dead = np.exp(log_dead - log_either)
    value = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + b)
        + gammaln(b + x)
        - gammaln(b)
        - gammaln(a + b + x)
        + log_either
    )
    both = digamma(a + b) - digamma(a + b + x)
    by_r = (
        digamma(r + x) - digamma(r) + np.log(alpha) - (1 - dead) * np.log(alpha + tenure) - dead * np.log(alpha + t_x)
    )
    by_alpha = r / alpha - (r + x) * ((1 - dead) / (alpha + tenure) + dead / (alpha + t_x))
    by_a = both + dead / a
    by_b = both + digamma(b + x) - digamma(b) - dead / rest
    gradient = np.array([np.dot(count, part) for part in (by_r, by_alpha, by_a, by_b)])
    return float(np.dot(count, value)), gradient


def fit_bgnbd(frequency: NDArray[np.float64], t_x: Floats, tenure: Floats) -> BgNbdParameters:
    """Fit by maximum likelihood; times in days or weeks alike, alpha comes back in the same unit.

    Raises ModelError when nobody bought twice (then the four parameters cannot be told apart) or when the
    optimiser does not settle.
    """
    from scipy.optimize import minimize

    if not np.any(frequency > 0):
        raise ModelError("BG/NBD needs at least one customer with a repeat purchase.")
    # Many customers share the same three numbers: fitting the distinct ones with counts gives the same
    # optimum.
    distinct, weight = np.unique(np.column_stack([frequency, t_x, tenure]), axis=0, return_counts=True)
    x, last, total = distinct.T
    scale = max(float(total.max()), 1.0) / 50.0  # keeps alpha near one whatever the time unit
    customers = float(weight.sum())

    def loss(log_parameters: Floats) -> tuple[float, Floats]:
        values = np.exp(log_parameters)
        likelihood, gradient = measure_log_likelihood(
            BgNbdParameters(*map(float, values)), x, last / scale, total / scale, weight=weight.astype(float)
        )
        return -likelihood / customers, -gradient * values / customers

    result = minimize(
        loss,
        np.zeros(4),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-LOG_BOUND, LOG_BOUND)] * 4,
        options={"maxiter": 500},
    )
    if not result.success:
        raise ModelError(f"BG/NBD did not converge: {result.message}")
    r, alpha, a, b = (float(value) for value in np.exp(result.x))
    return BgNbdParameters(r=r, alpha=alpha * scale, a=a, b=b)


def predict_no_purchase(
    parameters: BgNbdParameters, frequency: Floats, t_x: Floats, tenure: Floats, *, horizon: float
) -> Floats:
    """Probability in [0, 1] of no purchase in (snapshot, snapshot + horizon], one entry per customer.

    P(0) = 1 - P(alive) * (1 - ((alpha + T) / (alpha + T + h)) ^ (r + x)): either gone, or alive with a
    purchase rate that is gamma (r + x, alpha + T) and silent. P(alive) alone is no churn score: it is 1 for
    everybody who bought once.
    """
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    x = frequency
    repeat = x > 0
    rest = np.where(repeat, b + x - 1, 1.0)
    log_odds_dead = np.where(
        repeat, np.log(a) - np.log(rest) + (r + x) * (np.log(alpha + tenure) - np.log(alpha + t_x)), -np.inf
    )
    alive = np.exp(-np.logaddexp(0.0, log_odds_dead))
    silent = np.exp((r + x) * (np.log(alpha + tenure) - np.log(alpha + tenure + horizon)))
    return 1.0 - alive * (1.0 - silent)
