"""Who may score churn: two models and two simple rivals, each fitted on the past and asked about one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.bgnbd import fit_bgnbd, predict_no_purchase
from ml.churn_data import CustomerRows
from ml.evaluation import Floats

LOGISTIC = "logistic_regression"
BOOSTING = "hist_gradient_boosting"
MODELS = (LOGISTIC, BOOSTING)
RECENCY = "recency"
BG_NBD = "bg_nbd"
RIVALS = (RECENCY, BG_NBD)

# Part of the version hash: changing one of them trains anew. Not searched for: the test snapshots judge, not tune.
PARAMETERS: dict[str, dict[str, Any]] = {
    LOGISTIC: {"C": 0.1, "max_iter": 1000},
    BOOSTING: {
        "learning_rate": 0.05,
        "max_iter": 150,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 40,
        "l2_regularization": 1.0,
        "early_stopping": False,
    },
}


@dataclass(frozen=True)
class Scores:
    """Per customer: `score` ranks (higher = likelier to churn, any unit), `probability` is in [0, 1]."""

    score: Floats
    probability: Floats


@dataclass(frozen=True)
class RecencyCurve:
    """P(churn) = logistic(intercept + slope * log(1 + days since the last purchase))."""

    intercept: float
    slope: float


def build_matrix(customers: CustomerRows) -> Floats:
    """Model inputs, shape (rows, features + 1): signed log of every feature, NULL as 0, one-time buyer flag.

    Counts, days and fen are all heavily skewed; the log serves the logistic and leaves trees unchanged. A
    fixed function of each row, so nothing leaks from other rows. The flag tells a missing gap from a gap of
    zero days (scikit-learn 1.9 fails to bin a column that is NaN throughout, so NaN may not reach the trees).
    """
    values = np.nan_to_num(customers.values, nan=0.0)
    logs = np.sign(values) * np.log1p(np.abs(values))
    matrix: Floats = np.column_stack([logs, customers.column("frequency") == 0])
    return matrix


def fit_model(name: str, customers: CustomerRows, *, random_seed: int) -> Any:
    """A fitted sklearn classifier of class churned / not; needs both classes among the rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    parameters = PARAMETERS[name]
    if name == LOGISTIC:
        estimator = make_pipeline(
            StandardScaler(),
            LogisticRegression(random_state=random_seed, **parameters),
        )
    else:
        estimator = HistGradientBoostingClassifier(random_state=random_seed, **parameters)
    with _one_thread():
        return estimator.fit(build_matrix(customers), customers.outcome)


def score_model(estimator: Any, customers: CustomerRows) -> Scores:
    """Churn probabilities of a fitted classifier."""
    with _one_thread():
        probability = estimator.predict_proba(build_matrix(customers))[:, 1]
    return Scores(score=probability, probability=probability)


def fit_recency(customers: CustomerRows) -> RecencyCurve:
    """The one-dimensional logistic of churn on recency, by Newton steps; needs both classes among the rows."""
    design = np.column_stack([np.ones(len(customers)), np.log1p(customers.column("recency_days"))])
    target = customers.outcome.astype(float)
    # A weak pull of the slope to zero keeps it finite when recency separates the classes perfectly.
    pull = np.array([0.0, 1e-3])
    weights = np.zeros(2)
    for _ in range(50):
        probability = _logistic(design @ weights)
        gradient = design.T @ (target - probability) - pull * weights
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design + np.diag(pull + 1e-9)
        step = np.linalg.solve(curvature, gradient)
        # Newton overshoots where the curve is flat; a step of 2 in log-odds is always far enough.
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    return RecencyCurve(intercept=float(weights[0]), slope=float(weights[1]))


def score_recency(curve: RecencyCurve, customers: CustomerRows) -> Scores:
    """Rank by days since the last purchase; the curve only turns the days into a probability."""
    days = customers.column("recency_days")
    return Scores(score=days, probability=_logistic(curve.intercept + curve.slope * np.log1p(days)))


def score_bgnbd(customers: CustomerRows, *, horizon_days: int) -> Scores:
    """P(no purchase in the horizon) of a BG/NBD fitted on the histories of these same customers.

    That needs no label, so fitting at the snapshot itself looks at nothing after it. Raises ModelError as
    `fit_bgnbd` does.
    """
    history = (customers.column("frequency"), customers.column("t_x_days"), customers.column("tenure_days"))
    probability = predict_no_purchase(fit_bgnbd(*history), *history, horizon=float(horizon_days))
    return Scores(score=probability, probability=probability)


def _logistic(x: NDArray[np.float64]) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(x, -35.0, 35.0)))
    return result


def _one_thread() -> Any:
    # Default threads contend with whatever else the machine runs: 3.0 against 2.4 CPU seconds for the same scores.
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(limits=1)
