"""Trying a mapping on a file: what would load, what would wait in quarantine and why, with nothing kept."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from ingestion.contract import BadRows, Contract
from ingestion.landing import LandedFile
from ingestion.loader import load_file
from ingestion.mapping import Mapping
from ingestion.personal_data import use_key
from ingestion.plan import SourceFacts
from ingestion.raw_tables import create_raw_tables
from warehouse.errors import DeliveryError
from warehouse.schema import create_shared_tables

# Nothing of a trial is kept, so that no real day is needed.
_DAY = date(2000, 1, 1)
_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class TrialOutput:
    """Rows of one output of the mapping by what would become of them, and the reasons of those that would wait."""

    output: str
    entity: str
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_filtered: int
    rows_folded: int
    rows_rounded: int
    note: str | None
    reasons: dict[str, int]


@dataclass(frozen=True)
class Trial:
    """What a mapping makes of a file. ``refused`` says why the file as a whole would not be loaded."""

    outputs: tuple[TrialOutput, ...] = ()
    refused: str | None = None
    #: Contracts whose tolerance of bad rows the file exceeds.
    too_many_bad: tuple[str, ...] = field(default=())

    @property
    def is_clean(self) -> bool:
        """True where every row would load."""
        waiting = sum(sum(output.reasons.values()) for output in self.outputs)
        return self.refused is None and waiting == 0


def try_mapping(path: Path, mapping: Mapping, contracts: dict[str, Contract]) -> Trial:
    """Load a file into a warehouse in memory and count. The file itself stays as it is."""
    used = {output.entity: contracts[output.entity] for output in mapping.outputs}
    # All reasons are wanted, also of a file that would be refused because of them.
    tolerant = {name: contract.model_copy(update={"bad_rows": BadRows(max_ratio=1)}) for name, contract in used.items()}
    with tempfile.TemporaryDirectory(prefix="dealhouse-trial-") as folder, duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        create_shared_tables(con)
        create_raw_tables(con, used)
        use_key(con, secrets.token_bytes(32), now=_INSTANT)
        # Linked, so that clear text is never copied beside the file.
        linked = Path(folder) / path.name
        linked.symlink_to(path.resolve())
        try:
            results = load_file(con, _as_landed(linked, mapping), mapping, tolerant, loaded_at=_INSTANT)
        except DeliveryError as error:
            return Trial(refused=str(error))
        outputs = []
        too_many = []
        for result in results:
            contract, counts = used[result.entity], result.counts
            reasons = _count_reasons(con, contract, result.batch_id)
            bad = _count_open(con, contract, result.batch_id)
            if bad > contract.bad_rows.tolerated and bad > contract.bad_rows.max_ratio * counts.rows_in:
                too_many.append(contract.entity)
            outputs.append(
                TrialOutput(
                    result.output, result.entity, counts.rows_read, counts.rows_loaded, counts.rows_quarantined,
                    counts.rows_filtered, counts.rows_folded, counts.rows_rounded, result.note, reasons,
                )
            )  # fmt: skip
    return Trial(tuple(outputs), None, tuple(dict.fromkeys(too_many)))


def _as_landed(path: Path, mapping: Mapping) -> LandedFile:
    return LandedFile(
        delivery_id="trial",
        mapping=mapping.mapping,
        name=path.name,
        stream=path.name,
        path=path,
        sha256="0" * 64,
        load_date=_DAY,
        landing_path=path.name,
        facts=SourceFacts("trial", "trial", "UTC", "CNY"),
    )


def _count_reasons(con: duckdb.DuckDBPyConnection, contract: Contract, batch_id: int) -> dict[str, int]:
    rows = con.execute(
        f"""select reason, count(*) from (
            select unnest(reason_codes) as reason from quarantine.{contract.table}
            where _batch_id = {batch_id} and status = 'open'
        ) group by reason order by count(*) desc, reason"""
    ).fetchall()
    return {str(reason): int(rows_bad) for reason, rows_bad in rows}


def _count_open(con: duckdb.DuckDBPyConnection, contract: Contract, batch_id: int) -> int:
    row = con.execute(
        f"select count(*) from quarantine.{contract.table} where _batch_id = {batch_id} and status = 'open'"
    ).fetchone()
    return int(row[0]) if row else 0
