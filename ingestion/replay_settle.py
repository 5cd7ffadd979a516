"""The end of a replay: saved rows come back as open, replayed or waived, and the ledger agrees with the tables."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingestion.raw_tables import newest_readings
from ingestion.replay_rows import (
    LEFT_OUT,
    LEFT_OUT_NOW,
    PARENTS,
    RECORDS,
    SAVED,
    SETTLED,
    TAKES,
    LoadedBatch,
    count_of,
    rows_of,
)


@dataclass(frozen=True)
class Recount:
    """What a replay changed for one output."""

    gained: int
    left_out: int
    open_rows: int


def settle_saved_rows(con: duckdb.DuckDBPyConnection, batches: list[LoadedBatch]) -> None:
    """Put back every saved row that is still not loaded, and keep those that are as replayed.

    A row is waived only where a rule of the mapping leaves it out; what is still torn, still a total or still taken by
    nobody comes back as it was.
    """
    still_open = " union all ".join(
        f"select {batch.position} as output_no, '{batch.level}' as level, _row_no from {batch.held} "
        f"where {rows_of(batch)} and status = 'open'"
        for batch in batches
    )
    taken = f"from {TAKES} as t where (t.level, t._row_no) = (s.level, s._row_no)"
    con.execute(
        f"""create or replace temp table {SETTLED} as
        with bad as ({still_open})
        select s.*,
            exists ({taken}) as is_taken,
            -- Loaded by an output that reads the row at this level, or handed on as the elements of its list.
            exists ({taken} and not exists (
                from bad as b where (b.output_no, b.level, b._row_no) = (t.output_no, t.level, t._row_no)
            )) as is_loaded,
            exists (from {LEFT_OUT} as l where (l.level, l._row_no) = (s.level, s._row_no)) as is_left_out
        from {SAVED} as s
        where not exists (
            from bad as b where (b.output_no, b.level, b._row_no) = (s.output_no, s.level, s._row_no))"""
    )
    for batch in batches:
        con.execute(
            f"""insert into {batch.held} by name
            select * exclude (output_no, level, is_taken, is_loaded, is_left_out) replace (
                case when is_taken then 'replayed' when is_left_out then 'waived' else 'open' end as status,
                case when not is_taken and is_left_out then '{LEFT_OUT_NOW}' else decision end as decision)
            from {SETTLED} where output_no = {batch.position}"""
        )
        # A row that had been replayed and is bad again is one row of quarantine, not two.
        con.execute(
            f"""delete from {batch.held} where {rows_of(batch)} and status = 'replayed' and {batch.is_judged}
                and _row_no in (select _row_no from {batch.held}
                    where {rows_of(batch)} and status = 'open' and {batch.is_judged})"""
        )


def recount_batch(con: duckdb.DuckDBPyConnection, batch: LoadedBatch, *, folded: int | None) -> Recount:
    """Bring the ledger in line with the tables."""
    newest = newest_readings(batch.contract, rows_of(batch))
    loaded = count_of(con, f"select count(*) from ({newest}) where _op = 'U'")
    in_quarantine = count_of(con, f"select count(*) from {batch.held} where {rows_of(batch)} and status <> 'replayed'")
    rows_folded = "rows_folded" if folded is None else str(folded)
    con.execute(
        f"""update ops.delivery set rows_in = {loaded + in_quarantine}, rows_loaded = {loaded},
            rows_quarantined = {in_quarantine}, rows_folded = {rows_folded},
            rows_filtered = rows_read - {rows_folded} - {loaded + in_quarantine}
        where batch_id = {batch.batch_id}"""
    )
    settled = f"select count(*) from {SETTLED} where output_no = {batch.position}"
    return Recount(
        gained=count_of(con, f"{settled} and is_loaded"),
        left_out=count_of(con, f"{settled} and is_left_out and not is_taken"),
        open_rows=count_of(con, f"select count(*) from {batch.held} where {rows_of(batch)} and status = 'open'"),
    )


def drop_saved_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Remove the temporary tables of a replay."""
    for table in (SAVED, RECORDS, TAKES, LEFT_OUT, SETTLED, PARENTS):
        con.execute(f"drop table if exists temp.{table}")
