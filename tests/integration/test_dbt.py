"""dbt beside the daily run: unit tests of the rules, empty sources, incremental tables against a full rebuild."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from dbt_command import dbt
from loaded_home import LoadedHome, load_home

from ingestion.contract import load_contracts
from ingestion.raw_tables import create_raw_tables
from ingestion.simulator import SimulationResult
from warehouse.connection import connect
from warehouse.schema import create_shared_tables, set_run_context

INCREMENTAL = (
    "stg_crm__activity", "stg_crm__change_log", "stg_crm__contract_line", "stg_crm__invoice", "stg_crm__lead_version",
    "stg_crm__opportunity_stage_history", "stg_crm__opportunity_version", "stg_crm__payment", "stg_crm__stage_action",
    "stg_ec__order", "stg_ec__order_item", "stg_ec__refund", "stg_ec__web_visit", "stg_mk__engagement",
    "stg_mtg__attendee", "stg_oa__approval_event", "stg_oa__approval_task",
)  # fmt: skip
#: Marts that depend on what was delivered alone. Models are trained on the day, and scores kept for every day.
MARTS = """
select schema_name, table_name from duckdb_tables()
where database_name = 'marts' and schema_name not in ('predictions', 'dq')
    and table_name not in ('customer_churn_risk', 'sales_forecast', 'data_completeness') order by all"""


def build_as_of(home: Path, as_of: date) -> Path:
    """`dealhouse build --as-of`; the marts of that day, as published in a home of their own."""
    command = [sys.executable, "-m", "orchestration.cli", "build", "--home", str(home), "--as-of", f"{as_of}", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode in (0, 3), done.stderr
    return home / "as_of" / f"{as_of}" / "published" / "current" / "marts.duckdb"


@pytest.fixture
def warehouse_copy(small_home: LoadedHome, tmp_path: Path) -> Path:
    path = tmp_path / "warehouse" / "warehouse.duckdb"
    path.parent.mkdir()
    shutil.copy(small_home.home / "warehouse" / "warehouse.duckdb", path)
    return path


def test_every_rule_with_a_boundary_passes_its_unit_tests(warehouse_copy: Path) -> None:
    output = dbt(warehouse_copy, "test", "--select", "test_type:unit")
    assert "ERROR=0" in output
    assert int(output.split("PASS=")[1].split()[0]) >= 10


def test_build_is_green_where_no_source_has_delivered_anything(tmp_path: Path) -> None:
    path = tmp_path / "warehouse" / "warehouse.duckdb"
    path.parent.mkdir()
    with connect(path) as con:
        create_shared_tables(con)
        create_raw_tables(con, load_contracts())
        set_run_context(con, as_of=date(2024, 12, 31), load_date=date(2025, 1, 1))
    output = dbt(path, "build", "--exclude-resource-type", "unit_test")
    assert "ERROR=0" in output


@pytest.mark.slow
def test_day_by_day_equals_a_full_rebuild_and_a_backfill(
    small_home: LoadedHome, small_company: SimulationResult, tmp_path: Path
) -> None:
    """New, corrected and late rows, one load date after the other; then the incremental tables against a rebuild."""
    home = tmp_path / "home"
    for day in small_company.load_dates:
        loaded = load_home(home, landing=small_company.landing, load_date=day, as_of=day - timedelta(days=1))
        assert loaded.exit_code == 0, loaded.errors
    path = home / "warehouse" / "warehouse.duckdb"

    def contents() -> dict[str, tuple[object, ...] | None]:
        with duckdb.connect(str(path), read_only=True) as con:
            tables = [f"staging.{name}" for name in INCREMENTAL] + ["core.fct_order_line", "performance.kpi_value"]
            return {
                table: con.execute(f"select count(*), sum(hash(t)::hugeint) from {table} as t").fetchone()
                for table in tables
            }

    backfill = small_home.query(MARTS)
    assert len(backfill) > 10
    for schema, table in backfill:
        fingerprint = f'select count(*), sum(hash(t)::hugeint) from "{schema}"."{table}" as t'
        assert loaded.query(fingerprint) == small_home.query(fingerprint), f"{schema}.{table}"
    by_day = contents()
    dbt(path, "build", "--full-refresh", "--exclude-resource-type", "unit_test")
    assert contents() == by_day
    # Any past day again is what was published on it, late and corrected files of later days left out.
    as_of = small_company.load_dates[-2] - timedelta(days=1)
    (then,) = (home / "published").glob(f"*-{as_of:%Y%m%d}-*/marts.duckdb")
    again = build_as_of(home, as_of)
    with duckdb.connect() as con:
        con.execute(f"attach '{then}' as marts (read_only)")
        con.execute(f"attach '{again}' as again (read_only)")
        for schema, table in con.execute(MARTS).fetchall():
            fingerprint = f'select count(*), sum(hash(t)::hugeint) from {{}}."{schema}"."{table}" as t'
            was, now = (con.execute(fingerprint.format(name)).fetchone() for name in ("marts", "again"))
            assert now == was, f"{schema}.{table}"
    assert loaded.query("select max(as_of) from performance.kpi_value") == [
        (small_company.load_dates[-1] - timedelta(days=1),)
    ]
