"""The fixed cost of a daily run and of loading the definitions, each beside its floor: CPU seconds, medians.

Run with `make bench`. Nothing is asserted; the table says what was missed.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ingestion.example import EXAMPLE_AS_OF, EXAMPLE_LOAD_DATE, write_example
from warehouse.settings import PROJECT_ROOT

ROUNDS = 3
#: Budgets of the architecture: a daily run on tiny data, and the load of the definitions, as multiples of the floor.
DAILY_RUN_BUDGET = 2.5
DEFINITIONS_BUDGET = 1.5


def cpu_seconds(command: Sequence[str], *, environ: dict[str, str], folder: Path = PROJECT_ROOT) -> float:
    """CPU seconds of the whole process tree of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environ, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def measure(name: str, once: Callable[[], float]) -> float:
    """Median of a few rounds, after one that warms the page cache and the bytecode."""
    once()
    values = [once() for _ in range(ROUNDS)]
    print(f"{name:52} {statistics.median(values):6.1f} s   ({min(values):.1f} to {max(values):.1f})", flush=True)
    return statistics.median(values)


def main() -> None:
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extracts, home = folder / "extracts", folder / "home"
        write_example(extracts)
        environ = {**os.environ, "DEALHOUSE_HOME": str(home), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
        dates = ["--load-date", f"{EXAMPLE_LOAD_DATE}", "--as-of", f"{EXAMPLE_AS_OF}"]
        run = [python, "-m", "orchestration.cli", "run", "--home", str(home), "--extracts", str(extracts), *dates]

        def first_run() -> float:
            shutil.rmtree(home, ignore_errors=True)
            return cpu_seconds(run, environ=environ)

        print("CPU seconds of the process tree, medians\n")
        first = measure("first daily run in an empty home (parse, training)", first_run)
        again = measure("daily run, models and manifest known", lambda: cpu_seconds([*run, "--force"], environ=environ))
        measure("the same run again, nothing changed", lambda: cpu_seconds(run, environ=environ))
        project = PROJECT_ROOT / "dbt_project"
        dbt = [str(Path(python).parent / "dbt"), "--log-level", "none", "build", "--exclude-resource-type", "unit_test"]
        dbt_environ = environ | {
            "DEALHOUSE_WAREHOUSE": str(home / "warehouse" / "warehouse.duckdb"),
            "DBT_PROFILES_DIR": str(project),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        floor = measure(
            "floor: dbt build of the same models", lambda: cpu_seconds(dbt, environ=dbt_environ, folder=project)
        )
        definitions = measure(
            "loading the Dagster definitions",
            lambda: cpu_seconds([python, "-c", "from orchestration.definitions import defs; defs()"], environ=environ),
        )
        imports = measure(
            "floor: import dagster, dagster_dbt",
            lambda: cpu_seconds([python, "-c", "import dagster, dagster_dbt"], environ=environ),
        )
        print()
        for what, value, budget in (
            ("first daily run / dbt build", first / floor, DAILY_RUN_BUDGET),
            ("daily run / dbt build", again / floor, DAILY_RUN_BUDGET),
            ("definitions / imports", definitions / imports, DEFINITIONS_BUDGET),
        ):
            print(f"{what:52} {value:6.2f}     budget {budget}  {'ok' if value <= budget else 'MISSED'}")


if __name__ == "__main__":
    main()
