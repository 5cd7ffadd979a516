"""The metrics that candidates and rivals are compared by, and the row that reports one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EvaluationRow:
    """One metric of one candidate: a row of `predictions.model_evaluation` without task and `as_of`.

    `value` is None where it could not be computed; then `reason` says why. `lower` and `upper` are the ends
    of a 90 % bootstrap interval for gains, and of the 80 % interval of scaled errors for `interval_80_*`.
    """

    candidate: str
    metric: str
    value: float | None
    is_rival: bool = False
    lower: float | None = None
    upper: float | None = None
    n_folds: int = 0
    n_rows: int = 0
    is_served: bool = False
    reason: str | None = None


class PreparedAuc:
    """AUC of fixed scores under changing row weights: sorted once, then cheap enough for a bootstrap."""

    def __init__(self, outcome: NDArray[Any], score: Floats) -> None:
        self._order = np.argsort(score, kind="stable")
        ordered = score[self._order]
        # Rows with the same score form one block; a tie counts as half a win.
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(score) else np.array([], int)
        self._positive = outcome[self._order].astype(float)

    def weighted(self, weight: Floats) -> float:
        """AUC in [0, 1] with these row weights (same order as the scores); NaN unless both classes have weight."""
        if not len(self._starts):
            return math.nan
        ordered = weight[self._order]
        positive = np.add.reduceat(ordered * self._positive, self._starts)
        negative = np.add.reduceat(ordered * (1.0 - self._positive), self._starts)
        pairs = positive.sum() * negative.sum()
        if pairs <= 0:
            return math.nan
        below = np.cumsum(negative) - negative
        return float((positive * (below + negative / 2)).sum() / pairs)


def measure_auc(outcome: NDArray[Any], score: Floats) -> float:
    """Probability that a random churner scores above a random stayer, ties half; NaN with one class only."""
    return PreparedAuc(outcome, score).weighted(np.ones(len(score)))


def measure_brier_loss(outcome: NDArray[Any], probability: Floats) -> float:
    """Mean squared distance of probability and outcome (0 is best, 0.25 is a coin); NaN without rows."""
    return float(np.mean((probability - outcome.astype(float)) ** 2)) if len(outcome) else math.nan


def measure_lift(outcome: NDArray[Any], score: Floats, *, share: float = 0.10) -> float:
    """Positive rate among the top `share` of rows by score, over the positive rate of all; NaN without positives.

    Rows tied at the cut enter with the mean of their block, so the row order cannot change the result. The
    ceiling is 1 / base rate: a lift of 1.9 is all there is when half of the customers churn.
    """
    base = float(outcome.astype(float).mean()) if len(outcome) else 0.0
    if base == 0:
        return math.nan
    take = math.ceil(share * len(score))
    cut = np.sort(score)[len(score) - take]
    above, tied = score > cut, score == cut
    hits = outcome[above].sum() + (take - above.sum()) * outcome[tied].astype(float).mean()
    return float(hits / take / base)


def measure_wape(actual: Floats, forecast: Floats) -> float:
    """Sum of absolute errors over sum of absolute actuals (0.1 = 10 %); NaN where all actuals are zero."""
    total = float(np.abs(actual).sum())
    return float(np.abs(actual - forecast).sum()) / total if total > 0 else math.nan
