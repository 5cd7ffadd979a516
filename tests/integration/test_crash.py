"""A run killed in the middle leaves all of a file or none of it, and the next run finishes the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from loaded_home import LoadedHome, load_company

from ingestion.simulator import SimulationResult

SUMS = """
select (select sum(won_fen) from regions.regional_performance), (select sum(gross_fen) from core.fct_order),
    (select count(*) from core.fct_meeting), (select sum(credited_fen) from incentives.credit_line),
    (select count(*) from performance.kpi_value)"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["taking in CRM", "recording deliveries"], ids=["while files load", "while dbt builds"]
)
def test_killed_run_is_finished_by_the_next(
    small_home: LoadedHome, small_company: SimulationResult, tmp_path: Path, moment: str
) -> None:
    home = tmp_path / "home"
    first, last = small_company.load_dates[0], small_company.load_dates[-1]
    command = [sys.executable, "-m", "orchestration.cli", "run", "--home", str(home), "--landing"]
    command += [str(small_company.landing), "--from-date", str(first), "--load-date", str(last)]
    environ = os.environ | {"DEALHOUSE_PII_KEY": "key of the tests", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if moment in line:
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (home / "published" / "current").exists()
    with duckdb.connect(str(home / "warehouse" / "warehouse.duckdb"), read_only=True) as con:
        # Whatever is in the ledger is in raw, row by row.
        for entity, batch, loaded in con.execute(
            "select replace(entity, '.', '__'), batch_id, rows_loaded from ops.delivery where status = 'loaded'"
        ).fetchall():
            found = con.execute(f"select count(*) from raw.{entity} where _batch_id = {batch}").fetchone()
            assert found == (loaded,)
    again = load_company(home, small_company)
    assert again.exit_code == 0, again.errors
    assert again.query(SUMS) == small_home.query(SUMS)
