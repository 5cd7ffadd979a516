"""Loading the Dagster definitions, beside the mere import of the libraries that they need."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.company import environment
from benchmarks.measure import Result, divide_cpu, measure_rounds, run_command

BUDGET = 1.5
LOADED, IMPORTS = "loading the Dagster definitions", "import dagster, dagster_dbt (floor)"


def measure_definitions(work: Path, *, rounds: int) -> Result:
    """Both as whole processes; the first round parses the dbt project and does not count."""
    environ = environment() | {"DEALHOUSE_HOME": str(work / "definitions-home")}
    load = [sys.executable, "-c", "from orchestration.definitions import defs; defs()"]
    measured = measure_rounds(
        {
            LOADED: lambda: run_command(load, environ=environ),
            IMPORTS: lambda: run_command([sys.executable, "-c", "import dagster, dagster_dbt"], environ=environ),
        },
        rounds=rounds,
        warm_up=True,
    )
    return Result(
        title="Loading the Dagster definitions",
        size=f"{rounds} rounds after one that warms up",
        measured=tuple(measured.values()),
        judged=(divide_cpu("definitions / imports", measured[LOADED], measured[IMPORTS], BUDGET),),
    )
