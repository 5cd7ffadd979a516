"""The command `quarantine`: what could not be read, and what people decide about it."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from orchestration.command_tools import open_to_read, open_to_write, print_json
from warehouse.errors import ConfigError
from warehouse.settings import Settings


def add_quarantine_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser
) -> None:
    """Add the grammar of the command; each parser names its function as ``run_command``."""
    report = argparse.ArgumentParser(add_help=False)
    report.add_argument("--json", action="store_true", help="print the answer as JSON")
    quarantine = commands.add_parser("quarantine", help="rows that could not be read: list, look, replay, waive")
    actions = quarantine.add_subparsers(dest="quarantine_command", required=True, metavar="list|show|replay|waive")
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--entity", help="only this entity, such as crm.account")
    which.add_argument("--batch", type=int, help="only this batch, as `list` names it")
    status = argparse.ArgumentParser(add_help=False)
    status.add_argument(
        "--status", choices=("open", "replayed", "waived", "all"), default="open", help="open if left out"
    )
    listing = actions.add_parser("list", parents=[home, report, which, status], help="count by delivery and reason")
    listing.set_defaults(run_command=_list)
    show = actions.add_parser("show", parents=[home, report, which, status], help="the rows, personal data withheld")
    show.add_argument("--row", type=int, action="append", default=[], help="only this row of the file; may be repeated")
    show.add_argument("--limit", type=int, default=20, help="at most so many rows (20)")
    show.set_defaults(run_command=_show)
    replay = actions.add_parser(
        "replay", parents=[home, report, which], help="read again what is open, with today's contracts and mappings"
    )
    replay.add_argument("--delivery", help="only this delivery; also one that was refused as a whole")
    replay.set_defaults(run_command=_replay)
    waive = actions.add_parser("waive", parents=[home, report, which], help="decide that rows are not needed")
    waive.add_argument(
        "--row", type=int, action="append", default=[], help="only this row of the file; may be repeated"
    )
    waive.add_argument("--reason", required=True, help="why, for those who ask later")
    waive.add_argument("--by", default=None, help="who decides; the user's name if left out")
    waive.set_defaults(run_command=_waive)


def _selection(arguments: argparse.Namespace) -> Any:
    from ingestion.quarantine import Selection

    status = getattr(arguments, "status", "open")
    return Selection(
        entity=arguments.entity,
        batch_id=arguments.batch,
        rows=tuple(getattr(arguments, "row", ())),
        status=None if status == "all" else status,
    )


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingestion.contract import load_contracts
    from ingestion.quarantine import list_groups, list_refused_files

    with open_to_read(settings) as con:
        groups = list_groups(con, load_contracts(), _selection(arguments))
        refused = list_refused_files(con)
    if arguments.json:
        print_json({"rows": [asdict(group) for group in groups], "files": [asdict(file) for file in refused]})
        return 0
    for group in groups:
        print(
            f"batch {group.batch_id:<6} {group.load_date}  {group.entity:24} {group.rows:>8} rows  "
            f"{group.reason:36} {group.status:8} {group.file}"
        )
    for file in refused:
        print(f"refused      {file.load_date}  {file.delivery_id}\n             {file.reason}")
    if not groups and not refused:
        print("quarantine is empty")
    return 0


def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingestion.contract import load_contracts
    from ingestion.quarantine import show_rows

    with open_to_read(settings) as con:
        rows = show_rows(con, load_contracts(), _selection(arguments), limit=arguments.limit)
    if arguments.json:
        print_json(rows)
        return 0
    for row in rows:
        print(
            f"{row['entity']}, batch {row['batch_id']}, row {row['row_no']} of {row['file']}: "
            + ", ".join(row["reasons"])
        )
        for header, value in row["row"].items():
            if value is not None:
                print(f"    {header}: {value}")
        if row["decision"]:
            print(f"    [{row['status']}] {row['decision']}")
    if not rows:
        print("no such rows")
    return 0


def _replay(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingestion.contract import load_contracts
    from ingestion.prepare import load_all_mappings
    from ingestion.quarantine import selected_contracts
    from ingestion.replay import Workshop, find_replayable, replay_delivery
    from orchestration.daily_run import forget_last_run

    contracts = load_contracts()
    if arguments.entity:
        arguments.entity = selected_contracts(contracts, arguments.entity)[0].entity
    workshop = Workshop(load_all_mappings(settings.home), contracts, settings.landing_dir, datetime.now(UTC))
    with open_to_write(settings) as con:
        known = find_replayable(con, contracts, entity=arguments.entity, batch_id=arguments.batch)
        if arguments.delivery and arguments.delivery not in known:
            raise ConfigError(
                f"Delivery {arguments.delivery!r} has nothing to replay; see `dealhouse quarantine list`."
            )
        chosen = [arguments.delivery] if arguments.delivery else known
        outcomes = [replay_delivery(con, workshop, delivery_id) for delivery_id in chosen]
    if any(outcome.rows_loaded for outcome in outcomes):
        forget_last_run(settings)
    if arguments.json:
        print_json([asdict(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            print(f"{outcome.file}: {outcome.rows_loaded} rows replayed, {outcome.rows_left} still open")
            if outcome.message:
                print(f"  ! {outcome.message}", file=sys.stderr)
        if not outcomes:
            print("nothing to replay")
    return 3 if any(outcome.message or outcome.rows_left for outcome in outcomes) else 0


def _waive(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingestion.contract import load_contracts
    from ingestion.quarantine import waive_rows

    if arguments.batch is None and arguments.entity is None:
        raise ConfigError("Say which rows: --batch N (and --row N) or --entity NAME; see `dealhouse quarantine list`.")
    with open_to_write(settings) as con:
        waived = waive_rows(
            con,
            load_contracts(),
            _selection(arguments),
            by=arguments.by or getpass.getuser(),
            reason=arguments.reason,
            now=datetime.now(UTC),
        )
    if arguments.json:
        print_json({"waived": waived})
    else:
        print(f"{waived} rows waived")
    return 0
