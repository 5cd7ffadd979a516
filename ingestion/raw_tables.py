"""The tables of raw and quarantine: one pair for every contract, so that dbt always finds them."""

from __future__ import annotations

import duckdb

from ingestion.contract import SYSTEM_COLUMNS, Contract
from warehouse.connection import transaction
from warehouse.sql_text import quote_identifier

QUARANTINE_COLUMNS: dict[str, str] = {
    "_batch_id": "bigint not null",
    "_source_system": "varchar not null",
    "_source_file": "varchar not null",
    "_row_no": "bigint not null",
    "_load_date": "date not null",
    "reason_codes": "varchar[] not null",
    # open, replayed (its rows are in raw now) or waived (somebody decided that they are not needed).
    "status": "varchar not null",
    "row_text": "json not null",
    # The business key as far as it could be read, personal parts as tokens.
    "row_key": "varchar",
    "decision": "varchar",
}


def newest_readings(contract: Contract, condition: str) -> str:
    """A select of the raw rows that pass the condition, but for those whose place a replay of their delivery took.

    Raw only grows: a case that is folded anew is a further row with the batch, the row number and the key of the
    earlier one and a higher ``_load_seq``. The condition must hold for all readings of a row or for none.
    """
    same = " and ".join(f"later.{name} = r.{name}" for name in map(quote_identifier, contract.key))
    # What was loaded with its batch takes nobody's place, so that this looks up few rows or none.
    return f"""select * from raw.{contract.table} as r where {condition} and not exists (
        select 1 from raw.{contract.table} as later where {condition} and later._load_seq > later._batch_id
            and later._batch_id = r._batch_id and later._row_no = r._row_no and {same}
            and later._load_seq > r._load_seq)"""


def create_raw_tables(con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> None:
    """Create what is missing, all in one transaction.

    A column that a newer contract adds is appended; nothing is ever taken away.
    """
    with transaction(con):
        known: dict[str, set[str]] = {}
        query = "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
        for table, column in con.execute(query).fetchall():
            known.setdefault(table, set()).add(column)
        for contract in contracts.values():
            if contract.table not in known:
                columns = [f"{name} {kind}" for name, kind in SYSTEM_COLUMNS.items()]
                columns += [f"{quote_identifier(c.name)} {c.type}" for c in contract.columns]
                con.execute(f"create table raw.{contract.table} ({', '.join(columns)})")
                kinds = ", ".join(f"{name} {kind}" for name, kind in QUARANTINE_COLUMNS.items())
                con.execute(f"create table quarantine.{contract.table} ({kinds})")
                continue
            for column in contract.columns:
                if column.name not in known[contract.table]:
                    con.execute(
                        f"alter table raw.{contract.table} add column {quote_identifier(column.name)} {column.type}"
                    )
