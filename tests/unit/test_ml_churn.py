"""Churn scoring end to end on small synthetic customers: gate, point in time, reuse, tampering."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from ml.churn import ChurnResult, score_churn
from ml.churn_data import FEATURES
from warehouse.errors import ModelError

ROOT = Path(__file__).parents[2]
AS_OF = date(2024, 12, 31)
SNAPSHOTS = tuple(date(2024, month, 1) for month in range(3, 13))
TABLES = """
create schema features; create schema predictions;
create table features.feat_customer_snapshot(customer_id varchar, snapshot_date date, recency_days integer,
  tenure_days integer, order_days integer, frequency integer, t_x_days integer, orders_90d integer,
  orders_365d integer, net_fen bigint, net_90d_fen bigint, avg_order_fen bigint, lines integer, refund_fen bigint,
  median_gap_days double);
create table features.lbl_customer_churn(customer_id varchar, snapshot_date date, horizon_days integer,
  churned boolean, label_end date);
create table predictions.churn(customer_id varchar, snapshot_date date, horizon_days integer,
  churn_probability double, risk_rank integer, served_by varchar, model_version varchar, as_of date);
create table predictions.model_evaluation(task varchar, candidate varchar, is_rival boolean, metric varchar,
  value double, lower double, upper double, n_folds integer, n_rows bigint, is_served boolean, reason varchar,
  as_of date);
"""


def empty_warehouse() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(TABLES)
    return con


def fill(
    con: duckdb.DuckDBPyConnection, *, planted: float, customers: int = 150, churn_rate: float = 0.4, seed: int = 0
) -> None:
    """Customers of random history; `planted` ties the label to net_90d_fen, which no rival reads."""
    rng = np.random.default_rng(seed)
    rows, labels = [], []
    for day in SNAPSHOTS:
        label_end = day + timedelta(days=90)
        for number in range(customers):
            tenure, frequency = int(rng.integers(30, 300)), int(rng.integers(0, 8))
            t_x = int(rng.integers(1, tenure)) if frequency else 0
            net_90d = int(rng.integers(0, 100_000))
            gap = t_x / frequency if frequency else None
            name = f"c{number:04d}"
            rows.append(
                [
                    name,
                    day,
                    tenure - t_x,
                    tenure,
                    frequency + 1,
                    frequency,
                    t_x,
                    1,
                    2,
                    200_000,
                    net_90d,
                    5_000,
                    9,
                    0,
                    gap,
                ]
            )
            by_luck = rng.random() < churn_rate
            churned = bool(net_90d < churn_rate * 100_000) if rng.random() < planted else bool(by_luck)
            if label_end <= AS_OF + timedelta(days=1):
                labels.append([name, day, 90, churned, label_end])
    con.executemany(f"insert into features.feat_customer_snapshot values ({', '.join('?' * 15)})", rows)
    con.executemany("insert into features.lbl_customer_churn values (?, ?, ?, ?, ?)", labels)


def run(con: duckdb.DuckDBPyConnection, models_dir: Path | None = None, seed: int = 5) -> ChurnResult:
    return score_churn(con, as_of=AS_OF, random_seed=seed, models_dir=models_dir)


def scores(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    return con.execute("select * from predictions.churn order by all").fetchall()


@pytest.fixture(scope="module")
def signal() -> duckdb.DuckDBPyConnection:
    con = empty_warehouse()
    fill(con, planted=0.8)
    return con


def test_a_planted_signal_lets_a_model_serve(signal: duckdb.DuckDBPyConnection) -> None:
    result = run(signal)
    assert result.served_by in {"logistic_regression", "hist_gradient_boosting"}
    assert result.snapshot_date == SNAPSHOTS[-1]
    assert result.scored == 150
    written = signal.execute(
        "select count(*), min(risk_rank), max(risk_rank), min(churn_probability) >= 0, max(churn_probability) <= 1,"
        " any_value(served_by), count(distinct model_version) from predictions.churn"
    ).fetchone()
    assert written == (150, 1, 150, True, True, result.served_by, 1)
    risky, safe = signal.execute(
        "select avg(f.net_90d_fen) filter (risk_rank <= 40), avg(f.net_90d_fen) filter (risk_rank > 110)"
        " from predictions.churn join features.feat_customer_snapshot f using (customer_id, snapshot_date)"
    ).fetchone()
    assert risky < safe
    served = signal.execute(
        "select distinct candidate from predictions.model_evaluation where is_served and not is_rival"
    ).fetchall()
    assert served == [(result.served_by,)]


def test_pure_noise_lets_the_rival_serve_and_says_so() -> None:
    con = empty_warehouse()
    fill(con, planted=0.0)
    result = run(con)
    assert result.served_by in {"recency", "bg_nbd"}
    assert result.scored == 150
    assert "no gain is proven" in result.reason
    metrics = {(row.candidate, row.metric) for row in result.evaluation}
    for name in ("logistic_regression", "hist_gradient_boosting", "recency", "bg_nbd"):
        assert {(name, metric) for metric in ("auc", "brier", "lift_at_10pct")} <= metrics
    assert {row.candidate for row in result.evaluation if row.is_served} == {result.served_by}
    assert {row.candidate for row in result.evaluation if row.is_rival} == {"recency", "bg_nbd"}


def test_too_few_churners_keep_a_perfect_model_out() -> None:
    con = empty_warehouse()
    fill(con, planted=1.0, churn_rate=0.15)
    result = run(con)
    assert result.served_by in {"recency", "bg_nbd"}
    assert "40 of each are needed" in result.reason


def test_no_customers_write_only_the_reason() -> None:
    con = empty_warehouse()
    result = run(con)
    assert (result.served_by, result.scored, result.model_version) == (None, 0, None)
    rows = con.execute("select count(*), bool_or(is_served), min(reason) from predictions.model_evaluation").fetchone()
    assert rows == (4, False, "Nothing is served: there is no customer snapshot up to 2024-12-31.")
    assert scores(con) == []


def test_two_test_snapshots_are_not_enough(tmp_path: Path) -> None:
    con = empty_warehouse()
    fill(con, planted=0.8, customers=60)
    con.execute("delete from features.lbl_customer_churn where snapshot_date > '2024-07-01'")
    for _ in range(2):  # the second time from the stored version
        result = run(con, tmp_path)
        assert result.served_by is None
        assert "2 test snapshots" in result.reason
    assert result.reused


def test_a_one_time_buyer_population_is_scored_without_bgnbd() -> None:
    con = empty_warehouse()
    fill(con, planted=0.8)
    con.execute("update features.feat_customer_snapshot set frequency = 0, t_x_days = 0, median_gap_days = null")
    result = run(con)
    assert result.served_by in {"logistic_regression", "hist_gradient_boosting"}
    assert "bg_nbd" not in {row.candidate for row in result.evaluation}


def test_labels_not_known_at_as_of_change_nothing(signal: duckdb.DuckDBPyConnection) -> None:
    before = run(signal)
    rows = scores(signal)
    signal.execute(
        "insert into features.lbl_customer_churn select customer_id, snapshot_date, 90, true, snapshot_date + 90"
        " from features.feat_customer_snapshot where snapshot_date >= '2024-11-01'"
    )
    after = run(signal)
    signal.execute("delete from features.lbl_customer_churn where snapshot_date >= '2024-11-01'")
    assert after.evaluation == before.evaluation
    assert scores(signal) == rows


def test_same_seed_twice_gives_identical_rows_and_replaces_them(signal: duckdb.DuckDBPyConnection) -> None:
    run(signal)
    rows = scores(signal)
    evaluation = signal.execute("select * from predictions.model_evaluation order by all").fetchall()
    run(signal)
    assert scores(signal) == rows
    assert signal.execute("select * from predictions.model_evaluation order by all").fetchall() == evaluation


def test_a_stored_version_is_reused_and_scores_the_same(signal: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = run(signal, tmp_path)
    rows = scores(signal)
    second = run(signal, tmp_path)
    assert (first.reused, second.reused) == (False, True)
    assert second.evaluation == first.evaluation
    assert scores(signal) == rows
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"metrics.json", "card.md", "model.skops"}


@pytest.mark.parametrize("change", ["label", "feature", "seed"])
def test_another_input_is_another_version(change: str) -> None:
    con = empty_warehouse()
    fill(con, planted=0.0, customers=5)
    con.execute("delete from features.lbl_customer_churn where snapshot_date > '2024-04-01'")
    before = run(con).model_version
    assert run(con).model_version == before
    where = "where customer_id = 'c0001' and snapshot_date = '2024-03-01'"
    if change == "label":
        con.execute(f"update features.lbl_customer_churn set churned = not churned {where}")
    if change == "feature":
        con.execute(f"update features.feat_customer_snapshot set lines = lines + 1 {where}")
    assert run(con, seed=6 if change == "seed" else 5).model_version != before


@pytest.mark.parametrize("damage", ["model", "missing", "metrics", "foreign_type"])
def test_a_tampered_version_is_refused(signal: duckdb.DuckDBPyConnection, tmp_path: Path, damage: str) -> None:
    version = run(signal, tmp_path).model_version
    assert version is not None
    folder = tmp_path / "churn" / version
    model, metrics = folder / "model.skops", folder / "metrics.json"
    message = "sha256"
    if damage == "model":
        model.write_bytes(model.read_bytes() + b"\0")
    if damage == "missing":
        model.unlink()
        message = "missing"
    if damage == "metrics":
        metrics.write_text("{")
        message = "damaged"
    if damage == "foreign_type":
        import hashlib

        from skops.io import dumps

        content = dumps(subprocess.Popen)
        model.write_bytes(content)
        stored = json.loads(metrics.read_text())
        stored["files"]["model.skops"] = hashlib.sha256(content).hexdigest()
        metrics.write_text(json.dumps(stored))
        message = "types that no model of ours uses"
    with pytest.raises(ModelError, match=message):
        run(signal, tmp_path)


def test_mixed_horizons_are_refused() -> None:
    con = empty_warehouse()
    fill(con, planted=0.0, customers=5)
    con.execute("update features.lbl_customer_churn set horizon_days = 60 where snapshot_date = '2024-03-01'")
    with pytest.raises(ModelError, match="mixes label windows"):
        run(con)


def test_features_are_columns_of_the_feature_table() -> None:
    con = empty_warehouse()
    columns = {row[0] for row in con.execute("describe features.feat_customer_snapshot").fetchall()}
    assert set(FEATURES) == columns - {"customer_id", "snapshot_date"}


def test_importing_the_room_imports_no_heavy_library() -> None:
    code = (
        "import sys, ml.churn, ml.forecast;"
        "print(sorted({'sklearn', 'scipy', 'pandas', 'statsforecast', 'skops', 'dagster'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"
