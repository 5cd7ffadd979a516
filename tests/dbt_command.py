"""The dbt command line on a warehouse, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from warehouse.settings import PROJECT_ROOT


def dbt(warehouse: Path, *arguments: str) -> str:
    """Run the dbt command line on a warehouse; its output. Fails the test where dbt fails."""
    project = PROJECT_ROOT / "dbt_project"
    environ = os.environ | {
        "DEALHOUSE_WAREHOUSE": str(warehouse),
        "DBT_PROFILES_DIR": str(project),
        "DBT_TARGET_PATH": str(warehouse.parent / "target"),
        "DBT_LOG_PATH": str(warehouse.parent / "logs"),
    }
    command = [str(Path(sys.executable).parent / "dbt"), "--no-use-colors", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=project, env=environ, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout
