"""The ledger: what was delivered, what became of it, and which content is already in the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from ingestion.contract import load_contracts
from ingestion.landing import LandedFile
from ingestion.mapping import Mapping, Output
from ingestion.raw_tables import newest_readings
from warehouse.connection import transaction
from warehouse.sql_text import quote_literal


@dataclass(frozen=True)
class OutputCounts:
    """What became of the rows of a file for one output.

    rows_read = rows_filtered + rows_folded + rows_in, and rows_in = rows_loaded + rows_quarantined.
    """

    rows_read: int
    rows_filtered: int
    rows_folded: int
    rows_loaded: int
    rows_quarantined: int
    rows_rounded: int

    @property
    def rows_in(self) -> int:
        """Rows that the output took: loaded or in quarantine."""
        return self.rows_loaded + self.rows_quarantined


def next_batch_id(con: duckdb.DuckDBPyConnection) -> int:
    """A number greater than that of every batch before: the order in which content arrived."""
    row = con.execute("select nextval('ops.batch_id')").fetchone()
    if row is None:
        raise RuntimeError("sequence ops.batch_id gave no value")
    return int(row[0])


def is_repeat(con: duckdb.DuckDBPyConnection, landed: LandedFile) -> bool:
    """True where these bytes are loaded already, under whatever name, and nothing newer has taken their place.

    A file that goes back to what it was (A, then B, then A again) is news: its rows must become the newest again. A
    load date that is run again is compared with what that date delivered, not with later days. A delivery with a
    manifest is a folder of its own and never changes: it is loaded once.
    """
    if landed.expected is not None and is_recorded(con, landed.delivery_id, "loaded"):
        return True
    row = con.execute(
        """select count(*) filter (sha256 = $sha), arg_max(sha256, batch_id) filter (stream = $stream),
            arg_max(sha256, batch_id) filter (stream = $stream and load_date = $day)
        from ops.file_ledger where mapping = $mapping and source_system = $system""",
        {
            "sha": landed.sha256,
            "stream": landed.stream,
            "day": landed.load_date,
            "mapping": landed.mapping,
            "system": landed.facts.system,
        },
    ).fetchone()
    if row is None or not row[0]:
        return False
    newest_of_stream, newest_of_day = row[1], row[2]
    if newest_of_day is not None:
        return bool(newest_of_day == landed.sha256)
    return newest_of_stream in (None, landed.sha256)


def is_late(con: duckdb.DuckDBPyConnection, landed: LandedFile) -> bool:
    """True where a later load date of the same system has been loaded already."""
    row = con.execute(
        "select coalesce(max(load_date) > ?, false) from ops.file_ledger where source_system = ?",
        [landed.load_date, landed.facts.system],
    ).fetchone()
    return bool(row and row[0])


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
        "select distinct entity from ops.delivery where status = 'loaded' and load_date = ?",
        [load_date],
    ).fetchall()
    mine = f"_load_date = '{load_date}'"
    counts = " union all ".join(
        f"select _batch_id, count(*) as found from ({rows}) group by all"
        for contract in (load_contracts()[entity] for (entity,) in entities)
        for rows in (
            f"select _batch_id from ({newest_readings(contract, mine)}) where _op = 'U'",
            f"select _batch_id from quarantine.{contract.table} where {mine} and status <> 'replayed'",
        )
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
    late: bool,
    note: str | None,
) -> None:
    """Enter one loaded output into the ledger and the deliveries; inside the caller's transaction."""
    con.execute(
        """insert into ops.file_ledger (mapping, output, entity, stream, sha256, batch_id, load_date, mapping_version,
            source_system)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            landed.mapping, output.name, output.entity, landed.stream, landed.sha256, batch_id, landed.load_date,
            mapping.version, landed.facts.system,
        ],
    )  # fmt: skip
    # An earlier refusal of the same delivery is over now.
    con.execute("delete from ops.delivery where delivery_id = ? and status <> 'loaded'", [landed.delivery_id])
    con.execute(
        """insert into ops.delivery (delivery_id, source, entity, file, sha256, status, reason, rows_in, rows_loaded,
            rows_quarantined, load_date, batch_id, output, rows_read, rows_filtered, rows_folded, rows_rounded,
            landing_path, source_system, mapping, is_late)
        values (?, ?, ?, ?, ?, 'loaded', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            landed.delivery_id, landed.source, output.entity, landed.name, landed.sha256, note, counts.rows_in,
            counts.rows_loaded, counts.rows_quarantined, landed.load_date, batch_id, output.name, counts.rows_read,
            counts.rows_filtered, counts.rows_folded, counts.rows_rounded, landed.landing_path, landed.facts.system,
            landed.mapping, late,
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
    landed: LandedFile | None = None,
) -> None:
    """Enter a delivery of which no row was loaded: rejected, duplicate, ignored, unknown, missing, ..."""
    with transaction(con):
        con.execute("delete from ops.delivery where delivery_id = ? and status <> 'loaded'", [delivery_id])
        con.execute(
            """insert into ops.delivery (delivery_id, source, entity, file, sha256, status, reason, load_date,
                landing_path, source_system, mapping)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                delivery_id, source, entity, file, landed and landed.sha256, status, reason, load_date,
                landed and landed.landing_path, landed and landed.facts.system, landed and landed.mapping,
            ],
        )  # fmt: skip


def record_column_profile(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    *,
    headers: Sequence[str],
    filled: Sequence[int],
    rows: int,
    batch_id: int,
) -> None:
    """Enter the filled cells of every delivered column, as the file came."""
    con.execute("delete from ops.column_profile where delivery_id = ?", [landed.delivery_id])
    # Literals, not bound values: DuckDB imports pandas (0.4 s) to look at what is bound.
    cells = ", ".join(f"({quote_literal(h)}, {int(n)})" for h, n in zip(headers, filled, strict=True))
    con.execute(
        f"""insert into ops.column_profile
        select {batch_id}, {quote_literal(landed.delivery_id)}, {quote_literal(landed.source)},
            {quote_literal(landed.name)}, header, {rows}, filled
        from (values {cells}) as cell(header, filled)"""
    )


def batches_of_content(
    con: duckdb.DuckDBPyConnection, hashes: Sequence[str], *, mapping: str, output: str, source_system: str
) -> list[int]:
    """The newest batch of each of these contents, also where the same bytes had come on an earlier day."""
    named = ", ".join(quote_literal(sha256) for sha256 in hashes)
    rows = con.execute(
        f"""select max(batch_id) from ops.file_ledger
        where sha256 in ({named}) and mapping = {quote_literal(mapping)} and output = {quote_literal(output)}
            and source_system = {quote_literal(source_system)}
        group by sha256 order by 1"""
    ).fetchall()
    return [int(row[0]) for row in rows]
