"""Marking as deleted what a full list no longer holds, but never because of a list that is itself too short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from ingestion import ledger
from ingestion.contract import SYSTEM_COLUMNS, Contract
from ingestion.quarantine_text import key_text
from warehouse.connection import transaction
from warehouse.sql_text import quote_identifier, quote_literal

_LAST = "last_versions"
_COMPARED, _DELETED = "compared", "marked as deleted"


@dataclass(frozen=True)
class SnapshotOutcome:
    """What a full list changed. ``held_back`` says why nothing was marked as deleted, where something would be."""

    keys_known: int
    keys_now: int
    keys_deleted: int
    held_back: str | None = None


def close_snapshot(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    *,
    mapping: str,
    output: str,
    source_system: str,
    batches: list[int],
    load_date: date,
    loaded_at: datetime,
    accept_shrinking: bool = False,
    is_repeat: bool = False,
) -> SnapshotOutcome:
    """Compare the keys of a whole delivery with those known before; the missing ones get a row with ``_op`` D.

    ``batches`` hold the rows of this delivery. Known before are the keys of the same mapping and system. Nothing is
    deleted where the list is older than one already loaded, where too much is missing (``delivery.shrink.stop``), or
    where a row of unreadable key is in quarantine. In one transaction; again for the same delivery it does nothing,
    ``is_repeat`` says that all of its files are loaded already.
    """
    with transaction(con):
        outcome = _close(
            con,
            contract,
            mapping=mapping,
            output=output,
            source_system=source_system,
            batches=batches,
            load_date=load_date,
            loaded_at=loaded_at,
            accept_shrinking=accept_shrinking,
            is_repeat=is_repeat,
        )
        con.execute(f"drop table temp.{_LAST}")
    return outcome


def _close(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    *,
    mapping: str,
    output: str,
    source_system: str,
    batches: list[int],
    load_date: date,
    loaded_at: datetime,
    accept_shrinking: bool,
    is_repeat: bool,
) -> SnapshotOutcome:
    raw, keys = f"raw.{contract.table}", [quote_identifier(name) for name in contract.key]
    mine = ", ".join(map(str, batches))
    ledger_rows = (
        f"(select batch_id from ops.file_ledger where mapping = {quote_literal(mapping)} "
        f"and output = {quote_literal(output)} and source_system = {quote_literal(source_system)})"
    )
    deleted_rows = (
        f"(select batch_id from ops.snapshot where mapping = {quote_literal(mapping)} "
        f"and output = {quote_literal(output)} and source_system = {quote_literal(source_system)})"
    )
    con.execute(
        f"""create temp table {_LAST} as
        select *, list_contains([{mine}], _batch_id) as is_here
        from (
            select *, row_number() over (
                partition by {", ".join(keys)} order by _load_date desc, _batch_id desc, _row_no desc
            ) as version
            from {raw} where _source_system = {quote_literal(source_system)}
                and (_batch_id in {ledger_rows} or _batch_id in {deleted_rows})
        ) where version = 1 and _op = 'U'"""
    )
    # A key that is in this delivery has its newest version there, unless a newer list is loaded already.
    total, here, newer = _numbers(
        con,
        f"select count(*), count(*) filter (is_here), "
        f"count(*) filter (not is_here and _load_date > date '{load_date}') from {_LAST}",
    )
    if is_repeat:
        # A load date that is taken in again, with nothing new in it: what was decided on its day stands.
        row = con.execute(
            f"""select keys_known, keys_now, keys_deleted from ops.snapshot where load_date = date '{load_date}'
                and mapping = {quote_literal(mapping)} and output = {quote_literal(output)}
                and source_system = {quote_literal(source_system)} and decision in ('{_COMPARED}', '{_DELETED}')"""
        ).fetchone()
        if row:
            return SnapshotOutcome(*row)
    unreadable, in_doubt = _numbers(
        con,
        f"""select count(*) filter (row_key is null), count(*) from quarantine.{contract.table}
        where list_contains([{mine}], _batch_id) and status = 'open'""",
    )
    missing = f"""select * from {_LAST} as l where not is_here and not exists (
        select 1 from quarantine.{contract.table} as q
        where list_contains([{mine}], q._batch_id) and q.status = 'open' and q.row_key = {key_text(contract)})"""
    (gone,) = _numbers(con, f"select count(*) from ({missing})")
    held_back = None
    if gone and newer:
        held_back = "a newer list is loaded already"
    elif gone and unreadable:
        held_back = f"{unreadable} of its rows are in quarantine without a readable key (of {in_doubt} there)"
    elif gone > contract.delivery.shrink.stop * total and not accept_shrinking:
        held_back = (
            f"{gone} of {total} keys are missing, more than {contract.delivery.shrink.stop:.0%}; "
            "if they are really gone, take it in again with --accept-shrinking"
        )
    batch_id = None
    if gone and held_back is None:
        batch_id = ledger.next_batch_id(con)
        _write_tombstones(con, contract, missing, batch_id=batch_id, load_date=load_date, loaded_at=loaded_at)
    deleted = gone if held_back is None else 0
    decision = held_back or (_COMPARED if not gone else _DELETED)
    con.execute(
        f"""delete from ops.snapshot where load_date = date '{load_date}' and mapping = {quote_literal(mapping)}
            and output = {quote_literal(output)} and source_system = {quote_literal(source_system)}
            and batch_id is null"""
    )
    con.execute(
        f"""insert into ops.snapshot values (date '{load_date}', {quote_literal(source_system)},
            {quote_literal(mapping)}, {quote_literal(output)}, {quote_literal(contract.entity)}, {total}, {here},
            {deleted}, {"null" if batch_id is None else batch_id}, {quote_literal(decision)})"""
    )
    return SnapshotOutcome(total, here, deleted, held_back)


def _write_tombstones(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    missing: str,
    *,
    batch_id: int,
    load_date: date,
    loaded_at: datetime,
) -> None:
    names = ", ".join(quote_identifier(column.name) for column in contract.columns)
    con.execute(
        f"""insert into raw.{contract.table} ({", ".join(SYSTEM_COLUMNS)}, {names})
        select {batch_id}, _source_system, _source_file, row_number() over (order by _batch_id, _row_no), _row_hash,
            date '{load_date}', timestamptz {quote_literal(loaded_at.isoformat())}, 'D', {contract.version}, null,
            {batch_id}, {names}
        from ({missing})"""
    )


def _numbers(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = con.execute(query).fetchone()
    return tuple(int(value or 0) for value in row or ())
