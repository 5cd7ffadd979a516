"""The business days that a delivery has rows of: what has to be looked at again when it came late."""

from __future__ import annotations

import duckdb

from ingestion.contract import Contract
from ingestion.raw_tables import newest_readings
from warehouse.sql_text import quote_identifier, quote_literal

#: So many days are named one by one; beyond, the first and the last.
_NAMED = 5


def record_touched_dates(
    con: duckdb.DuckDBPyConnection, contract: Contract, *, batch_id: int, zone: str, late: bool
) -> None:
    """Enter the days of a batch; nothing for entities without an event column."""
    if contract.event_column is None:
        return
    column = quote_identifier(contract.event_column)
    is_instant = contract.column(contract.event_column).type == "TIMESTAMPTZ"
    day = f"cast(timezone({quote_literal(zone)}, {column}) as date)" if is_instant else column
    con.execute(
        f"""insert into ops.touched_date
        select {batch_id}, {quote_literal(contract.entity)}, {day} as event_date, count(*), {late}
        from ({newest_readings(contract, f"_batch_id = {batch_id}")}) where _op = 'U' and {column} is not null
        group by event_date order by event_date"""
    )


def describe_touched_dates(con: duckdb.DuckDBPyConnection, batch_id: int) -> str | None:
    """One phrase for a person, such as ``late, touches 2024-05-01, 2024-05-03``; None where no day is known."""
    days = [
        str(row[0])
        for row in con.execute(
            f"select event_date from ops.touched_date where batch_id = {batch_id} order by event_date"
        ).fetchall()
    ]
    if not days:
        return None
    if len(days) <= _NAMED:
        return f"late, touches {', '.join(days)}"
    return f"late, touches {len(days)} days from {days[0]} to {days[-1]}"
