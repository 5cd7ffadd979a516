"""The naive figure, kept to be shown beside the real score: the average over all cells of a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from data_quality.dq_tables import replace_rows


@dataclass(frozen=True)
class FileFill:
    source: str
    file: str
    cells: int
    filled_cells: int


def measure_file_fill(con: duckdb.DuckDBPyConnection, *, as_of: date) -> tuple[FileFill, ...]:
    """Sum the cells of all columns of each delivered file; replace the rows of ``as_of`` in ``dq.file_fill``.

    Reads ``ops.column_profile``, of each file its latest delivery: a corrected file replaces the one before,
    it does not average with it. Files without cells have no row.
    """
    rows = con.execute(
        """
        with latest as (
            select source, file, "rows", filled
            from ops.column_profile
            qualify batch_id is not distinct from max(batch_id) over (partition by source, file)
        )
        select source, file, cast(sum("rows") as bigint), cast(sum(filled) as bigint)
        from latest
        group by source, file
        having sum("rows") > 0
        order by source, file
        """
    ).fetchall()
    replace_rows(con, "dq.file_fill", as_of=as_of, rows=[(as_of, *row) for row in rows])
    return tuple(FileFill(*row) for row in rows)
