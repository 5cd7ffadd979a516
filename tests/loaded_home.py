"""A home folder after a whole daily run, as the command line left it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingestion.simulator import SimulationResult


@dataclass(frozen=True)
class LoadedHome:
    """Where the run worked, what was delivered (``--extracts`` or ``--landing``), how it ended and what it said."""

    home: Path
    delivered: Path
    exit_code: int
    report: dict[str, Any]
    errors: str

    @property
    def marts(self) -> Path:
        return self.home / "published" / "current" / "marts.duckdb"

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows from the published snapshot, opened as a BI tool would."""
        with duckdb.connect(str(self.marts), read_only=True) as con:
            return con.execute(statement).fetchall()

    def warehouse(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows from the live warehouse, for what is not published."""
        path = self.home / "warehouse" / "warehouse.duckdb"
        with duckdb.connect(str(path), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            return con.execute(statement).fetchall()


def load_home(
    home: Path,
    *,
    load_date: date,
    as_of: date,
    extracts: Path | None = None,
    landing: Path | None = None,
    from_date: date | None = None,
    key: str = "key of the tests",
    force: bool = False,
) -> LoadedHome:
    """Run `dealhouse run` in its own process and keep what it printed."""
    delivered = extracts or landing
    assert delivered is not None
    command = [sys.executable, "-m", "orchestration.cli", "run", "--home", str(home), "--json"]
    command += ["--extracts" if extracts else "--landing", str(delivered)]
    command += ["--load-date", load_date.isoformat(), "--as-of", as_of.isoformat()]
    if from_date:
        command += ["--from-date", from_date.isoformat()]
    if force:
        command.append("--force")
    environ = {**os.environ, "DEALHOUSE_PII_KEY": key, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    return LoadedHome(home, delivered, done.returncode, report, done.stderr)


def load_company(home: Path, company: SimulationResult, *, force: bool = False) -> LoadedHome:
    """Take in all deliveries of a simulated company, build and publish."""
    first, last = company.load_dates[0], company.load_dates[-1]
    return load_home(
        home, landing=company.landing, from_date=first, load_date=last, as_of=last - timedelta(days=1), force=force
    )
