"""Files whose rows have no key of their own: the day's corrected file takes the place of the day's earlier one."""

from __future__ import annotations

from datetime import datetime

import duckdb

from ingestion.contract import SYSTEM_COLUMNS, Contract
from ingestion.landing import LandedFile
from ingestion.ledger import next_batch_id
from ingestion.mapping import Output
from ingestion.quarantine import close_rows
from warehouse.sql_text import quote_identifier, quote_literal


def is_keyed_by_row(output: Output) -> bool:
    """True where the rows of an output have keys made of the file's content and their number."""
    return any(source.key == "file_row" for source in output.columns.values())


def replace_earlier_content(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    output: Output,
    landed: LandedFile,
    *,
    batch_id: int,
    loaded_at: datetime,
) -> int:
    """Mark the rows of earlier content of the same file and load date as deleted; returns how many.

    Only for keys made of a file's content and row number: there a corrected file has new keys throughout, and its
    rows would stand beside those that it corrects. A file of another day adds to what is there. What is still open in
    quarantine of the earlier content is closed: replayed, it would stand there as well.
    """
    if not is_keyed_by_row(output):
        return 0
    earlier = f"""select batch_id from ops.file_ledger
        where mapping = {quote_literal(landed.mapping)} and output = {quote_literal(output.name)}
            and source_system = {quote_literal(landed.facts.system)} and stream = {quote_literal(landed.stream)}
            and load_date = date '{landed.load_date}' and batch_id < {batch_id}"""
    close_rows(con, contract, batches=earlier, decision="replaced by a corrected file", now=loaded_at)
    keys = ", ".join(quote_identifier(name) for name in contract.key)
    names = ", ".join(quote_identifier(column.name) for column in contract.columns)
    row = con.execute(
        f"select count(*) from raw.{contract.table} where _op = 'U' and _batch_id in ({earlier})"
    ).fetchone()
    if not row or not row[0]:
        return 0
    tombstones = next_batch_id(con)
    con.execute(
        f"""insert into raw.{contract.table} ({", ".join(SYSTEM_COLUMNS)}, {names})
        select {tombstones}, _source_system, _source_file, row_number() over (order by _batch_id, _row_no), _row_hash,
            _load_date, timestamptz {quote_literal(loaded_at.isoformat())}, 'D', {contract.version}, null,
            {tombstones}, {names}
        from (
            select *, row_number() over (
                partition by {keys} order by _batch_id desc, _row_no desc, _load_seq desc
            ) as version
            from raw.{contract.table} as r where _source_system = {quote_literal(landed.facts.system)}
                and ({keys}) in (select ({keys}) from raw.{contract.table} where _batch_id in ({earlier}))
        ) where version = 1 and _op = 'U' and _batch_id in ({earlier})"""
    )
    return int(row[0])
