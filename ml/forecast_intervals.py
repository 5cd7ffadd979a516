"""Intervals of the forecast: the errors of the backtest by horizon, and how often such intervals held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.conformal import ErrorInterval, apply_interval, measure_interval
from ml.forecast_cells import HORIZON_MONTHS, BacktestCell


def collect_errors(cells: Sequence[BacktestCell], name: str, step: int, *, known_by: int | None = None) -> list[float]:
    """Errors of one horizon (step 0 = first month) in typical changes; flat series have no such unit and no error.

    `known_by`: only outcomes of the first so many months, as an origin would have known them.
    """
    return [
        float((cell.actual[step] - cell.forecasts[name][step]) / cell.typical_change)
        for cell in cells
        if step < len(cell.actual)
        and cell.typical_change > 0
        and (known_by is None or cell.origin + step + 1 <= known_by)
    ]


def measure_intervals(cells: Sequence[BacktestCell], name: str) -> tuple[ErrorInterval | None, ...]:
    """The 80 % interval of each horizon, None where the backtest holds too few errors."""
    return tuple(measure_interval(collect_errors(cells, name, step)) for step in range(HORIZON_MONTHS))


def measure_coverage(cells: Sequence[BacktestCell], name: str) -> tuple[float | None, int]:
    """Share of past outcomes inside the interval that could have been given at their origin, and how many."""
    inside = []
    for cell in cells:
        for step, actual in enumerate(cell.actual):
            interval = measure_interval(collect_errors(cells, name, step, known_by=cell.origin))
            if interval is not None and cell.typical_change > 0:
                lower, upper = apply_interval(
                    float(cell.forecasts[name][step]), interval, typical_change=cell.typical_change
                )
                inside.append(lower <= actual <= upper)
    return (float(np.mean(inside)) if inside else None), len(inside)
