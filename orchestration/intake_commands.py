"""The command `ingest`: taking in one day's deliveries. It needs neither Dagster nor dbt."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.command_tools import open_to_write, print_json
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingestion.intake import FileOutcome

Command = Callable[[argparse.Namespace, Settings], int]


def add_intake_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser
) -> None:
    """Add the grammar of these commands; each parser names its function as ``run_command``."""
    report = argparse.ArgumentParser(add_help=False)
    report.add_argument("--json", action="store_true", help="print the answer as JSON")

    ingest = commands.add_parser(
        "ingest", parents=[home, report], help="take in one day's deliveries, without building or publishing anything"
    )
    ingest.add_argument("--landing", type=Path, help="folder of deliveries with manifests")
    ingest.add_argument("--extracts", type=Path, help="folder of files as vendors deliver them")
    ingest.add_argument("--extract-set", help="name or file of the extract set of --extracts")
    ingest.add_argument("--load-date", type=date.fromisoformat, required=True, help="date of the delivery, YYYY-MM-DD")
    ingest.add_argument(
        "--accept-shrinking",
        action="store_true",
        help="mark as deleted what full lists no longer hold, however much it is",
    )
    ingest.set_defaults(run_command=_ingest)


def _ingest(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingestion.intake import TROUBLE, take_in_all
    from ingestion.prepare import prepare_intake
    from ingestion.retention import remove_expired
    from orchestration.daily_run import forget_last_run
    from orchestration.watch import watch_load

    def plan(announce: Callable[[str], None] | None) -> Any:
        return prepare_intake(
            settings.home,
            load_date=arguments.load_date,
            loaded_at=datetime.now(UTC),
            extracts=settings.extracts,
            landing=settings.landing,
            extract_set=settings.extract_set,
            accept_shrinking=arguments.accept_shrinking,
            announce=announce,
        )

    # A wrong folder, mapping or manifest is the caller's to mend: say so before anything is opened.
    files = len(plan(None).plan.files)
    with open_to_write(settings) as con:
        with watch_load(con, files=files) as announce:
            outcomes = take_in_all(con, plan(announce))
        remove_expired(con, settings.landing_dir, today=arguments.load_date, kept_days=settings.landing_kept_days)
    if any(outcome.status == "loaded" for outcome in outcomes):
        forget_last_run(settings)
    if arguments.json:
        print_json({"load_date": arguments.load_date, "files": [asdict(outcome) for outcome in outcomes]})
    else:
        _print_outcomes(outcomes)
    return 3 if any(outcome.status in TROUBLE for outcome in outcomes) else 0


def _print_outcomes(outcomes: list[FileOutcome]) -> None:
    from ingestion.intake import TROUBLE

    for outcome in outcomes:
        line = f"{outcome.status:10} {outcome.file}"
        if outcome.status == "loaded":
            line += f": {outcome.rows_loaded} rows loaded, {outcome.rows_quarantined} in quarantine"
        print(line + (f" ({outcome.note})" if outcome.note else ""))
        if outcome.message and outcome.status in (*TROUBLE, "loaded"):
            print(f"  ! {outcome.message}", file=sys.stderr)
    if not outcomes:
        print("nothing was delivered for this load date")
