"""Parquet as a view of text cells."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingestion.files.cells import select_cleaned
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal


def create_parquet_view(
    con: duckdb.DuckDBPyConnection, view: str, path: Path, *, name: str, null_values: tuple[str, ...]
) -> tuple[str, ...]:
    """A view over all rows as text; returns the headers.

    Raises:
        DeliveryError: the file is no Parquet file.
    """
    # The landing folder dt=... must not turn into a column.
    source = f"read_parquet({quote_literal(str(path))}, hive_partitioning = false)"
    try:
        described = con.execute(f"describe select * from {source}").fetchall()
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        raise DeliveryError("unreadable", f"{name} is no readable Parquet file. Ask for the file again.") from error
    selected = []
    for position, (header, kind, *_) in enumerate(described):
        column = quote_identifier(header)
        text = f"cast({column} as varchar)"
        if kind in ("DOUBLE", "FLOAT"):
            # Identifiers and counts come as 17850.0 from tools that know only floats: whole numbers lose the ".0".
            text = (
                f"case when {column} = trunc({column}) and abs({column}) < 1e15 "
                f"then cast(cast({column} as bigint) as varchar) else {text} end"
            )
        elif kind.startswith(("STRUCT", "MAP", "LIST")) or kind.endswith("[]"):
            text = f"cast(to_json({column}) as varchar)"
        selected.append(f"{text} as c{position}")
    cells = [f"c{position}" for position in range(len(described))]
    cleaned = select_cleaned(cells, f"(select {', '.join(selected)} from {source})", null_values=null_values)
    con.execute(
        f"""create or replace temp view {quote_identifier(view)} as
        select row_number() over () as _row_no, cast(null as varchar) as _set_aside, {", ".join(cells)}
        from ({cleaned})
        where coalesce({", ".join(cells)}) is not null"""
    )
    return tuple(str(row[0]) for row in described)
