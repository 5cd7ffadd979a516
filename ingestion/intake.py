"""Taking in one day's delivery: every file of the folder is loaded, or recorded with the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from ingestion import ledger
from ingestion.contract import Contract
from ingestion.extract_set import IntakePlan, PlannedFile
from ingestion.landing import LandedFile, land_file, make_delivery_id
from ingestion.loader import load_file
from ingestion.mapping import Mapping
from warehouse.errors import DeliveryError

#: Outcomes that make a run end with exit code 3: input was rejected, is not known, or is missing.
TROUBLE = ("rejected", "unknown", "missing")


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file. ``message`` is one sentence for a person where something is to be done."""

    file: str
    source: str | None
    status: str
    message: str | None = None
    rows_loaded: int = 0
    rows_quarantined: int = 0


@dataclass(frozen=True)
class Intake:
    """Everything that take_in needs to know beside the connection."""

    plan: IntakePlan
    mappings: dict[str, Mapping]
    contracts: dict[str, Contract]
    landing_dir: Path
    load_date: date
    loaded_at: datetime


def take_in_source(con: duckdb.DuckDBPyConnection, intake: Intake, source: str) -> list[FileOutcome]:
    """Land and load the files of one source; a file that is refused does not stop the others."""
    ledger.forget_attempts(con, load_date=intake.load_date, source=source)
    outcomes = [_take_in_file(con, intake, file) for file in intake.plan.files if file.source == source]
    for expected in intake.plan.missing:
        if expected.source != source:
            continue
        message = f"{expected.path} was not delivered ({source}). Ask for it, and run the same load date again."
        ledger.record_outcome(
            con,
            delivery_id=make_delivery_id(intake.load_date, expected.path, "missing"),
            file=expected.path,
            status="missing",
            reason=message,
            load_date=intake.load_date,
            source=source,
        )
        outcomes.append(FileOutcome(expected.path, source, "missing", message))
    if any(outcome.status in ("loaded", "duplicate") for outcome in outcomes):
        is_whole = not any(outcome.status in TROUBLE for outcome in outcomes)
        record_source(con, intake, source, is_whole=is_whole)
    return outcomes


def take_in_rest(con: duckdb.DuckDBPyConnection, intake: Intake) -> list[FileOutcome]:
    """Record the files that no mapping reads: knowingly ignored, or not known at all."""
    outcomes = [
        FileOutcome(name, None, "ignored", f"{name} is left out on purpose: {reason}.")
        for name, reason in intake.plan.ignored
    ]
    outcomes += [
        FileOutcome(
            name,
            None,
            "unknown",
            f"{name} is not known to the extract set {intake.plan.extract_set.extract_set}. "
            "Add it there with a mapping, or under `ignored` with a reason.",
        )
        for name in intake.plan.unknown
    ]
    ledger.forget_attempts(con, load_date=intake.load_date, source=None)
    for outcome in outcomes:
        ledger.record_outcome(
            con,
            delivery_id=make_delivery_id(intake.load_date, outcome.file, outcome.status),
            file=outcome.file,
            status=outcome.status,
            reason=outcome.message,
            load_date=intake.load_date,
        )
    return outcomes


def record_source(con: duckdb.DuckDBPyConnection, intake: Intake, source: str, *, is_whole: bool) -> None:
    """Write what holds for the source as a whole; its data reaches to the day before the newest whole delivery.

    Where a file is missing or refused the day does not advance: customers would look silent who only lack a file.

    A source that has ended says so in the extract set, and its ages count from that day.
    """
    system = intake.plan.extract_set.sources[source]  # type: ignore[index]
    through = system.data_through or intake.load_date - timedelta(days=1)
    con.execute(
        """insert into ops.source values (?, ?, ?, ?, ?)
        on conflict (source) do update set source_system = excluded.source_system,
            business_zone = excluded.business_zone, currency = excluded.currency,
            data_through = case when ? then greatest(ops.source.data_through, excluded.data_through)
                else ops.source.data_through end""",
        [source, system.system, system.business_zone, system.currency, through, is_whole],
    )


def _take_in_file(con: duckdb.DuckDBPyConnection, intake: Intake, planned: PlannedFile) -> FileOutcome:
    mapping = intake.mappings[planned.mapping]
    try:
        landed = land_file(planned, landing_dir=intake.landing_dir, load_date=intake.load_date)
    except OSError as error:
        refusal = f"{planned.name} cannot be read: {error.strerror}. Mend its permissions or ask for the file again."
        ledger.record_outcome(
            con,
            delivery_id=make_delivery_id(intake.load_date, planned.name, "unreadable"),
            file=planned.name,
            status="rejected",
            reason=f"unreadable: {refusal}",
            load_date=intake.load_date,
            source=planned.source,
            entity=mapping.outputs[0].entity,
        )
        return FileOutcome(planned.name, planned.source, "rejected", refusal)
    if ledger.is_repeat(con, landed, mapping):
        return _record_repeat(con, landed)
    try:
        results = load_file(
            con,
            landed,
            mapping,
            intake.contracts,
            source_system=intake.plan.extract_set.sources[planned.source].system,  # type: ignore[index]
            loaded_at=intake.loaded_at,
        )
    except DeliveryError as error:
        ledger.record_outcome(
            con,
            delivery_id=landed.delivery_id,
            file=landed.name,
            status="rejected",
            reason=f"{error.reason}: {error}",
            load_date=intake.load_date,
            source=landed.source,
            entity=mapping.outputs[0].entity,
            sha256=landed.sha256,
            landing_path=landed.landing_path,
        )
        return FileOutcome(landed.name, landed.source, "rejected", str(error))
    loaded = sum(counts.rows_loaded for counts in results)
    quarantined = sum(counts.rows_quarantined for counts in results)
    message: str | None = None
    if quarantined:
        message = (
            f"{quarantined} of {results[0].rows_read} rows of {landed.name} are in quarantine; the rest is loaded."
        )
    return FileOutcome(landed.name, landed.source, "loaded", message, loaded, quarantined)


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
            sha256=landed.sha256,
            landing_path=landed.landing_path,
        )
    return FileOutcome(landed.name, landed.source, "duplicate")
