"""Loading one landed file: all of its rows into raw or quarantine in one transaction, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingestion import ledger
from ingestion.contract import SYSTEM_COLUMNS, Contract
from ingestion.delivered_table import TABLE, DeliveredTable, read_delivered
from ingestion.landing import LandedFile
from ingestion.mapping import Mapping, Output
from ingestion.output_sql import (
    FOLDED,
    TYPED,
    WITHHELD,
    OutputPlan,
    filter_condition,
    folded_rows_sql,
    plan_output,
    row_hash,
    row_text,
    typed_rows_sql,
)
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal


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
        return self.rows_loaded + self.rows_quarantined


def create_raw_tables(con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> None:
    """Create raw and quarantine tables for every contract, delivered or not, so that dbt always finds them.

    A column that a newer contract adds is appended; nothing is ever taken away.
    """
    known: dict[str, set[str]] = {}
    query = "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
    for table, column in con.execute(query).fetchall():
        known.setdefault(table, set()).add(column)
    for contract in contracts.values():
        if contract.table not in known:
            columns = [f"{name} {kind}" for name, kind in SYSTEM_COLUMNS.items()]
            columns += [f"{quote_identifier(c.name)} {c.type}" for c in contract.columns]
            con.execute(f"create table raw.{contract.table} ({', '.join(columns)})")
            con.execute(
                f"""create table quarantine.{contract.table} (
                    _batch_id bigint not null, _source_system varchar not null, _source_file varchar not null,
                    _row_no bigint not null, _load_date date not null, reason_codes varchar[] not null,
                    status varchar not null, row_text json not null)"""
            )
        for column in contract.columns:
            if contract.table in known and column.name not in known[contract.table]:
                con.execute(
                    f"alter table raw.{contract.table} add column {quote_identifier(column.name)} {column.type}"
                )


def load_file(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    mapping: Mapping,
    contracts: dict[str, Contract],
    *,
    source_system: str,
    loaded_at: datetime,
) -> list[OutputCounts]:
    """Load every output of the file and record it in the ledger, all in one transaction.

    Raises:
        DeliveryError: the file is refused; nothing of it has been written.
    """
    con.begin()
    try:
        delivered = read_delivered(con, landed.path, name=landed.name, file=mapping.file)
        unused = unused_headers(mapping, delivered)
        shown = harmless_headers(mapping, contracts)
        batches: list[int] = []
        results: list[OutputCounts] = []
        for output in mapping.outputs:
            contract = contracts[output.entity]
            plan = plan_output(output, contract, delivered, name=landed.name, sha256=landed.sha256)
            batch_id = ledger.next_batch_id(con)
            counts = _load_output(
                con,
                landed,
                output,
                contract,
                plan,
                delivered,
                unused=unused,
                shown=shown,
                batch_id=batch_id,
                source_system=source_system,
                loaded_at=loaded_at,
            )
            ledger.record_loaded(con, landed, mapping, output, counts, batch_id=batch_id, note=_note(plan, unused))
            batches.append(batch_id)
            results.append(counts)
        if delivered.rows and not any(counts.rows_loaded for counts in results):
            raise DeliveryError(
                "no_readable_row",
                f"{landed.name}: none of its {delivered.rows} rows can be read, so the file as a whole is refused. "
                f"Compare its formats with the mapping {mapping.mapping}, mend one of them and run again.",
            )
        ledger.record_column_profile(con, landed, delivered, batch_id=batches[0])
        con.commit()
    except BaseException:
        con.rollback()
        raise
    finally:
        for table in (TABLE, TYPED, FOLDED):
            con.execute(f"drop table if exists temp.{table}")
    return results


def harmless_headers(mapping: Mapping, contracts: dict[str, Contract]) -> frozenset[str]:
    """Headers that every output maps to columns without personal data; all others are never shown with a value."""
    harmless: set[str] = set()
    personal: set[str] = set()
    for output in mapping.outputs:
        contract = contracts[output.entity]
        for name, source in output.columns.items():
            (personal if contract.column(name).pii else harmless).update(source.headers)
    return frozenset(harmless - personal)


def unused_headers(mapping: Mapping, delivered: DeliveredTable) -> tuple[str, ...]:
    """Delivered columns that the mapping neither uses nor names as ignored; ``_extra`` names them."""
    used = set(mapping.ignored_columns)
    for output in mapping.outputs:
        if output.filter:
            used.add(output.filter.column)
        for source in output.columns.values():
            used.update(source.headers)
            if isinstance(source.key, tuple):
                used.update(source.key)
    return tuple(header for header in delivered.headers if header not in used)


def _note(plan: OutputPlan, unused: tuple[str, ...]) -> str | None:
    notes = []
    if plan.absent:
        notes.append(f"not delivered, left empty: {', '.join(plan.absent)}")
    if unused:
        notes.append(f"unknown columns, named in _extra: {', '.join(unused)}")
    return "; ".join(notes) or None


def _count(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = con.execute(query).fetchone()
    return tuple(int(value or 0) for value in row or ())


def _load_output(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    output: Output,
    contract: Contract,
    plan: OutputPlan,
    delivered: DeliveredTable,
    *,
    unused: tuple[str, ...],
    shown: frozenset[str],
    batch_id: int,
    source_system: str,
    loaded_at: datetime,
) -> OutputCounts:
    condition = filter_condition(output.filter, delivered, name=landed.name)
    con.execute(typed_rows_sql(plan, contract, condition=condition))
    selected, good, rounded = _count(
        con,
        f"select count(*), count(*) filter (len(_reasons) = 0), count(*) filter (_rounded and len(_reasons) = 0) "
        f"from {TYPED}",
    )
    rows = f"(select * from {TYPED} where len(_reasons) = 0)"
    loaded = good
    if output.fold:
        con.execute(folded_rows_sql(output, contract))
        rows = FOLDED
        (loaded,) = _count(con, f"select count(*) from {FOLDED}")
    names = ", ".join(quote_identifier(column.name) for column in contract.columns)
    extra = "null"
    if unused and not output.fold:
        # Names only: nobody has said yet whether the values are personal. Landing keeps them.
        extra = f"json_object({', '.join(f'{quote_literal(h)}, {quote_literal(WITHHELD)}' for h in unused)})"
    con.execute(
        f"""insert into raw.{contract.table}
            ({", ".join(SYSTEM_COLUMNS)}, {names})
        select ?, ?, ?, _row_no, {row_hash(contract.columns)}, ?, ?, 'U', {contract.version}, {extra}, {names}
        from {rows} as r order by _row_no""",
        [batch_id, source_system, landed.name, landed.load_date, loaded_at],
    )
    if selected > good:
        con.execute(
            f"""insert into quarantine.{contract.table}
            select ?, ?, ?, _row_no, ?, t._reasons, 'open', {row_text(delivered, shown=shown)}
            from {TYPED} as t join {TABLE} using (_row_no) where len(t._reasons) > 0 order by _row_no""",
            [batch_id, source_system, landed.name, landed.load_date],
        )
    return OutputCounts(
        rows_read=delivered.rows,
        rows_filtered=delivered.rows - selected,
        rows_folded=good - loaded,
        rows_loaded=loaded,
        rows_quarantined=selected - good,
        rows_rounded=rounded,
    )
