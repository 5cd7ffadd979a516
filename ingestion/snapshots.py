"""Marking as deleted what a full list no longer holds, but never because of a list that is itself too short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from ingestion import ledger
from ingestion.contract import SYSTEM_COLUMNS, Contract
from ingestion.mapping import Output
from ingestion.quarantine_text import key_text
from warehouse.connection import transaction
from warehouse.sql_text import quote_identifier, quote_literal

_LAST = "last_versions"
_COMPARED, _DELETED, _DELETED_LATE = "compared", "marked as deleted", "came late, marked as deleted"


@dataclass(frozen=True)
class FullList:
    """One delivered list of everything that there is of an entity; ``batches`` hold its rows."""

    contract: Contract
    mapping: str
    output: str
    source_system: str
    load_date: date
    batches: list[int]

    @property
    def origin(self) -> str:
        """SQL that is true for what the ledger and the snapshots say of this list on any day."""
        return (
            f"mapping = {quote_literal(self.mapping)} and output = {quote_literal(self.output)} "
            f"and source_system = {quote_literal(self.source_system)}"
        )


@dataclass(frozen=True)
class SnapshotOutcome:
    """What a full list changed. ``held_back`` says why nothing was marked as deleted, where something would be."""

    keys_known: int
    keys_now: int
    keys_deleted: int
    held_back: str | None = None


def is_full_list(contract: Contract, output: Output) -> bool:
    """True where a file holds all rows that there are, one a key, so that an absent row is a deleted one."""
    return contract.mode == "snapshot" and not output.fold and not output.each


def close_snapshot(
    con: duckdb.DuckDBPyConnection,
    full_list: FullList,
    *,
    loaded_at: datetime,
    accept_shrinking: bool = False,
    is_repeat: bool = False,
    not_come: Sequence[str] = (),
) -> SnapshotOutcome:
    """Compare the keys of a whole delivery with those known before; the missing ones get a row with ``_op`` D.

    Known before are the keys of the same mapping and system, but for those of the streams that have ``not_come``: a
    file that need not come says nothing by its absence. Nothing is deleted where the list is older than one already
    loaded, where too much is missing (``delivery.shrink.stop``), or where a row of unreadable key is in quarantine. In
    one transaction; again for the same delivery it does nothing, ``is_repeat`` says that all of its files are loaded
    already.
    """
    contract, load_date = full_list.contract, full_list.load_date
    with transaction(con):
        _find_last_versions(con, full_list)
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
                    and {full_list.origin} and decision in ('{_COMPARED}', '{_DELETED}')"""
            ).fetchone()
            if row:
                return SnapshotOutcome(*row)
        mine = ", ".join(map(str, full_list.batches)) or "null"
        unreadable, in_doubt = _count_in_doubt(con, contract, mine)
        streams = ", ".join(map(quote_literal, not_come)) or "null"
        missing = f"""select * from {_LAST} as l where not is_here and not {_is_in_quarantine(contract, mine)}
            and _batch_id not in (select batch_id from ops.file_ledger where {full_list.origin}
                and stream in ({streams}))"""
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
            batch_id = _write_tombstones(con, contract, missing, load_date=load_date, loaded_at=loaded_at)
        outcome = SnapshotOutcome(total, here, gone if held_back is None else 0, held_back)
        con.execute(
            f"delete from ops.snapshot where load_date = date '{load_date}' and {full_list.origin} and batch_id is null"
        )
        decision = held_back or (_DELETED if gone else _COMPARED)
        _record(con, full_list, outcome, load_date=load_date, batch_id=batch_id, decision=decision)
    return outcome


def close_late_rows(con: duckdb.DuckDBPyConnection, full_list: FullList, *, loaded_at: datetime) -> int:
    """Mark as deleted the rows of a late list, or of a replay, that the next newer list no longer holds: how many.

    They are deleted as of the load date of that newer list: it was whole and they were not in it. Without a newer list
    nothing is done, and nothing where the newer one has rows of unreadable key in quarantine. Inside the caller's
    transaction.
    """
    contract = full_list.contract
    found = con.execute(
        f"""select min(load_date) from ops.snapshot where load_date > date '{full_list.load_date}'
            and {full_list.origin} and decision in ('{_COMPARED}', '{_DELETED}')"""
    ).fetchone()
    if not found or found[0] is None:
        return 0
    (next_date,) = found
    newer = f"""select batch_id from ops.file_ledger where {full_list.origin} and sha256 in (
        select sha256 from ops.delivery where load_date = date '{next_date}' and status in ('loaded', 'duplicate')
            and mapping = {quote_literal(full_list.mapping)}
            and source_system = {quote_literal(full_list.source_system)})"""
    if _count_in_doubt(con, contract, newer)[0]:
        return 0
    keys = ", ".join(quote_identifier(name) for name in contract.key)
    _find_last_versions(con, full_list)
    gone = f"""select * from {_LAST} as l where is_here and not {_is_in_quarantine(contract, newer)}
        and ({keys}) not in (select ({keys}) from raw.{contract.table} where _batch_id in ({newer}))"""
    total, deleted = _numbers(con, f"select (select count(*) from {_LAST}), (select count(*) from ({gone}))")
    if deleted:
        batch_id = _write_tombstones(con, contract, gone, load_date=next_date, loaded_at=loaded_at)
        outcome = SnapshotOutcome(total, total - deleted, deleted)
        _record(con, full_list, outcome, load_date=next_date, batch_id=batch_id, decision=_DELETED_LATE)
    return deleted


def _find_last_versions(con: duckdb.DuckDBPyConnection, full_list: FullList) -> None:
    """Every key of this mapping and system that is not deleted, with whether its newest version is in this list."""
    keys = ", ".join(quote_identifier(name) for name in full_list.contract.key)
    origin = full_list.origin
    con.execute(
        f"""create or replace temp table {_LAST} as
        select *, list_contains({list(full_list.batches)}, _batch_id) as is_here
        from (
            select *, row_number() over (
                partition by {keys} order by _load_date desc, _batch_id desc, _row_no desc, _load_seq desc
            ) as version
            from raw.{full_list.contract.table} where _source_system = {quote_literal(full_list.source_system)}
                and (_batch_id in (select batch_id from ops.file_ledger where {origin})
                    or _batch_id in (select batch_id from ops.snapshot where {origin}))
        ) where version = 1 and _op = 'U'"""
    )


def _count_in_doubt(con: duckdb.DuckDBPyConnection, contract: Contract, batches: str) -> tuple[int, ...]:
    """Rows of these batches that are in quarantine: of unreadable key, and all."""
    return _numbers(
        con,
        f"select count(*) filter (row_key is null), count(*) from quarantine.{contract.table} "
        f"where _batch_id in ({batches}) and status = 'open'",
    )


def _is_in_quarantine(contract: Contract, batches: str) -> str:
    return f"""exists (select 1 from quarantine.{contract.table} as q
        where q._batch_id in ({batches}) and q.status = 'open' and q.row_key = {key_text(contract)})"""


def _write_tombstones(
    con: duckdb.DuckDBPyConnection, contract: Contract, gone: str, *, load_date: date, loaded_at: datetime
) -> int:
    batch_id = ledger.next_batch_id(con)
    names = ", ".join(quote_identifier(column.name) for column in contract.columns)
    con.execute(
        f"""insert into raw.{contract.table} ({", ".join(SYSTEM_COLUMNS)}, {names})
        select {batch_id}, _source_system, _source_file, row_number() over (order by _batch_id, _row_no), _row_hash,
            date '{load_date}', timestamptz {quote_literal(loaded_at.isoformat())}, 'D', {contract.version}, null,
            {batch_id}, {names}
        from ({gone})"""
    )
    return batch_id


def _record(
    con: duckdb.DuckDBPyConnection,
    full_list: FullList,
    outcome: SnapshotOutcome,
    *,
    load_date: date,
    batch_id: int | None,
    decision: str,
) -> None:
    con.execute(
        f"""insert into ops.snapshot values (date '{load_date}', {quote_literal(full_list.source_system)},
            {quote_literal(full_list.mapping)}, {quote_literal(full_list.output)},
            {quote_literal(full_list.contract.entity)}, {outcome.keys_known}, {outcome.keys_now},
            {outcome.keys_deleted}, {"null" if batch_id is None else batch_id}, {quote_literal(decision)})"""
    )


def _numbers(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = con.execute(query).fetchone()
    return tuple(int(value or 0) for value in row or ())
