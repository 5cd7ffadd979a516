"""Writing the rows of one output: good ones to raw, bad ones to quarantine, in one pass over the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingestion.contract import Contract
from ingestion.files.delivered import Delivered
from ingestion.headers import normalise_header
from ingestion.landing import LandedFile
from ingestion.mapping import Mapping, Output
from ingestion.output_sql import OutputPlan, changed_cases_sql, folded_rows_sql, judged_rows_sql, vanished_cases_sql
from ingestion.quarantine_text import WITHHELD, key_text, row_text
from ingestion.raw_tables import QUARANTINE_COLUMNS, newest_readings
from warehouse.connection import one_thread
from warehouse.sql_text import quote_identifier, quote_literal

_JUDGED = "judged_rows"
_FOLDED = "folded_rows"
_EARLIER = "earlier_folded_rows"
#: Marks a bad row in raw until it is moved; inside the transaction only, nobody ever sees one.
_BAD = "Q"


@dataclass(frozen=True)
class RowWriter:
    """What holds for all rows of one file."""

    landed: LandedFile
    mapping: Mapping
    wanted: frozenset[str]
    unused: tuple[str, ...]
    shown: frozenset[str]
    loaded_at: datetime

    def shown_in(self, delivered: Delivered) -> frozenset[str]:
        """The headers of a relation whose values may be seen in quarantine."""
        return frozenset(header for header in delivered.headers if normalise_header(header) in self.shown)

    def quarantine_values(self, *, batch_id: int) -> str:
        """The first values of a quarantine row, up to its row number."""
        system, name = quote_literal(self.landed.facts.system), quote_literal(self.landed.name)
        return f"{batch_id}, {system}, {name}"


@dataclass(frozen=True)
class Written:
    """Rows of one output by what became of them."""

    loaded: int
    folded: int
    quarantined: int
    rounded: int


NOTHING_WRITTEN = Written(0, 0, 0, 0)


def write_output(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    output: Output,
    plan: OutputPlan,
    delivered: Delivered,
    *,
    batch_id: int,
    load_seq: int,
    relation: str | None = None,
) -> Written:
    """Write the rows of ``relation`` (by default all delivered ones) under the given batch."""
    contract = plan.contract
    carried = [f"c{position}" for position in range(len(delivered.headers))]
    judged = judged_rows_sql(plan, relation or delivered.relation, carried=carried)
    refused = f"json_object('reasons', _reasons, 'row', {row_text(delivered, shown=writer.shown_in(delivered))})"
    if output.fold:
        return _write_folded(con, writer, output, contract, judged, refused, batch_id=batch_id, load_seq=load_seq)
    extra = _extra(writer, delivered)
    # One streaming pass: bad rows go in as well, marked and with their text in place of _extra, and are moved below.
    # Reading the file a second time to find them would cost more than writing them twice.
    with one_thread(con):
        _insert(
            con,
            writer,
            contract,
            f"({judged})",
            op=f"case when _bad then '{_BAD}' else 'U' end",
            extra=f"case when _bad then {refused} else {extra} end",
            batch_id=batch_id,
            load_seq=load_seq,
        )
    raw = f"raw.{contract.table}"
    mine = f"_batch_id = {batch_id} and _load_seq = {load_seq}"
    total, bad = _count(con, f"select count(*), count(*) filter (_op = '{_BAD}') from {raw} where {mine}")
    if bad:
        con.execute(
            f"""insert into quarantine.{contract.table} ({", ".join(QUARANTINE_COLUMNS)})
            select {writer.quarantine_values(batch_id=batch_id)}, _row_no, _load_date,
                cast(_extra -> '$.reasons' as varchar[]), 'open', _extra -> '$.row', {key_text(contract)}, null
            from {raw} where {mine} and _op = '{_BAD}' order by _row_no"""
        )
        con.execute(f"delete from {raw} where {mine} and _op = '{_BAD}'")
    rounded = 0
    if plan.rounds:
        (rounded,) = _count(con, f"select count(*) from ({judged}) where _rounded and not _bad")
    return Written(total - bad, 0, bad, rounded)


def _write_folded(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    output: Output,
    contract: Contract,
    judged: str,
    refused: str,
    *,
    batch_id: int,
    load_seq: int,
) -> Written:
    con.execute(f"create or replace temp table {_JUDGED} as {judged}")
    total, bad, rounded = _count(
        con, f"select count(*), count(*) filter (_bad), count(*) filter (_rounded and not _bad) from {_JUDGED}"
    )
    con.execute(f"create or replace temp table {_FOLDED} as {folded_rows_sql(output, contract, _JUDGED)}")
    # Empty but for a replay: what this very delivery has said of its cases so far.
    newest = newest_readings(contract, f"_batch_id = {batch_id}")
    con.execute(f"create or replace temp table {_EARLIER} as {newest}")
    for op, rows in (
        ("U", changed_cases_sql(output, contract, _FOLDED, _EARLIER)),
        ("D", vanished_cases_sql(output, contract, _FOLDED, _EARLIER)),
    ):
        _insert(
            con,
            writer,
            contract,
            f"({rows})",
            op=quote_literal(op),
            extra="null",
            batch_id=batch_id,
            load_seq=load_seq,
        )
    (loaded,) = _count(con, f"select count(*) from {_FOLDED}")
    if bad:
        con.execute(
            f"""insert into quarantine.{contract.table} ({", ".join(QUARANTINE_COLUMNS)})
            select {writer.quarantine_values(batch_id=batch_id)}, _row_no, {_day(writer)}, _reasons, 'open',
                {refused} -> '$.row', {key_text(contract)}, null
            from {_JUDGED} where _bad order by _row_no"""
        )
    for table in (_JUDGED, _FOLDED, _EARLIER):
        con.execute(f"drop table {table}")
    return Written(loaded, total - bad - loaded, bad, rounded)


def _insert(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    contract: Contract,
    rows: str,
    *,
    op: str,
    extra: str,
    batch_id: int,
    load_seq: int,
) -> None:
    names = ", ".join(quote_identifier(column.name) for column in contract.columns)
    # Literals, not bound values: DuckDB imports pandas (0.4 s) to look at what is bound.
    con.execute(
        f"""insert into raw.{contract.table} (_batch_id, _source_system, _source_file, _row_no, _row_hash, _load_date,
            _loaded_at, _op, _contract_version, _extra, _load_seq, {names})
        select {writer.quarantine_values(batch_id=batch_id)}, _row_no, _row_hash, {_day(writer)},
            timestamptz {quote_literal(writer.loaded_at.isoformat())}, {op}, {contract.version}, {extra}, {load_seq},
            {names}
        from {rows}"""
    )


def _day(writer: RowWriter) -> str:
    return f"date '{writer.landed.load_date}'"


def _extra(writer: RowWriter, delivered: Delivered) -> str:
    """SQL for ``_extra``: declared extra columns with their values, unknown ones by name only."""
    kept = {normalise_header(header) for header in writer.mapping.extra_columns}
    fields = [
        f"{quote_literal(header)}, c{position}"
        for position, header in enumerate(delivered.headers)
        if normalise_header(header) in kept
    ]
    # Nobody has said yet whether the values of unknown columns are personal. Landing keeps them.
    fields += [f"{quote_literal(header)}, {quote_literal(WITHHELD)}" for header in writer.unused]
    return f"json_object({', '.join(fields)})" if fields else "null"


def _count(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = con.execute(query).fetchone()
    return tuple(int(value or 0) for value in row or ())
