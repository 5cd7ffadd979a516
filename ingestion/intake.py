"""Taking in one day's delivery: every file is loaded, or recorded with the reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from ingestion import ledger
from ingestion.contract import Contract
from ingestion.extract_set import matches
from ingestion.files.delivered import remove_stale_copies
from ingestion.landing import LandedFile, land_file, make_delivery_id
from ingestion.loader import LoadedOutput, load_file
from ingestion.mapping import Mapping
from ingestion.own_shape import find_mapping
from ingestion.plan import IntakePlan, PlannedFile, SourceFacts
from ingestion.snapshots import FullList, close_late_rows, close_snapshot, is_full_list
from warehouse.connection import transaction
from warehouse.errors import DeliveryError

#: Outcomes that make a run end with exit code 3: input was rejected, is not known, or is missing.
TROUBLE = ("rejected", "unknown", "missing", "incomplete", "held_back")


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file. ``message`` is one sentence for a person where something is to be done."""

    file: str
    source: str | None
    status: str
    message: str | None = None
    rows_loaded: int = 0
    rows_quarantined: int = 0
    note: str | None = None
    mapping: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Intake:
    """Everything that taking in needs to know beside the connection."""

    plan: IntakePlan
    mappings: dict[str, Mapping]
    contracts: dict[str, Contract]
    landing_dir: Path
    load_date: date
    loaded_at: datetime
    accept_shrinking: bool = False
    #: Hears what goes on, for people who watch.
    announce: Callable[[str], None] | None = None


def take_in_source(con: duckdb.DuckDBPyConnection, intake: Intake, source: str) -> list[FileOutcome]:
    """Land and load the files of one source; a file that is refused does not stop the others."""
    ledger.forget_attempts(con, load_date=intake.load_date, source=source)
    planned = [file for file in intake.plan.files if file.source == source]
    outcomes = [_take_in_file(con, intake, file) for file in planned]
    outcomes += _record_not_loaded(con, intake, source)
    outcomes += _close_snapshots(con, intake, planned, outcomes)
    arrived = [file.facts for file, outcome in zip(planned, outcomes, strict=False) if outcome.status not in TROUBLE]
    is_whole = not any(outcome.status in TROUBLE for outcome in outcomes)
    for facts in dict.fromkeys(arrived):
        record_source(con, intake, facts, is_whole=is_whole)
    return outcomes


def take_in_rest(con: duckdb.DuckDBPyConnection, intake: Intake) -> list[FileOutcome]:
    """Record the files that belong to no source: knowingly ignored, or not known at all."""
    ledger.forget_attempts(con, load_date=intake.load_date, source=None)
    return _record_not_loaded(con, intake, None)


def take_in_all(con: duckdb.DuckDBPyConnection, intake: Intake) -> list[FileOutcome]:
    """Take in every source of the plan and record the rest."""
    outcomes: list[FileOutcome] = []
    for source in intake.plan.sources:
        outcomes += take_in_source(con, intake, source)
    return outcomes + take_in_rest(con, intake)


def _record_not_loaded(con: duckdb.DuckDBPyConnection, intake: Intake, source: str | None) -> list[FileOutcome]:
    outcomes = []
    for entry in intake.plan.not_loaded:
        if entry.source != source:
            continue
        ledger.record_outcome(
            con,
            delivery_id=make_delivery_id(intake.load_date, entry.name, entry.status),
            file=entry.name,
            status=entry.status,
            reason=entry.message,
            load_date=intake.load_date,
            source=source,
        )
        outcomes.append(FileOutcome(entry.name, source, entry.status, entry.message))
    return outcomes


def record_source(con: duckdb.DuckDBPyConnection, intake: Intake, facts: SourceFacts, *, is_whole: bool) -> None:
    """Write what holds for the source as a whole; its data reaches to the day before the newest whole delivery.

    Where a file is missing or refused the day does not advance: customers would look silent who only lack a file.

    A source that has ended says so in the extract set, and its ages count from that day.
    """
    through = facts.data_through or intake.load_date - timedelta(days=1)
    con.execute(
        """insert into ops.source values (?, ?, ?, ?, ?)
        on conflict (source, source_system) do update set
            business_zone = excluded.business_zone, currency = excluded.currency,
            data_through = case when ? then greatest(ops.source.data_through, excluded.data_through)
                else ops.source.data_through end""",
        [facts.source, facts.system, facts.business_zone, facts.currency, through, is_whole],
    )


def _take_in_file(con: duckdb.DuckDBPyConnection, intake: Intake, planned: PlannedFile) -> FileOutcome:
    if intake.announce:
        intake.announce(planned.name)
    mapping = find_mapping(
        planned.mapping, mappings=intake.mappings, contracts=intake.contracts, file_name=planned.path.name
    )
    try:
        landed = land_file(planned, landing_dir=intake.landing_dir, load_date=intake.load_date)
    except OSError as error:
        message = f"{planned.name} cannot be read: {error.strerror}. Mend its permissions or ask for the file again."
        return _refuse(con, intake, planned, mapping, DeliveryError("unreadable", message))
    except DeliveryError as error:
        return _refuse(con, intake, planned, mapping, error)
    if ledger.is_repeat(con, landed):
        # Killed right after it was loaded, a run leaves its copies, and nobody opens the file again.
        remove_stale_copies(landed.path.parent)
        return _record_repeat(con, landed)
    try:
        results = load_file(
            con, landed, mapping, intake.contracts, loaded_at=intake.loaded_at, announce=intake.announce
        )
    except DeliveryError as error:
        return _refuse(con, intake, planned, mapping, error, landed=landed)
    return _describe_load(landed, results)


def _describe_load(landed: LandedFile, results: list[LoadedOutput]) -> FileOutcome:
    loaded = sum(result.counts.rows_loaded for result in results)
    quarantined = sum(result.counts.rows_quarantined for result in results)
    message = None
    if quarantined:
        message = (
            f"{quarantined} of {results[0].counts.rows_read} rows of {landed.name} are in quarantine; the rest is "
            "loaded. See them with `dealhouse quarantine list`."
        )
    return FileOutcome(
        landed.name, landed.source, "loaded", message, loaded, quarantined, results[0].note, landed.mapping,
        landed.sha256,
    )  # fmt: skip


def _refuse(
    con: duckdb.DuckDBPyConnection,
    intake: Intake,
    planned: PlannedFile,
    mapping: Mapping,
    error: DeliveryError,
    *,
    landed: LandedFile | None = None,
) -> FileOutcome:
    ledger.record_outcome(
        con,
        delivery_id=landed.delivery_id if landed else make_delivery_id(intake.load_date, planned.name, error.reason),
        file=planned.name,
        status="rejected",
        reason=f"{error.reason}: {error}",
        load_date=intake.load_date,
        source=planned.source,
        entity=mapping.outputs[0].entity,
        landed=landed,
    )
    return FileOutcome(planned.name, planned.source, "rejected", str(error), mapping=planned.mapping)


def _record_repeat(con: duckdb.DuckDBPyConnection, landed: LandedFile) -> FileOutcome:
    """The same bytes again: the delivery counts as made, the rows stay as they are."""
    if not ledger.is_recorded(con, landed.delivery_id, "loaded"):
        ledger.record_outcome(
            con,
            delivery_id=landed.delivery_id,
            file=landed.name,
            status="duplicate",
            reason="the same bytes are already loaded",
            load_date=landed.load_date,
            source=landed.source,
            landed=landed,
        )
    return FileOutcome(landed.name, landed.source, "duplicate", mapping=landed.mapping, sha256=landed.sha256)


def _lacks_a_part(name: str, outcomes: list[FileOutcome]) -> bool:
    """True where something of this list may not have come: then what is absent from it is not deleted.

    A delivery that could not even be planned names no mapping; its landing folder tells.
    """
    return any(
        o.status == "missing" or (o.status in TROUBLE and o.mapping is None and name in o.file.split("/"))
        for o in outcomes
    )


def _close_snapshots(
    con: duckdb.DuckDBPyConnection, intake: Intake, planned: list[PlannedFile], outcomes: list[FileOutcome]
) -> list[FileOutcome]:
    """Mark what full lists no longer hold; a list of which a file was refused or is missing says nothing."""
    arrived = {o.file: o.sha256 for o in outcomes if o.status in ("loaded", "duplicate") and o.sha256}
    news = {o.file for o in outcomes if o.status == "loaded"}
    held_back = []
    for name, system in dict.fromkeys((file.mapping, file.facts.system) for file in planned):
        files = [file for file in planned if (file.mapping, file.facts.system) == (name, system)]
        if not all(file.name in arrived for file in files) or _lacks_a_part(name, outcomes):
            continue
        # Where a list was corrected within the day, the last one counts.
        newest = {file.stream: arrived[file.name] for file in files}
        mapping = find_mapping(name, mappings=intake.mappings, contracts=intake.contracts, file_name=files[0].path.name)
        for output in mapping.outputs:
            contract = intake.contracts[output.entity]
            if not is_full_list(contract, output):
                continue
            batches = ledger.batches_of_content(
                con, list(newest.values()), mapping=name, output=output.name, source_system=system
            )
            full_list = FullList(contract, name, output.name, system, intake.load_date, batches)
            outcome = close_snapshot(
                con,
                full_list,
                loaded_at=intake.loaded_at,
                accept_shrinking=intake.accept_shrinking,
                is_repeat=not any(file.name in news for file in files),
                not_come=_streams_not_come(con, intake, full_list),
            )
            with transaction(con):
                close_late_rows(con, full_list, loaded_at=intake.loaded_at)
            if outcome.held_back:
                held_back.append(_record_held_back(con, intake, full_list, files[0].source, outcome.held_back))
    return held_back


def _streams_not_come(con: duckdb.DuckDBPyConnection, intake: Intake, full_list: FullList) -> list[str]:
    """Known files of this list that need not come and have not come today."""
    patterns = [
        n.path for n in intake.plan.not_come if (n.mapping, n.system) == (full_list.mapping, full_list.source_system)
    ]
    if not patterns:
        return []
    known = con.execute(f"select distinct stream from ops.file_ledger where {full_list.origin}").fetchall()
    return [stream for (stream,) in known if any(matches(stream, pattern) for pattern in patterns)]


def _record_held_back(
    con: duckdb.DuckDBPyConnection, intake: Intake, full_list: FullList, source: str, reason: str
) -> FileOutcome:
    name, entity = full_list.mapping, full_list.contract.entity
    message = f"{entity} ({name}): nothing is marked as deleted: {reason}."
    place = f"{name} (deletions)"
    ledger.record_outcome(
        con,
        delivery_id=make_delivery_id(intake.load_date, f"{full_list.source_system} {place}", "held-back"),
        file=place,
        status="held_back",
        reason=message,
        load_date=intake.load_date,
        source=source,
        entity=entity,
    )
    return FileOutcome(place, source, "held_back", message, mapping=name)
