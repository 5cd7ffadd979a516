"""The raw tables as they were on an earlier day, in a warehouse of their own: what came later is left out.

Known on a load date is what had arrived before anything of a later load date of the same system was taken in. A late
file, a correction or a replay therefore shows from the day on which it came, whatever load date it carries.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb

from ingestion.contract import Contract
from ingestion.intake import TROUBLE
from ingestion.raw_tables import create_raw_tables
from warehouse.connection import connect, transaction
from warehouse.schema import create_shared_tables, set_run_context
from warehouse.sql_text import quote_identifier, quote_literal

_LATER = "first_later_batch"


def restore_known_then(source: Path, target: Path, contracts: dict[str, Contract], *, load_date: date) -> None:
    """Write a warehouse with the raw tables and deliveries of ``source`` as they were when ``load_date`` was loaded.

    An older file at ``target`` is replaced. Quarantined rows come as they stand today. Scores and predictions of
    earlier days are kept; those of the day itself and later ones are for the build to make.
    """
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with connect(part) as con:
        create_shared_tables(con)
        create_raw_tables(con, contracts)
        con.execute(f"attach {quote_literal(str(source))} as live (read_only)")
        con.execute(
            f"""create temp table {_LATER} as
            select source_system, min(batch_id) as batch_id
            from live.ops.file_ledger where load_date > date '{load_date}' group by source_system"""
        )
        with transaction(con):
            for contract in contracts.values():
                _copy(con, f"raw.{contract.table}", f"not {_came_later('_source_system', '_load_seq')}")
                _copy(con, f"quarantine.{contract.table}", f"not {_came_later('_source_system', '_batch_id')}")
            mine = f"load_date <= date '{load_date}'"
            _copy(con, "ops.file_ledger", f"not {_came_later('source_system', 'batch_id')}")
            _copy(con, "ops.delivery", f"{mine} and not {_came_later('source_system', 'batch_id')}")
            _copy(con, "ops.snapshot", f"{mine} and not {_came_later('source_system', 'batch_id')}")
            for table in ("ops.touched_date", "ops.column_profile"):
                _copy(con, table, "batch_id in (select batch_id from ops.file_ledger)")
            _copy(con, "ops.pii_key_check", "true")
            _restore_sources(con, load_date)
            as_of = load_date - timedelta(days=1)
            for schema, table in con.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where database_name = current_database() and schema_name in ('dq', 'predictions') order by all"
            ).fetchall():
                _copy(con, f"{schema}.{table}", f"as_of < date '{as_of}'")
        con.execute("detach live")
        set_run_context(con, as_of=as_of, load_date=load_date)
    part.replace(target)


def _came_later(system: str, sequence: str) -> str:
    return f"""coalesce(t.{sequence} >= (
        select later.batch_id from {_LATER} as later where later.source_system = t.{system}), false)"""


def _copy(con: duckdb.DuckDBPyConnection, table: str, condition: str) -> None:
    schema, name = table.split(".")
    columns = con.execute(
        "select column_name from duckdb_columns() where database_name = 'live' and schema_name = ? and table_name = ? "
        "order by column_index",
        [schema, name],
    ).fetchall()
    names = ", ".join(quote_identifier(column) for (column,) in columns)
    if names:
        con.execute(f"insert into {table} ({names}) select {names} from live.{table} as t where {condition}")


def _restore_sources(con: duckdb.DuckDBPyConnection, load_date: date) -> None:
    """A source's data reached to the day before its newest load date without trouble."""
    trouble = ", ".join(f"'{status}'" for status in TROUBLE)
    con.execute(
        f"""insert into ops.source
        select s.source, s.source_system, s.business_zone, s.currency,
            least(s.data_through, days.newest - 1)
        from live.ops.source as s
        inner join (
            select source, coalesce(max(load_date) filter (not is_troubled), min(load_date)) as newest
            from (
                select source, load_date, bool_or(status in ({trouble})) as is_troubled
                from live.ops.delivery where load_date <= date '{load_date}' and source is not null group by all
            ) group by source
        ) as days on s.source = days.source"""
    )
