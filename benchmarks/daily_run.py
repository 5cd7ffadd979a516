"""The fixed cost of a whole daily run on tiny data, beside a plain `dbt build` of the same models."""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path

from benchmarks.company import environment, simulate_company
from benchmarks.measure import Cost, Result, divide_cpu, measure_rounds, run_command
from warehouse.settings import PROJECT_ROOT

BUDGET = 2.5
FIRST, KNOWN, SAME = "first run in an empty home (parse, training)", "run, project and models known", "nothing changed"
FLOOR = "dbt build of the same models (floor)"


def measure_daily_run(work: Path, *, scale: float, shop_scale: float, rounds: int) -> Result:
    """Dagster, intake, dbt, scoring, checks and publishing, against dbt alone on the warehouse that they left."""
    company = simulate_company(work / "tiny", scale=scale, shop_scale=shop_scale, single_days=0)
    home, project = work / "tiny-home", PROJECT_ROOT / "dbt_project"
    load_date = company.opening
    run = [sys.executable, "-m", "orchestration.cli", "run", "--home", str(home), "--landing", str(company.landing)]
    run += ["--load-date", f"{load_date}", "--as-of", f"{load_date - timedelta(days=1)}"]
    dbt = [str(Path(sys.executable).parent / "dbt"), "--log-level", "none", "build"]
    dbt_environ = environment() | {
        "DEALHOUSE_WAREHOUSE": str(home / "warehouse" / "warehouse.duckdb"),
        "DBT_PROFILES_DIR": str(project),
        "DBT_TARGET_PATH": str(work / "tiny-target"),
        "DBT_LOG_PATH": str(work / "tiny-logs"),
    }

    def first_run() -> Cost:
        shutil.rmtree(home, ignore_errors=True)
        return run_command(run, environ=environment())

    measured = measure_rounds(
        {
            FIRST: first_run,
            KNOWN: lambda: run_command([*run, "--force"], environ=environment()),
            SAME: lambda: run_command(run, environ=environment()),
            FLOOR: lambda: run_command(
                [*dbt, "--exclude-resource-type", "unit_test"], environ=dbt_environ, folder=project
            ),
        },
        rounds=rounds,
        warm_up=True,
    )
    return Result(
        title="A whole daily run on tiny data",
        size=f"{company.rows:,} delivered rows; {rounds} rounds after one that warms up",
        measured=tuple(measured.values()),
        judged=(
            divide_cpu("first daily run / dbt build", measured[FIRST], measured[FLOOR], BUDGET),
            divide_cpu("daily run / dbt build", measured[KNOWN], measured[FLOOR], BUDGET),
        ),
    )
