"""Prediction intervals from the errors that the same method made in the backtest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.evaluation import Floats

# The two-sided 80 % quantiles do not exist below nine errors; ten is the next round number.
MIN_RESIDUALS = 10
COVERAGE = 0.80


@dataclass(frozen=True)
class ErrorInterval:
    """Lower and upper error in units of the typical change: (-1.5, 2.0) reaches 1.5 changes below, 2 above."""

    lower: float
    upper: float


def measure_typical_change(values: Floats) -> float:
    """Mean absolute change from month to month, in the unit of the values; 0 for a flat or single-valued series.

    Errors are pooled over regions in this unit (the scale of Hyndman and Koehler's 2006 MASE). Relative to
    the forecast, the errors of tiny regions made the interval of the largest one 5 times its sales on Online
    Retail, in this unit 0.7 times, both covering 81-85 % of outcomes.
    """
    return float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.0


def measure_interval(
    errors: Sequence[float], *, coverage: float = COVERAGE, min_residuals: int = MIN_RESIDUALS
) -> ErrorInterval | None:
    """Conformal interval of signed scaled errors (actual - forecast) / typical change; None with too few of them.

    With n errors the ends are the k-th smallest and the k-th largest, k = floor((n + 1) * (1 - coverage) /
    2): split conformal prediction (Vovk, Gammerman and Shafer 2005), applied to each tail. It promises the
    coverage for exchangeable errors; months of one region are only roughly that, so the backtest reports what
    was covered.
    """
    count = len(errors)
    # The small term undoes binary fractions: (1 - 0.8) / 2 * 10 must give 1, not 0.
    rank = math.floor((count + 1) * (1 - coverage) / 2 + 1e-9)
    if count < min_residuals or rank < 1:
        return None
    ordered = sorted(errors)
    return ErrorInterval(lower=ordered[rank - 1], upper=ordered[count - rank])


def apply_interval(forecast: float, interval: ErrorInterval, *, typical_change: float) -> tuple[float, float]:
    """Lower and upper end around a forecast, in its unit; always around it, even if past errors had one sign."""
    lower, upper = min(interval.lower, 0.0), max(interval.upper, 0.0)
    return forecast + typical_change * lower, forecast + typical_change * upper
