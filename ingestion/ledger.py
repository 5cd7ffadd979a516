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


def is_repeat(con: duckdb.DuckDBPyConnection, landed: LandedFile, mapping: Mapping) -> bool:
    """True where these bytes are loaded already, under whatever name, and nothing newer has taken their place.

    A file that goes back to what it was (A, then B, then A again) is news: its rows must become the newest again.
    """
    row = con.execute(
        """select count(*) filter (sha256 = ?), arg_max(sha256, batch_id) filter (file = ?),
            count(*) filter (sha256 = ? and load_date = ?)
        from ops.file_ledger where mapping = ?""",
        [landed.sha256, landed.name, landed.sha256, landed.load_date, mapping.mapping],
    ).fetchone()
    if row is None or not row[0]:
        return False
    newest_of_that_name = row[1]
    return bool(row[2]) or newest_of_that_name in (None, landed.sha256)


def forget_attempts(con: duckdb.DuckDBPyConnection, *, load_date: date, source: str | None) -> None:
    """Drop what an earlier attempt at the same load date recorded as not loaded; this attempt records it anew."""
    con.execute(
        "delete from ops.delivery where load_date = ? and source is not distinct from ? and status <> 'loaded'",
        [load_date, source],
    )


def is_recorded(con: duckdb.DuckDBPyConnection, delivery_id: str, status: str) -> bool:
    """True where this very delivery is already on record with that outcome."""
    row = con.execute(
        "select count(*) from ops.delivery where delivery_id = ? and status = ?", [delivery_id, status]
    ).fetchone()
    return bool(row and row[0])


def find_lost_rows(con: duckdb.DuckDBPyConnection, load_date: date) -> list[str]:
    """Deliveries of a load date whose rows are not all there, by counting raw and quarantine again."""
    entities = con.execute(
        "select distinct replace(entity, '.', '__') from ops.delivery where status = 'loaded' and load_date = ?",
        [load_date],
    ).fetchall()
    counts = " union all ".join(
        f"select _batch_id, count(*) as found from {schema}.{table} where _load_date = '{load_date}' group by all"
        for (table,) in entities
        for schema in ("raw", "quarantine")
    )
    if not counts:
        return []
    rows = con.execute(
        f"""select d.delivery_id || ' (' || d.output || ')' from ops.delivery as d
        left join (select _batch_id, sum(found) as found from ({counts}) group by all) as c on d.batch_id = c._batch_id
        where d.status = 'loaded' and d.load_date = ? and d.rows_in is distinct from coalesce(c.found, 0)
        order by 1""",
        [load_date],
    ).fetchall()
    return [row[0] for row in rows]


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
        "insert into ops.file_ledger values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            mapping.mapping,
            output.name,
            output.entity,
            landed.name,
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
