"""The statements of a replay: open rows are set aside, written again, and put back where they still cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingestion.contract import Contract
from ingestion.files.delivered import Delivered, explode
from ingestion.mapping import Output
from ingestion.output_rows import RowWriter, write_output
from ingestion.output_sql import plan_output
from ingestion.set_aside import UNTAKEN, untaken_condition

SAVED = "rows_to_replay"


@dataclass(frozen=True)
class LoadedBatch:
    """One output of the delivery, with the batch in which it was loaded."""

    output: Output
    contract: Contract
    batch_id: int
    rows_read: int


def save_open_rows(con: duckdb.DuckDBPyConnection, batches: list[LoadedBatch]) -> None:
    """Move the open rows of all outputs into a temporary table; what cannot be loaded comes back from there."""
    parts = [
        f"select {position} as output_no, * from quarantine.{batch.contract.table} "
        f"where _batch_id = {batch.batch_id} and status = 'open'"
        for position, batch in enumerate(batches)
    ]
    con.execute(f"create or replace temp table {SAVED} as {' union all '.join(parts)}")
    for batch in batches:
        con.execute(
            f"delete from quarantine.{batch.contract.table} where _batch_id = {batch.batch_id} and status = 'open'"
        )


def write_again(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    batch: LoadedBatch,
    delivered: Delivered,
    *,
    load_seq: int,
    is_first: bool,
) -> int | None:
    """Write the open rows of one output; returns how many rows a fold took in, None where nothing was folded."""
    output, raw = batch.output, f"raw.{batch.contract.table}"
    relation = (
        delivered
        if output.each is None
        else explode(con, delivered, output.each, name=writer.landed.name, wanted=writer.wanted)
    )
    own = f"select _row_no from {SAVED} where _batch_id = {batch.batch_id}"
    if output.each is None and not is_first:
        own += f" union select _row_no from {SAVED} where output_no = 0 and list_contains(reason_codes, '{UNTAKEN}')"
    chosen = f"(select * from {relation.relation} where _row_no in ({own}))"
    (open_rows,) = con.execute(f"select count(*) from ({own})").fetchone() or (0,)
    if not open_rows:
        return None
    plan = plan_output(output, batch.contract, relation, name=writer.landed.name, sha256=writer.landed.sha256)
    if output.fold:
        # A row that comes late into a case may change its first, last and greatest values: fold the file anew.
        con.execute(f"delete from {raw} where _batch_id = {batch.batch_id}")
        chosen = relation.relation
    written = write_output(
        con, writer, output, plan, relation, batch_id=batch.batch_id, load_seq=load_seq, relation=chosen
    )
    return written.folded if output.fold else None


def settle_saved_rows(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    batches: list[LoadedBatch],
    delivered: Delivered,
    *,
    load_seq: int,
) -> None:
    """Put back every saved row that is still not loaded, and keep those that are as replayed."""
    taken_elsewhere = " union all ".join(
        f"select _row_no from {table} where _batch_id = {batch.batch_id} and {new}"
        for batch in batches[1:]
        if batch.output.each is None
        for table, new in (
            (f"raw.{batch.contract.table}", f"_load_seq = {load_seq}"),
            (f"quarantine.{batch.contract.table}", "status = 'open'"),
        )
    )
    untaken = untaken_condition(writer.mapping, delivered, name=writer.landed.name) or "false"
    for position, batch in enumerate(batches):
        table, mine = f"quarantine.{batch.contract.table}", f"_batch_id = {batch.batch_id}"
        is_loaded = "true" if batch.output.fold else (
            f"_row_no in (select _row_no from raw.{batch.contract.table} where {mine} and _load_seq = {load_seq})"
        )  # fmt: skip
        is_moved = f"_row_no in ({taken_elsewhere})" if position == 0 and taken_elsewhere else "false"
        # Still torn, still a total, still taken by nobody: comes back as it was.
        stays = (
            f"_row_no in (select _row_no from {delivered.relation} where _set_aside is not null or {untaken})"
            if batch.output.each is None
            else f"list_contains(reason_codes, '{UNTAKEN}')"
        )
        con.execute(
            f"""insert into {table} by name
            select * exclude (output_no) replace (
                case when {stays} then 'open' when {is_loaded} or {is_moved} then 'replayed'
                    else 'waived' end as status,
                case when {stays} or {is_loaded} or {is_moved} then decision
                    else 'left out by the mapping as it is now' end as decision)
            from {SAVED} where output_no = {position}
                and _row_no not in (select _row_no from {table} where {mine} and status = 'open')"""
        )


def recount_batch(
    con: duckdb.DuckDBPyConnection, batch: LoadedBatch, position: int, *, folded: int | None
) -> tuple[int, int]:
    """Bring the ledger in line with the tables; returns rows gained for raw and rows still open."""
    raw, held = f"raw.{batch.contract.table}", f"quarantine.{batch.contract.table}"
    loaded, in_quarantine, open_rows = con.execute(
        f"""select (select count(*) from {raw} where _batch_id = {batch.batch_id}),
            (select count(*) from {held} where _batch_id = {batch.batch_id} and status <> 'replayed'),
            (select count(*) from {held} where _batch_id = {batch.batch_id} and status = 'open')"""
    ).fetchone() or (0, 0, 0)
    (before,) = con.execute(f"select count(*) from {SAVED} where output_no = {position}").fetchone() or (0,)
    rows_folded = "rows_folded" if folded is None else str(folded)
    con.execute(
        f"""update ops.delivery set rows_in = {loaded + in_quarantine}, rows_loaded = {loaded},
            rows_quarantined = {in_quarantine}, rows_folded = {rows_folded},
            rows_filtered = rows_read - {rows_folded} - {loaded + in_quarantine}
        where batch_id = {batch.batch_id}"""
    )
    return max(int(before) - int(open_rows), 0), int(open_rows)
