"""Sales forecast on small synthetic regions: refusals, rivals by hand, gate, reuse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from ml.forecast import ForecastResult, forecast_sales
from ml.forecast_cells import choose_rival
from ml.forecast_data import add_months
from ml.forecast_methods import choose_season, forecast_naive, forecast_seasonal_naive
from warehouse.errors import ModelError

ROOT = Path(__file__).parents[2]
START = date(2020, 1, 1)
AS_OF = date(2024, 12, 31)
TABLES = """
create schema features; create schema predictions;
create table features.feat_region_sales_monthly(region_id varchar, source varchar, currency varchar,
  period_start date, net_fen bigint, is_complete boolean);
create table predictions.sales_forecast(region_id varchar, source varchar, currency varchar, period_start date,
  horizon integer, forecast_fen bigint, lower_fen bigint, upper_fen bigint, served_by varchar, model_version varchar,
  as_of date);
create table predictions.model_evaluation(task varchar, candidate varchar, is_rival boolean, metric varchar,
  value double, lower double, upper double, n_folds integer, n_rows bigint, is_served boolean, reason varchar,
  as_of date);
"""


def warehouse(regions: dict[str, Sequence[float]], *, source: str = "crm") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(TABLES)
    rows = [
        [name, source, "CNY", add_months(START, month), round(value), True]
        for name, values in regions.items()
        for month, value in enumerate(values)
    ]
    if rows:
        con.executemany("insert into features.feat_region_sales_monthly values (?, ?, ?, ?, ?, ?)", rows)
    return con


def run(con: duckdb.DuckDBPyConnection, models_dir: Path | None = None, as_of: date = AS_OF) -> ForecastResult:
    return forecast_sales(con, as_of=as_of, random_seed=5, models_dir=models_dir)


def noise(months: int, regions: int = 3, seed: int = 0) -> dict[str, Sequence[float]]:
    rng = np.random.default_rng(seed)
    return {f"r{i}": np.cumsum(rng.normal(0, 1e5, months)) + 1e7 for i in range(regions)}


def alternating(months: int, regions: int = 4, seed: int = 0) -> dict[str, Sequence[float]]:
    """Independent months around a level: the last value is a poor guess, a level model a good one."""
    rng = np.random.default_rng(seed)
    return {f"r{i}": rng.normal(1e7, 2e6, months) for i in range(regions)}


def test_naive_forecasts_by_hand() -> None:
    values = np.arange(1.0, 16.0)  # 15 months: 1 .. 15
    assert forecast_naive(values, 3).tolist() == [15.0, 15.0, 15.0]
    assert forecast_seasonal_naive(values, 3).tolist() == [4.0, 5.0, 6.0]
    assert forecast_seasonal_naive(values, 14)[-2:].tolist() == [4.0, 5.0]  # beyond a season it repeats
    with pytest.raises(ValueError, match="needs 12"):
        forecast_seasonal_naive(values[:11], 3)


@pytest.mark.parametrize(
    ("months", "rival", "origins"),
    [
        (6, "naive_last_value", 2),
        (17, "naive_last_value", 8),
        (18, "seasonal_naive", 3),  # origins 15, 16 and 17 have a season and three months behind them
        (48, "seasonal_naive", 8),
    ],
)
def test_the_rival_follows_the_length_of_history(months: int, rival: str, origins: int) -> None:
    name, found = choose_rival(months)
    assert (name, len(found)) == (rival, origins)


@pytest.mark.parametrize(
    ("train", "history", "season"), [(24, 36, 12), (23, 36, 1), (35, 35, 1), (40, 48, 12), (10, 12, 1)]
)
def test_a_season_is_modelled_only_with_three_years(train: int, history: int, season: int) -> None:
    assert choose_season(train, history) == season


def test_short_and_thin_series_are_refused_and_counted() -> None:
    short = run(warehouse({"a": [100.0] * 5}))
    assert short.forecasts == ()
    assert [(row.region_id, row.reason) for row in short.refused] == [("a", "5 complete months, 6 are needed")]
    assert short.reasons == {"crm": "Nothing is served: none of 1 regions qualifies."}

    con = warehouse({"full": [100.0 + m for m in range(8)], "half": [5.0, 0.0] * 4, "thin": [5.0] * 3 + [0.0] * 5})
    result = run(con)
    assert [row.region_id for row in result.refused] == ["thin"]
    assert {row.region_id for row in result.forecasts} == {"full", "half"}
    counted = con.execute(
        "select value, n_rows from predictions.model_evaluation where candidate = 'crm/refused_series'"
    ).fetchone()
    assert counted == (1.0, 3)


def test_an_empty_table_is_no_error() -> None:
    con = warehouse({})
    result = run(con)
    assert (result.forecasts, result.refused, result.served) == ((), (), {})
    assert con.execute("select count(*) from predictions.sales_forecast").fetchone() == (0,)


def test_six_months_are_too_few_to_test_so_the_rival_serves_without_interval() -> None:
    con = warehouse({"a": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]})
    result = run(con)
    assert "2 test origins, 3 are needed" in result.reasons["crm"]
    rows = con.execute(
        "select period_start, horizon, forecast_fen, lower_fen, upper_fen, served_by from predictions.sales_forecast"
        " order by horizon"
    ).fetchall()
    assert rows == [(date(2020, month, 1), month - 6, 60, None, None, "naive_last_value") for month in (7, 8, 9)]
    reasons = [row.reason for row in result.evaluation if row.metric.startswith("interval_80")]
    assert all(reason and reason.startswith("No interval: ") for reason in reasons)
    assert len(reasons) == 3


def test_a_random_walk_leaves_the_rival_in_place() -> None:
    result = run(warehouse(noise(16)))
    assert result.served == {"crm": "naive_last_value"}
    assert "no gain is proven" in result.reasons["crm"]


def test_a_steady_level_lets_a_model_serve_with_an_interval_around_it() -> None:
    con = warehouse(alternating(16))
    result = run(con)
    assert result.served["crm"] in {"auto_ets", "auto_theta", "mean_ets_theta"}
    served = [row for row in result.evaluation if row.is_served and row.metric == "wape_gain_over_rival"]
    assert len(served) == 1
    assert served[0].lower is not None
    assert served[0].lower > 0
    assert con.execute(
        "select count(*), bool_and(lower_fen < forecast_fen and forecast_fen < upper_fen),"
        " bool_and(abs(forecast_fen - 1e7) < 4e6) from predictions.sales_forecast"
    ).fetchone() == (12, True, True)


def test_sources_are_judged_apart_and_currencies_never_pooled() -> None:
    con = warehouse(alternating(16))
    con.execute(
        "insert into features.feat_region_sales_monthly select region_id, 'ecommerce', currency, period_start,"
        " net_fen, is_complete from features.feat_region_sales_monthly where region_id in ('r0', 'r1')"
    )
    con.execute(
        "update features.feat_region_sales_monthly set currency = 'USD' where source = 'crm' and region_id = 'r0'"
    )
    result = run(con)
    assert set(result.served) == {"crm:CNY", "crm:USD", "ecommerce"}
    assert {row.candidate.split("/")[0] for row in result.evaluation} == set(result.served)


def test_incomplete_and_later_months_are_not_read() -> None:
    con = warehouse(noise(16))
    before = run(con)
    con.execute(
        "insert into features.feat_region_sales_monthly select region_id, source, currency, date '2021-05-01', 1, false"
        " from features.feat_region_sales_monthly where period_start = '2020-01-01'"
    )
    assert run(con) == before
    con.execute("update features.feat_region_sales_monthly set is_complete = true")
    assert run(con, as_of=date(2021, 5, 30)).forecasts == before.forecasts  # May 2021 ends one day later
    assert run(con, as_of=date(2021, 5, 31)).forecasts != before.forecasts


def test_truncated_history_gives_the_forecast_of_that_time() -> None:
    regions = noise(20)
    then = run(warehouse({name: values[:16] for name, values in regions.items()}))
    later = run(warehouse(regions), as_of=date(2021, 4, 30))
    assert later.forecasts == then.forecasts
    assert later.model_version == then.model_version


def test_gaps_and_unequal_spans_are_refused() -> None:
    con = warehouse(noise(12))
    con.execute("delete from features.feat_region_sales_monthly where region_id = 'r1' and period_start = '2020-05-01'")
    with pytest.raises(ModelError, match="region r1 have gaps"):
        run(con)
    con.execute("delete from features.feat_region_sales_monthly where region_id = 'r1' and period_start < '2020-06-01'")
    with pytest.raises(ModelError, match="same months"):
        run(con)


def test_same_seed_twice_gives_identical_rows_and_a_stored_version_is_reused(tmp_path: Path) -> None:
    con = warehouse(alternating(16))
    first = run(con, tmp_path)
    rows = con.execute("select * from predictions.sales_forecast order by all").fetchall()
    evaluation = con.execute("select * from predictions.model_evaluation order by all").fetchall()
    second = run(con, tmp_path)
    fresh = run(con)
    assert (first.reused, second.reused, fresh.reused) == (False, True, False)
    assert con.execute("select * from predictions.sales_forecast order by all").fetchall() == rows
    assert con.execute("select * from predictions.model_evaluation order by all").fetchall() == evaluation
    assert first.forecasts == second.forecasts == fresh.forecasts


def test_a_reused_version_does_not_import_statsforecast(tmp_path: Path) -> None:
    con = warehouse(noise(8))
    run(con, tmp_path)
    table = tmp_path / "sales.parquet"
    con.execute(f"copy features.feat_region_sales_monthly to '{table}'")
    code = f"""
import sys, duckdb
from datetime import date
from pathlib import Path
from ml.forecast import forecast_sales
con = duckdb.connect()
con.execute({TABLES!r})
con.execute("insert into features.feat_region_sales_monthly from '{table}'")
result = forecast_sales(con, as_of=date(2024, 12, 31), random_seed=5, models_dir=Path({str(tmp_path)!r}))
print(result.reused, len(result.forecasts), 'statsforecast' in sys.modules, 'scipy' in sys.modules)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.split() == ["True", "9", "False", "False"]
