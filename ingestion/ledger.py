"""The ledger: what was delivered, what became of it, and which content is already in the warehouse."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb

from ingestion.delivered_table import TABLE, DeliveredTable
from ingestion.landing import LandedFile
from ingestion.mapping import Mapping, Output

if TYPE_CHECKING:
    from ingestion.loader import OutputCounts


def next_batch_id(con: duckdb.DuckDBPyConnection) -> int:
    """A number greater than that of every batch before: the order in which content arrived."""
    row = con.execute("select nextval('ops.batch_id')").fetchone()
    if row is None:
        raise RuntimeError("sequence ops.batch_id gave no value")
    return int(row[0])


def is_loaded(con: duckdb.DuckDBPyConnection, landed: LandedFile, mapping: Mapping) -> bool:
    """True where these bytes were loaded before through this mapping, under whatever name and date."""
    row = con.execute(
        "select count(*) from ops.file_ledger where mapping = ? and sha256 = ?",
        [mapping.mapping, landed.sha256],
    ).fetchone()
    return bool(row and row[0])


def is_recorded(con: duckdb.DuckDBPyConnection, delivery_id: str, status: str) -> bool:
    """True where this very delivery is already on record with that outcome."""
    row = con.execute(
        "select count(*) from ops.delivery where delivery_id = ? and status = ?", [delivery_id, status]
    ).fetchone()
    return bool(row and row[0])


def record_loaded(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    mapping: Mapping,
    output: Output,
    counts: OutputCounts,
    *,
    batch_id: int,
    note: str | None,
) -> None:
    """Enter one loaded output into the ledger and the deliveries; inside the caller's transaction."""
    con.execute(
        "insert into ops.file_ledger values (?, ?, ?, ?, ?, ?, ?)",
        [
            mapping.mapping,
            output.name,
            output.entity,
            landed.sha256,
            batch_id,
            landed.load_date,
            mapping.version,
        ],
    )
    # An earlier refusal of the same delivery is over now.
    con.execute("delete from ops.delivery where delivery_id = ? and status <> 'loaded'", [landed.delivery_id])
    con.execute(
        """insert into ops.delivery (delivery_id, source, entity, file, sha256, status, reason, rows_in, rows_loaded,
            rows_quarantined, load_date, batch_id, output, rows_read, rows_filtered, rows_folded, rows_rounded,
            landing_path)
        values (?, ?, ?, ?, ?, 'loaded', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            landed.delivery_id, landed.source, output.entity, landed.name, landed.sha256, note, counts.rows_in,
            counts.rows_loaded, counts.rows_quarantined, landed.load_date, batch_id, output.name, counts.rows_read,
            counts.rows_filtered, counts.rows_folded, counts.rows_rounded, landed.landing_path,
        ],
    )  # fmt: skip


def record_outcome(
    con: duckdb.DuckDBPyConnection,
    *,
    delivery_id: str,
    file: str,
    status: str,
    reason: str | None,
    load_date: date,
    source: str | None = None,
    entity: str | None = None,
    sha256: str | None = None,
    landing_path: str | None = None,
) -> None:
    """Enter a delivery of which no row was loaded: rejected, duplicate, ignored, unknown or missing."""
    con.begin()
    con.execute("delete from ops.delivery where delivery_id = ? and status <> 'loaded'", [delivery_id])
    con.execute(
        """insert into ops.delivery (delivery_id, source, entity, file, sha256, status, reason, load_date, landing_path)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [delivery_id, source, entity, file, sha256, status, reason, load_date, landing_path],
    )
    con.commit()


def record_column_profile(
    con: duckdb.DuckDBPyConnection, landed: LandedFile, delivered: DeliveredTable, *, batch_id: int
) -> None:
    """Count the filled cells of every delivered column, as the file came."""
    counts = ", ".join(f"count(c{position})" for position in range(len(delivered.headers)))
    filled = con.execute(f"select {counts} from {TABLE}").fetchone() or ()
    con.execute("delete from ops.column_profile where delivery_id = ?", [landed.delivery_id])
    con.executemany(
        "insert into ops.column_profile values (?, ?, ?, ?, ?, ?, ?)",
        [
            [batch_id, landed.delivery_id, landed.source, landed.name, header, delivered.rows, count]
            for header, count in zip(delivered.headers, filled, strict=True)
        ],
    )
