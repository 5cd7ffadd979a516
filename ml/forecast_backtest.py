"""The forecast backtest of one source: errors by horizon, the verdict of the gate, and the rows that report it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ml.bootstrap import Gain, bootstrap_wape_gain
from ml.conformal import COVERAGE, MIN_RESIDUALS, ErrorInterval
from ml.evaluation import EvaluationRow, measure_wape
from ml.forecast_cells import (
    HORIZON_MONTHS,
    BacktestCell,
    choose_rival,
    count_origins,
    forecast_cell,
    keep_complete,
)
from ml.forecast_data import RegionSeries, SeriesGroup
from ml.forecast_intervals import collect_errors, measure_coverage, measure_intervals
from ml.forecast_methods import MODELS
from ml.gate import Contest, Verdict, decide_champion
from ml.split import MIN_ORIGINS, MIN_ORIGINS_TO_SERVE


@dataclass(frozen=True)
class GroupStudy:
    """The outcome for one source; `intervals`: method -> one per horizon, None where errors are too few."""

    rival: str
    verdict: Verdict
    rows: tuple[EvaluationRow, ...]
    intervals: dict[str, tuple[ErrorInterval | None, ...]]


def study_group(group: SeriesGroup, series: Sequence[RegionSeries], *, random_seed: int) -> GroupStudy:
    """Backtest the qualifying series of a group and let the gate decide; rows are named `<label>/<candidate>`.

    WAPE pools all regions, origins and horizons. A model is compared with the rival on the origins at which
    it could be fitted for every region, at least three of them; it serves from eight on.
    """
    rival, origins = choose_rival(group.months)
    cells = [forecast_cell(one, at, rival=rival, history=group.months) for at in origins for one in series]
    usable = {name: keep_complete(cells, name) for name in (*MODELS, rival)}
    gains = {
        name: _measure_gain(usable[name], name, rival, random_seed=random_seed)
        for name in MODELS
        if count_origins(usable[name]) >= MIN_ORIGINS
    }
    blocker = None
    if len(origins) < MIN_ORIGINS:
        blocker = f"{group.months} complete months give {len(origins)} test origins, {MIN_ORIGINS} are needed"
    verdict = decide_champion(
        [Contest(name, gain, count_origins(usable[name])) for name, gain in gains.items()],
        rival=rival,
        measure="WAPE",
        min_tests=MIN_ORIGINS_TO_SERVE,
        blocker=blocker,
    )
    intervals = {name: measure_intervals(usable[name], name) for name in (verdict.served, rival)}
    rows: list[EvaluationRow] = []
    for name in (*MODELS, rival):
        rows += _report_method(group.label, name, usable[name], gains.get(name), verdict, rival)
    rows += _report_intervals(group.label, usable[verdict.served], verdict, intervals[verdict.served])
    return GroupStudy(rival=rival, verdict=verdict, rows=tuple(rows), intervals=intervals)


def _measure_gain(cells: Sequence[BacktestCell], name: str, rival: str, *, random_seed: int) -> Gain:
    return bootstrap_wape_gain(
        np.array([np.abs(cell.actual).sum() for cell in cells]),
        np.array([np.abs(cell.actual - cell.forecasts[name]).sum() for cell in cells]),
        np.array([np.abs(cell.actual - cell.forecasts[rival]).sum() for cell in cells]),
        region=np.unique([cell.region_id for cell in cells], return_inverse=True)[1],
        origin=np.unique([cell.origin for cell in cells], return_inverse=True)[1],
        random_seed=random_seed,
    )


def _measure_wape(cells: Sequence[BacktestCell], name: str, steps: Sequence[int]) -> tuple[float | None, int]:
    """WAPE over these horizons (None without a sale) and the number of forecasts in it."""
    found = [(cell, step) for cell in cells for step in steps if step < len(cell.actual)]
    value = measure_wape(
        np.array([cell.actual[step] for cell, step in found]),
        np.array([cell.forecasts[name][step] for cell, step in found]),
    )
    return (None if np.isnan(value) else value), len(found)


def _report_method(
    label: str, name: str, cells: Sequence[BacktestCell], gain: Gain | None, verdict: Verdict, rival: str
) -> list[EvaluationRow]:
    origins = count_origins(cells)
    reason = verdict.reason
    if name != rival and gain is None:
        reason = f"{name} could be fitted for every region at {origins} origins, {MIN_ORIGINS} are needed."
    report = partial(
        EvaluationRow,
        candidate=f"{label}/{name}",
        is_rival=name == rival,
        n_folds=origins,
        is_served=name == verdict.served,
        reason=reason,
    )
    horizons = {"wape": tuple(range(HORIZON_MONTHS))}
    horizons |= {f"wape_h{step + 1}": (step,) for step in range(HORIZON_MONTHS)}
    rows = []
    for metric, steps in horizons.items():
        value, count = _measure_wape(cells, name, steps)
        rows.append(report(metric=metric, value=value, n_rows=count))
    if gain is not None and not np.isnan(gain.value):
        rows.append(
            report(
                metric="wape_gain_over_rival",
                value=gain.value,
                lower=gain.lower,
                upper=gain.upper,
                n_rows=len(cells),
            )
        )
    return rows


def _report_intervals(
    label: str, cells: Sequence[BacktestCell], verdict: Verdict, intervals: Sequence[ErrorInterval | None]
) -> list[EvaluationRow]:
    report = partial(
        EvaluationRow,
        candidate=f"{label}/{verdict.served}",
        is_rival=not verdict.is_model,
        is_served=True,
        n_folds=count_origins(cells),
    )
    rows = []
    for step, interval in enumerate(intervals):
        metric, count = f"interval_80_h{step + 1}", len(collect_errors(cells, verdict.served, step))
        if interval is None:
            reason = f"No interval: {count} backtest errors, {MIN_RESIDUALS} are needed."
            rows.append(report(metric=metric, value=None, n_rows=count, reason=reason))
        else:
            rows.append(
                report(
                    metric=metric,
                    value=interval.upper - interval.lower,
                    lower=interval.lower,
                    upper=interval.upper,
                    n_rows=count,
                    reason="Width and ends in mean absolute month-to-month changes of the region.",
                )
            )
    coverage, count = measure_coverage(cells, verdict.served)
    reason = f"Share of past outcomes inside the {COVERAGE:.0%} interval that was possible at their origin."
    if not count:
        reason = "No origin had enough earlier errors for an interval."
    rows.append(report(metric="coverage_80", value=coverage, n_rows=count, reason=reason))
    return rows
