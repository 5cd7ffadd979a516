"""The Dagster instance of one home folder: run history in `<home>/dagster`, no telemetry, one writer at a time."""

from __future__ import annotations

from pathlib import Path

DAGSTER_YAML = """\
# Written by dealhouse; edit freely, it is not overwritten.
nux:
  enabled: false
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
    granularity: op
  runs:
    max_concurrent_runs: 1
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
"""


def prepare_dagster_home(folder: Path) -> Path:
    """Create the folder with its `dagster.yaml` where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.is_file():
        config.write_text(DAGSTER_YAML, encoding="utf-8")
    return folder
