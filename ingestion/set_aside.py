"""Rows of a file that no output can take: torn lines, repeated headers, totals, and rows that no filter lets in."""

from __future__ import annotations

import duckdb

from ingestion.contract import Contract
from ingestion.files.csv_file import SUMMARY
from ingestion.files.delivered import Delivered
from ingestion.mapping import Mapping
from ingestion.output_rows import RowWriter
from ingestion.output_sql import row_condition
from ingestion.quarantine_text import row_text
from ingestion.raw_tables import QUARANTINE_COLUMNS
from warehouse.sql_text import quote_literal

#: Recognised for what they are, so nobody has to decide about them; they stay on record.
HARMLESS = ("repeated_header", "summary_row")
UNTAKEN = "no_output_takes_it"


def write_rows_set_aside(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    contract: Contract,
    delivered: Delivered,
    *,
    batch_id: int,
    relation: str | None = None,
) -> int:
    """Put the rows that are no data into the quarantine of the file's first entity; returns how many."""
    harmless = (
        f"_set_aside in ({', '.join(repr(code) for code in HARMLESS)}) and {_no_key(writer, contract, delivered)}"
    )
    return _write(
        con,
        writer,
        contract,
        delivered,
        batch_id=batch_id,
        relation=relation or delivered.relation,
        reason="_set_aside",
        status=f"case when {harmless} then 'waived' else 'open' end",
        decision=f"case when {harmless} then 'recognised: no row of data' end",
        condition="_set_aside is not null",
    )


def _no_key(writer: RowWriter, contract: Contract, delivered: Delivered) -> str:
    """SQL that is true where a line of totals has no key beside its word: a customer may be called Total."""
    sources = writer.mapping.outputs[0].columns
    headers = [header for name in contract.key if name in sources for header in sources[name].headers]
    cells = [cell for cell in map(delivered.find, headers) if cell is not None]
    tests = [f"({cell} is null or regexp_full_match({cell}, {quote_literal(SUMMARY)}))" for cell in cells]
    return f"(_set_aside <> 'summary_row' or {' and '.join(tests) or 'true'})"


def write_rows_untaken(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    contract: Contract,
    delivered: Delivered,
    *,
    batch_id: int,
    relation: str | None = None,
) -> int:
    """Put the rows that no output takes and nothing leaves out into quarantine; returns how many."""
    condition = untaken_condition(writer.mapping, delivered, name=writer.landed.name)
    if condition is None:
        return 0
    return _write(
        con,
        writer,
        contract,
        delivered,
        batch_id=batch_id,
        relation=relation or delivered.relation,
        reason=f"'{UNTAKEN}'",
        status="'open'",
        decision="null",
        condition=f"_set_aside is null and {condition}",
    )


def untaken_condition(mapping: Mapping, delivered: Delivered, *, name: str) -> str | None:
    """SQL that is true for rows which no output takes and no rule leaves out; None where there can be none."""
    if mapping.rest_left_out is not None:
        return None
    taken: list[str] = []
    for output in mapping.outputs:
        test = output.filter
        # A filter on the elements of a list says nothing about the record as a whole.
        if test is None or (output.each is not None and delivered.find(test.column) is None):
            return None
        taken.append(row_condition(test, delivered, name=name))
    left_out = [row_condition(test, delivered, name=name) for test in mapping.left_out]
    return f"not ({' or '.join([*taken, *left_out])})"


def _write(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    contract: Contract,
    delivered: Delivered,
    *,
    batch_id: int,
    relation: str,
    reason: str,
    status: str,
    decision: str,
    condition: str,
) -> int:
    row = con.execute(
        f"""insert into quarantine.{contract.table} ({", ".join(QUARANTINE_COLUMNS)})
        select {writer.quarantine_values(batch_id=batch_id)}, _row_no, date '{writer.landed.load_date}', [{reason}],
            {status}, {row_text(delivered, shown=writer.shown_in(delivered))}, null, {decision}
        from {relation} where {condition} order by _row_no"""
    ).fetchone()
    return int(row[0]) if row else 0
