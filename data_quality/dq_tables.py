"""Replacing one day of a dq table, all or nothing, so that a repeated run changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb

from warehouse.connection import transaction


def replace_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    *,
    as_of: date,
    rows: Sequence[tuple[object, ...]],
    check_names: Sequence[str] = (),
) -> None:
    """Delete the rows of ``as_of`` (only those of ``check_names``, where given) and insert ``rows``."""
    with transaction(con):
        if check_names:
            con.execute(
                f"delete from {table} where as_of = ? and check_name in (select unnest(?))",
                [as_of, list(check_names)],
            )
        else:
            con.execute(f"delete from {table} where as_of = ?", [as_of])
        if rows:
            con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
