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
from loaded_home import LoadedHome, load_home

from ingestion.example import EXAMPLE_AS_OF, EXAMPLE_LOAD_DATE

SUMS = """
select (select sum(won_fen) from regions.regional_performance), (select sum(gross_fen) from core.fct_order),
    (select count(*) from core.fct_meeting), (select sum(credited_fen) from incentives.credit_line),
    (select count(*) from performance.kpi_value)"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["taking in CRM", "recording deliveries"], ids=["while files load", "while dbt builds"]
)
def test_killed_run_is_finished_by_the_next(example_home: LoadedHome, tmp_path: Path, moment: str) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "orchestration.cli", "run", "--home", str(home), "--extracts"]
    command += [str(example_home.extracts), "--load-date", str(EXAMPLE_LOAD_DATE), "--as-of", str(EXAMPLE_AS_OF)]
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
    again = load_home(home, example_home.extracts, load_date=EXAMPLE_LOAD_DATE, as_of=EXAMPLE_AS_OF)
    assert again.exit_code == 0, again.errors
    assert again.query(SUMS) == example_home.query(SUMS)
