"""One daily run from start to end, as the command line starts it: lock, Dagster job, outcome, report."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ingestion.personal_data import read_key
from ingestion.prepare import input_folders
from orchestration.dagster_home import prepare_dagster_home
from orchestration.fingerprint import fingerprint_run
from serving.snapshot import read_current
from warehouse.errors import ConfigError
from warehouse.lock import hold_run_lock
from warehouse.settings import Settings

REPORT = "last_run.json"


@dataclass(frozen=True)
class RunOutcome:
    """What the command line prints and exits with."""

    exit_code: int
    report: dict[str, Any]


def run_daily_load(
    settings: Settings, *, load_date: date, as_of: date, from_date: date | None = None, force: bool = False
) -> RunOutcome:
    """Load one day and publish; a run that would give the current snapshot again is not repeated.

    With ``from_date`` every load date from that day on is taken in, in order, and everything is built once.

    Exit codes: 0 done, 1 failed, 3 done but input was rejected or is missing, 4 held back by a gate.

    Raises:
        ConfigError: no such folder, no extract set fits, or another run holds the lock.
    """
    if settings.extracts is None and settings.landing is None:
        raise ConfigError("No input: give --extracts DIR or --landing DIR, or set DEALHOUSE_EXTRACTS.")
    if settings.extracts is not None and not settings.extracts.is_dir():
        raise ConfigError(f"{settings.extracts} is not a folder: give --extracts the folder with the delivered files.")
    if as_of > load_date:
        raise ConfigError(f"--as-of {as_of} is after the load date {load_date}: nothing can be known of that day yet.")
    first = from_date or load_date
    if first > load_date:
        raise ConfigError(f"--from-date {first} is after the load date {load_date}.")
    if first < load_date and settings.extracts is not None and not any(settings.extracts.glob("dt=*")):
        raise ConfigError(
            f"{settings.extracts} has no folders by day (dt=YYYY-MM-DD), by which --from-date tells its days apart."
        )
    if first < settings.first_load_date:
        raise ConfigError(
            f"Load date {first} is before {settings.first_load_date}; set DEALHOUSE_FIRST_LOAD_DATE to move it."
        )
    with hold_run_lock(settings.home):
        fingerprint = fingerprint_run(
            folders=[
                folder
                for day in days_between(first, load_date)
                for folder in input_folders(load_date=day, extracts=settings.extracts, landing=settings.landing)
            ],
            load_date=load_date,
            as_of=as_of,
            home=settings.home,
            choices=[*_choices(settings), first.isoformat()],
        )
        known = _stored_report(settings, fingerprint)
        if known and not force:
            return RunOutcome(int(known["exit_code"]), {**known, "repeated": True})
        report = _execute(settings, first=first, load_date=load_date, as_of=as_of, fingerprint=fingerprint)
        store_report(settings, report)
        return RunOutcome(int(report["exit_code"]), report)


def store_report(settings: Settings, report: dict[str, Any]) -> None:
    """Keep the report of the newest run, whole or not at all."""
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    part = settings.reports_dir / f"{REPORT}.part"
    part.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(settings.reports_dir / REPORT)


def _choices(settings: Settings) -> list[str]:
    """What the caller chose and what decides the result beside the files: extract set, seed, key (as its hash)."""
    chosen = settings.extract_set or ""
    content = Path(chosen).read_text(encoding="utf-8") if chosen and Path(chosen).is_file() else ""
    key = hashlib.sha256(read_key(settings.home, os.environ)).hexdigest()
    return [chosen, content, str(settings.random_seed), key]


def _stored_report(settings: Settings, fingerprint: str) -> dict[str, Any] | None:
    path = settings.reports_dir / REPORT
    current = read_current(settings.published_dir)
    if current is None or not path.is_file():
        return None
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        # Cut off by a crash or edited by hand: then the run is simply done again.
        return None
    is_same = report.get("fingerprint") == fingerprint and report.get("home") == str(settings.home)
    # A run started in the UI may have published something newer meanwhile.
    is_current = report.get("snapshot_id") == current.snapshot_id and settings.warehouse_path.is_file()
    return report if is_same and is_current else None


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _execute(settings: Settings, *, first: date, load_date: date, as_of: date, fingerprint: str) -> dict[str, Any]:
    from orchestration.asset_facts import daily_partitions
    from orchestration.jobs import DAILY_LOAD, INTAKE, REBUILD
    from orchestration.resources import RunInputs

    if not daily_partitions(settings).has_partition_key(load_date.isoformat()):
        raise ConfigError(f"Load date {load_date} lies in the future ({settings.time_zone}).")
    # A wrong folder, mapping or key is the caller's to mend: say so before anything is opened.
    inputs = RunInputs.from_settings(settings, as_of=as_of)
    for day in days_between(first, load_date):
        inputs.plan(day)
    check_pii_key(settings)
    # Of a range only the files are taken in day by day: in one job every mart would count as built for each day.
    return execute_jobs(
        settings,
        job_names=(DAILY_LOAD,) if first == load_date else (INTAKE, REBUILD),
        first=first,
        load_date=load_date,
        as_of=as_of,
        fingerprint=fingerprint,
    )


def execute_jobs(
    settings: Settings,
    *,
    job_names: Sequence[str],
    first: date,
    load_date: date,
    as_of: date,
    fingerprint: str,
    run_config: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run jobs in this process under the lock that the caller holds; the report of what came of them.

    The first one covers all load dates from ``first`` on, any after it the last load date alone; none follows a failed
    one.
    """
    import dagster as dg

    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    from orchestration.assets.publish import FINGERPRINT_TAG
    from orchestration.build import build_defs
    from orchestration.dead_runs import COMMAND_LINE_TAG, end_dead_runs
    from orchestration.progress import progress_logger
    from orchestration.run_report import collect_report

    defs = build_defs(settings, as_of=as_of, lock_is_held=True)
    home = prepare_dagster_home(settings.dagster_dir)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        end_dead_runs(instance)
        results: list[dg.ExecuteInProcessResult] = []
        for job_name in job_names:
            start = first if job_name == job_names[0] else load_date
            job = defs.resolve_job_def(job_name).with_logger_defs({"console": progress_logger})
            result = job.execute_in_process(
                instance=instance,
                run_config={"loggers": {"console": {}}, **(run_config or {})},
                partition_key=load_date.isoformat() if start == load_date else None,
                raise_on_error=False,
                tags={FINGERPRINT_TAG: fingerprint, COMMAND_LINE_TAG: "true", **_range_tags(start, load_date)},
            )
            results.append(result)
            if not result.success:
                break
        return collect_report(settings, results, first=first, load_date=load_date, as_of=as_of, fingerprint=fingerprint)


def _range_tags(first: date, last: date) -> dict[str, str]:
    """A backfill is one run over a range; Dagster reads it from these two tags."""
    if first == last:
        return {}
    return {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }


def forget_last_run(settings: Settings) -> None:
    """Rows have come into the warehouse past the daily run: the next run is not a repetition of the last one."""
    (settings.reports_dir / REPORT).unlink(missing_ok=True)


def check_pii_key(settings: Settings) -> None:
    """Raises ConfigError where the key for personal data is not the one this warehouse was loaded with."""
    from datetime import UTC, datetime

    from ingestion.personal_data import use_key
    from warehouse.connection import connect
    from warehouse.schema import create_shared_tables

    path: Path = settings.warehouse_path
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect(path) as con:
        create_shared_tables(con)
        use_key(con, read_key(settings.home, os.environ), now=datetime.now(UTC))
