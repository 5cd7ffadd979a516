"""Sales forecast by region, three months ahead, by whoever won the backtest of its source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from ml.bootstrap import REPLICATES
from ml.conformal import COVERAGE, MIN_RESIDUALS, apply_interval, measure_typical_change
from ml.evaluation import EvaluationRow
from ml.forecast_backtest import GroupStudy, study_group
from ml.forecast_cells import HORIZON_MONTHS, MIN_TRAIN, forecast_rival
from ml.forecast_data import (
    MIN_MONTHS,
    MIN_NONZERO_SHARE,
    RegionSeries,
    SeriesGroup,
    add_months,
    fingerprint_sales,
    read_groups,
)
from ml.forecast_methods import (
    MIN_HISTORY_FOR_SEASON,
    MIN_TRAIN_FOR_SEASON,
    MODELS,
    choose_season,
    forecast_models,
)
from ml.model_card import write_forecast_card
from ml.predictions import FORECAST_COLUMNS, replace_forecast
from ml.registry import compute_version, read_study, save_version

TASK = "sales_forecast"
LIBRARIES = ("duckdb", "numpy", "statsforecast")
# Raise by one when the code changes what a version would contain.
METHOD = 2


@dataclass(frozen=True)
class RefusedSeries:
    """A region that gets no forecast, and why."""

    source: str
    currency: str
    region_id: str
    reason: str


@dataclass(frozen=True)
class RegionForecast:
    """One month ahead of one region, in fen; the interval is None where the backtest cannot give one."""

    region_id: str
    source: str
    currency: str
    period_start: date
    horizon: int
    forecast_fen: int
    lower_fen: int | None
    upper_fen: int | None
    served_by: str


@dataclass(frozen=True)
class ForecastResult:
    """What a forecast run did. `served`: source label -> method. `reused`: nothing was fitted in this run."""

    as_of: date
    model_version: str
    served: dict[str, str]
    reasons: dict[str, str]
    forecasts: tuple[RegionForecast, ...]
    refused: tuple[RefusedSeries, ...]
    evaluation: tuple[EvaluationRow, ...]
    reused: bool


def forecast_sales(
    con: duckdb.DuckDBPyConnection, *, as_of: date, random_seed: int, models_dir: Path | None = None
) -> ForecastResult:
    """Forecast the next three months of every region that qualifies and write `predictions.*`.

    Reads the complete months of `features.feat_region_sales_monthly` that ended by `as_of`. Horizon 1 is the
    month after a source's last complete month, so it may lie before `as_of` where the source ends earlier.
    Series with fewer than six complete months, or without sales in half of them, are refused and counted.
    Rows of the same `as_of` are replaced. An empty table writes nothing and is no error. With `models_dir` a
    version that is already there is reused, forecasts included. Raises ModelError when months have gaps or a
    stored version is damaged.
    """
    version = compute_version(
        TASK,
        fingerprint=fingerprint_sales(con, as_of=as_of),
        parameters={
            "method": METHOD,
            "horizon": HORIZON_MONTHS,
            "min_train": MIN_TRAIN,
            "min_months": MIN_MONTHS,
            "min_nonzero_share": MIN_NONZERO_SHARE,
            "season": [MIN_TRAIN_FOR_SEASON, MIN_HISTORY_FOR_SEASON],
            "coverage": [COVERAGE, MIN_RESIDUALS],
            "replicates": REPLICATES,
            "random_seed": random_seed,
        },
        libraries=LIBRARIES,
    )
    stored = read_study(models_dir, TASK, version) if models_dir is not None else None
    result = (
        _study_all(read_groups(con, as_of=as_of), version, as_of, random_seed=random_seed)
        if stored is None
        else _from_json(stored, version, as_of)
    )
    if models_dir is not None and stored is None:
        save_version(
            models_dir,
            TASK,
            version,
            study=_to_json(result),
            card=write_forecast_card(
                tuple(result.reasons.values()), result.evaluation, version=version, libraries=LIBRARIES
            ),
        )
    columns = {name: [_cell(row, name, version, as_of) for row in result.forecasts] for name in FORECAST_COLUMNS}
    replace_forecast(con, columns, result.evaluation, as_of=as_of)
    return result


def _study_all(groups: Sequence[SeriesGroup], version: str, as_of: date, *, random_seed: int) -> ForecastResult:
    served, reasons = {}, {}
    forecasts: list[RegionForecast] = []
    refused: list[RefusedSeries] = []
    evaluation: list[EvaluationRow] = []
    for group in groups:
        turned_down = [(one, why) for one in group.series if (why := one.refusal()) is not None]
        qualifying = [one for one in group.series if one.refusal() is None]
        refused += [RefusedSeries(one.source, one.currency, one.region_id, why) for one, why in turned_down]
        evaluation.append(_count_refused(group, turned_down))
        if not qualifying:
            reasons[group.label] = f"Nothing is served: none of {len(group.series)} regions qualifies."
            continue
        study = study_group(group, qualifying, random_seed=random_seed)
        served[group.label] = study.verdict.served
        reasons[group.label] = study.verdict.reason
        evaluation += study.rows
        for one in qualifying:
            forecasts += _forecast_region(one, study)
    return ForecastResult(
        as_of=as_of,
        model_version=version,
        served=served,
        reasons=reasons,
        forecasts=tuple(forecasts),
        refused=tuple(refused),
        evaluation=tuple(evaluation),
        reused=False,
    )


def _count_refused(group: SeriesGroup, refused: Sequence[tuple[RegionSeries, str]]) -> EvaluationRow:
    first = f" ({refused[0][0].region_id}: {refused[0][1]})" if refused else ""
    return EvaluationRow(
        candidate=f"{group.label}/refused_series",
        metric="series_count",
        value=float(len(refused)),
        n_rows=len(group.series),
        reason=f"{len(refused)} of {len(group.series)} regions are too short or too thin to forecast{first}.",
    )


def _forecast_region(series: RegionSeries, study: GroupStudy) -> list[RegionForecast]:
    method, values = study.verdict.served, series.values
    found = {study.rival: forecast_rival(study.rival, values, HORIZON_MONTHS)}
    if method in MODELS:
        found |= forecast_models(values, HORIZON_MONTHS, season=choose_season(len(values), len(values)))
    if method not in found:
        # The model could be fitted for every region in the backtest but not for this one today.
        method = study.rival
    rows = []
    change = measure_typical_change(values)
    for step in range(HORIZON_MONTHS):
        interval = study.intervals[method][step]
        point = float(found[method][step])
        lower = upper = None
        # A flat series has no unit for its errors; a band of no width would claim certainty.
        if interval is not None and change > 0:
            lower, upper = apply_interval(point, interval, typical_change=change)
        rows.append(
            RegionForecast(
                region_id=series.region_id,
                source=series.source,
                currency=series.currency,
                period_start=add_months(series.first_month, len(values) + step),
                horizon=step + 1,
                forecast_fen=_round_fen(point),
                lower_fen=None if lower is None else _round_fen(lower),
                upper_fen=None if upper is None else _round_fen(upper),
                served_by=method,
            )
        )
    return rows


def _round_fen(value: float) -> int:
    return math.floor(value + 0.5)


def _cell(row: RegionForecast, name: str, version: str, as_of: date) -> Any:
    return {"model_version": version, "as_of": as_of}[name] if not hasattr(row, name) else getattr(row, name)


def _to_json(result: ForecastResult) -> dict[str, Any]:
    return {
        "served": result.served,
        "reasons": result.reasons,
        "forecasts": [asdict(row) | {"period_start": row.period_start.isoformat()} for row in result.forecasts],
        "refused": [asdict(row) for row in result.refused],
        "evaluation": [asdict(row) for row in result.evaluation],
    }


def _from_json(stored: Mapping[str, Any], version: str, as_of: date) -> ForecastResult:
    return ForecastResult(
        as_of=as_of,
        model_version=version,
        served=stored["served"],
        reasons=stored["reasons"],
        forecasts=tuple(
            RegionForecast(**row | {"period_start": date.fromisoformat(row["period_start"])})
            for row in stored["forecasts"]
        ),
        refused=tuple(RefusedSeries(**row) for row in stored["refused"]),
        evaluation=tuple(EvaluationRow(**row) for row in stored["evaluation"]),
        reused=True,
    )
