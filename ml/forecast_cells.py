"""The rolling-origin forecasts of a source: which origins, which rival, and one cell per region and origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml.conformal import measure_typical_change
from ml.evaluation import Floats
from ml.forecast_data import RegionSeries
from ml.forecast_methods import (
    NAIVE,
    SEASON_MONTHS,
    SEASONAL_NAIVE,
    choose_season,
    forecast_models,
    forecast_naive,
    forecast_seasonal_naive,
)
from ml.split import MIN_ORIGINS, choose_origins

HORIZON_MONTHS = 3
# AutoTheta fits from four months on; below that there is nothing to compare the rival with.
MIN_TRAIN = 4
MIN_TRAIN_SEASONAL = SEASON_MONTHS + HORIZON_MONTHS


@dataclass(frozen=True)
class BacktestCell:
    """One region at one origin (number of months known then): what came, what was forecast, in fen.

    `actual` holds up to three months after the origin; `forecasts` the same number per method;
    `typical_change` is measured on the months before the origin.
    """

    region_id: str
    origin: int
    actual: Floats
    typical_change: float
    forecasts: dict[str, Floats]


def choose_rival(months: int) -> tuple[str, tuple[int, ...]]:
    """The rival for a history of this length, and the origins at which it is tested.

    Seasonal naive where at least three origins have a season and a horizon of months behind them, else the
    last value. The newest origins see fewer than three months, so a short history still gives enough of them.
    """
    seasonal = choose_origins(months, min_train=MIN_TRAIN_SEASONAL)
    if len(seasonal) >= MIN_ORIGINS:
        return SEASONAL_NAIVE, seasonal
    return NAIVE, choose_origins(months, min_train=MIN_TRAIN)


def forecast_rival(name: str, values: Floats, horizon: int) -> Floats:
    """The rival's forecast of a series."""
    return forecast_naive(values, horizon) if name == NAIVE else forecast_seasonal_naive(values, horizon)


def forecast_cell(series: RegionSeries, origin: int, *, rival: str, history: int) -> BacktestCell:
    """All forecasts of one region at one origin, each from the months before it only."""
    past, future = series.values[:origin], series.values[origin : origin + HORIZON_MONTHS]
    forecasts = forecast_models(past, len(future), season=choose_season(origin, history))
    forecasts[rival] = forecast_rival(rival, past, len(future))
    return BacktestCell(series.region_id, origin, future, measure_typical_change(past), forecasts)


def keep_complete(cells: Sequence[BacktestCell], name: str) -> list[BacktestCell]:
    """The cells of the origins at which this method has a forecast for every region.

    Whether a model can be fitted depends on the data, so keeping only its good regions would flatter it.
    """
    broken = {cell.origin for cell in cells if name not in cell.forecasts}
    return [cell for cell in cells if cell.origin not in broken]


def count_origins(cells: Sequence[BacktestCell]) -> int:
    """How many different origins these cells have."""
    return len({cell.origin for cell in cells})
