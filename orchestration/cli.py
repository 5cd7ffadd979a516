"""The `dealhouse` command: reads arguments, calls the rooms, prints and exits; heavy imports wait until needed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.intake_commands import Command, add_intake_parsers
from orchestration.mapping_commands import add_mapping_parsers
from orchestration.quarantine_commands import add_quarantine_parsers
from orchestration.simulate_command import add_simulate_parser
from warehouse.errors import DealhouseError
from warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from orchestration.daily_run import RunOutcome

EXIT_CODES = """\
exit codes: 0 done; 1 failed; 2 wrong use or wrong configuration; 3 done, but input was rejected or is missing;
4 publication held back by a gate"""


def build_parser() -> argparse.ArgumentParser:
    """The grammar of the command line; every command has a help text."""
    parser = argparse.ArgumentParser(
        prog="dealhouse",
        description="A sales data warehouse: daily extracts in, trustworthy marts out.",
        epilog=EXIT_CODES,
    )
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument("--home", type=Path, help="folder for everything the product writes (or DEALHOUSE_HOME)")
    parser.add_argument("--home", type=Path, dest="home_before", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", parents=[home], help="load one day's extracts, build and publish every mart")
    run.add_argument("--extracts", type=Path, help="folder with the delivered files (or DEALHOUSE_EXTRACTS)")
    run.add_argument("--landing", type=Path, help="folder of deliveries with manifests, instead (or DEALHOUSE_LANDING)")
    run.add_argument("--extract-set", help="name or file of the extract set; left out, the one that fits is taken")
    run.add_argument("--load-date", type=date.fromisoformat, required=True, help="date of the delivery, YYYY-MM-DD")
    run.add_argument(
        "--from-date", type=date.fromisoformat, help="take in every load date from this one on, then build once"
    )
    run.add_argument("--as-of", type=date.fromisoformat, help="date taken for today; the day before by default")
    run.add_argument("--force", action="store_true", help="run again even where nothing has changed")
    run.add_argument("--json", action="store_true", help="print the report as JSON")
    run.set_defaults(run_command=_run)

    build = commands.add_parser("build", parents=[home], help="build and publish the marts from what is loaded")
    build.add_argument("--as-of", type=date.fromisoformat, help="build them as they were on that day, beside today's")
    build.add_argument("--full-refresh", action="store_true", help="rebuild the incremental tables too")
    build.add_argument("--json", action="store_true", help="print the report as JSON")
    build.set_defaults(run_command=_build)

    add_intake_parsers(commands, home)
    add_mapping_parsers(commands, home)
    add_quarantine_parsers(commands, home)

    add_simulate_parser(commands)

    ui = commands.add_parser("ui", parents=[home], help="open the Dagster UI on 127.0.0.1")
    ui.add_argument("--extracts", type=Path, help="folder from which runs started in the UI load")
    ui.add_argument("--landing", type=Path, help="folder of deliveries from which they load, instead")
    ui.add_argument("--port", type=int, default=3000, help="port on 127.0.0.1 (3000)")
    ui.add_argument("--read-only", action="store_true", help="for readers: runs cannot be started")
    ui.set_defaults(run_command=_ui)

    config = commands.add_parser("config", parents=[home], help="print the settings in force")
    config.add_argument("--json", action="store_true", help="print them as JSON")
    config.set_defaults(run_command=_config)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        run_without_home: Callable[[argparse.Namespace], int] | None = getattr(arguments, "run_without_home", None)
        if run_without_home:
            return run_without_home(arguments)
        settings = load_settings(
            home=arguments.home or arguments.home_before,
            extracts=getattr(arguments, "extracts", None),
            landing=getattr(arguments, "landing", None),
            extract_set=getattr(arguments, "extract_set", None),
        )
        command: Command = arguments.run_command
        return command(arguments, settings)
    except DealhouseError as error:
        print(f"dealhouse: {error}", file=sys.stderr)
        return error.exit_code


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    from orchestration.daily_run import run_daily_load

    as_of = arguments.as_of or arguments.load_date - timedelta(days=1)
    outcome = run_daily_load(
        settings, load_date=arguments.load_date, as_of=as_of, from_date=arguments.from_date, force=arguments.force
    )
    return _print_outcome(arguments, outcome)


def _build(arguments: argparse.Namespace, settings: Settings) -> int:
    from orchestration.rebuild import rebuild_marts

    outcome = rebuild_marts(settings, as_of=arguments.as_of, full_refresh=arguments.full_refresh)
    return _print_outcome(arguments, outcome)


def _print_outcome(arguments: argparse.Namespace, outcome: RunOutcome) -> int:
    from orchestration.run_text import print_report

    if arguments.json:
        print(json.dumps(outcome.report, ensure_ascii=False, indent=2))
    else:
        print_report(outcome.report)
    return outcome.exit_code


def _ui(arguments: argparse.Namespace, settings: Settings) -> int:
    from orchestration.ui import serve_ui

    return serve_ui(settings, port=arguments.port, read_only=arguments.read_only)


def _config(arguments: argparse.Namespace, settings: Settings) -> int:
    values = settings.model_dump(mode="json")
    values["pii_key"] = "from DEALHOUSE_PII_KEY" if os.environ.get("DEALHOUSE_PII_KEY") else "from the home folder"
    if arguments.json:
        print(json.dumps(values, indent=2))
    else:
        for name, value in values.items():
            print(f"{name:16} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
