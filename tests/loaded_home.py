"""A home folder after a whole daily run, as the command line left it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb


@dataclass(frozen=True)
class LoadedHome:
    """Where the run worked, what it exited with and what it said."""

    home: Path
    extracts: Path
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
    home: Path, extracts: Path, *, load_date: date, as_of: date, key: str = "key of the tests", force: bool = False
) -> LoadedHome:
    """Run `dealhouse run` in its own process and keep what it printed."""
    command = [sys.executable, "-m", "orchestration.cli", "run", "--home", str(home), "--extracts", str(extracts)]
    command += ["--load-date", load_date.isoformat(), "--as-of", as_of.isoformat(), "--json"]
    if force:
        command.append("--force")
    environ = {**os.environ, "DEALHOUSE_PII_KEY": key, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    return LoadedHome(home, extracts, done.returncode, report, done.stderr)
