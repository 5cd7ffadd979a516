"""Writing to `predictions.*`: the rows of one `as_of` are replaced as a whole, older ones stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from ml.evaluation import EvaluationRow
from warehouse.connection import transaction

CHURN_COLUMNS = {
    "customer_id": "varchar",
    "snapshot_date": "date",
    "horizon_days": "integer",
    "churn_probability": "double",
    "risk_rank": "integer",
    "served_by": "varchar",
    "model_version": "varchar",
    "as_of": "date",
}
FORECAST_COLUMNS = {
    "region_id": "varchar",
    "source": "varchar",
    "currency": "varchar",
    "period_start": "date",
    "horizon": "integer",
    "forecast_fen": "bigint",
    "lower_fen": "bigint",
    "upper_fen": "bigint",
    "served_by": "varchar",
    "model_version": "varchar",
    "as_of": "date",
}
EVALUATION_COLUMNS = {
    "task": "varchar",
    "candidate": "varchar",
    "is_rival": "boolean",
    "metric": "varchar",
    "value": "double",
    "lower": "double",
    "upper": "double",
    "n_folds": "integer",
    "n_rows": "bigint",
    "is_served": "boolean",
    "reason": "varchar",
    "as_of": "date",
}


def replace_churn(
    con: duckdb.DuckDBPyConnection,
    columns: Mapping[str, Sequence[Any]],
    evaluation: Sequence[EvaluationRow],
    *,
    as_of: date,
) -> None:
    """Replace the churn scores of this `as_of` and the evaluation of this `as_of`, at once.

    `columns`: one sequence per column of CHURN_COLUMNS, all of the same length, or empty to write no score.
    """
    with transaction(con):
        con.execute("delete from predictions.churn where as_of = ?", [as_of])
        _insert(con, "predictions.churn", CHURN_COLUMNS, columns)
        _replace_evaluation(con, "churn", evaluation, as_of)


def replace_forecast(
    con: duckdb.DuckDBPyConnection,
    columns: Mapping[str, Sequence[Any]],
    evaluation: Sequence[EvaluationRow],
    *,
    as_of: date,
) -> None:
    """Replace the forecast rows and the forecast evaluation of this `as_of`, at once; columns as above."""
    with transaction(con):
        con.execute("delete from predictions.sales_forecast where as_of = ?", [as_of])
        _insert(con, "predictions.sales_forecast", FORECAST_COLUMNS, columns)
        _replace_evaluation(con, "sales_forecast", evaluation, as_of)


def _replace_evaluation(con: duckdb.DuckDBPyConnection, task: str, rows: Sequence[EvaluationRow], as_of: date) -> None:
    con.execute("delete from predictions.model_evaluation where task = ? and as_of = ?", [task, as_of])
    fixed = {"task": task, "as_of": as_of}
    columns = {
        name: [fixed[name] if name in fixed else getattr(row, name) for row in rows] for name in EVALUATION_COLUMNS
    }
    _insert(con, "predictions.model_evaluation", EVALUATION_COLUMNS, columns)


def _insert(
    con: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], columns: Mapping[str, Sequence[Any]]
) -> None:
    # One list parameter per column: executemany takes 0.9 s for 4,000 rows, a data frame needs pandas.
    if not columns:
        return
    names = ", ".join(types)
    values = ", ".join(f"unnest(cast(? as {kind}[]))" for kind in types.values())
    con.execute(f"insert into {table} ({names}) select {values}", [list(columns[name]) for name in types])
