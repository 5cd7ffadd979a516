"""What the first rows of an unknown file look like, column by column, as counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.contract import Column
from ingestion.files.delivered import Delivered
from ingestion.files.reading import read_delivered
from ingestion.mapping import ColumnSource, FileFormat
from ingestion.own_shape import format_of
from ingestion.values.typed import typed_column
from warehouse.errors import DeliveryError

#: Rows looked at: the most that a proposal needs, the least that shows rare formats.
SAMPLE_ROWS = 2_000
_SAMPLE = "suggest_sample"
#: Objects inside of objects are looked into so deep.
_JSON_DEPTH = 3

# Texts that give themselves away, as patterns of the whole value.
SHAPES: dict[str, str] = {
    "mobile": r"(\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}",
    "email": r"[\w.+-]+@[\w-]+(\.[\w-]+)+",
    "url": r"(https?://|www\.).+",
    "credit_code": r"[0-9A-HJ-NPQRTUWXY]{18}",
    "currency": r"CNY|RMB|USD|EUR|GBP|HKD|JPY",
    "epoch_s": r"1\d{9}(\.\d+)?",
    "epoch_ms": r"1\d{12}",
    "fraction": r"0?\.\d+|0|1|1\.0+",
    "percent": r"\d{1,3}(\.\d+)?",
}
# One reading per kind of type; a delivered date is an instant, too, so that both are asked.
_TYPES = {
    "DECIMAL": "DECIMAL(18,2)",
    "FRACTION": "DECIMAL(9,6)",
    "INTEGER": "INTEGER",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMPTZ": "TIMESTAMPTZ",
}
# Formats that are not understood unless a mapping names them, because they contradict each other.
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S")


@dataclass(frozen=True)
class SampledColumn:
    """One delivered column: how many values there are, and how many of them can be read as what."""

    header: str
    filled: int
    distinct: int
    reads: dict[str, int]
    shapes: dict[str, int]
    day_first: int
    month_first: int
    is_list: bool

    def share(self, count: int) -> float:
        """A count as a share of the values there; 0 where there are none."""
        return count / self.filled if self.filled else 0.0

    def share_shaped(self, shape: str) -> float:
        return self.share(self.shapes[shape])


@dataclass(frozen=True)
class FileSample:
    """The sampled columns of one file, with what was noticed while it was opened."""

    name: str
    format: str
    rows: int
    columns: tuple[SampledColumn, ...]
    notes: tuple[str, ...]


def sample_file(path: Path, *, vocabulary: frozenset[str]) -> FileSample:
    """Read up to ``SAMPLE_ROWS`` rows; ``vocabulary`` are the headers by which the header line is found.

    Raises:
        DeliveryError: the file cannot be read, or has no rows.
    """
    file = FileFormat(format=format_of(path.name))
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        delivered = _read_sample(con, path, file, vocabulary)
        wanted = vocabulary
        for _ in range(_JSON_DEPTH if file.format == "json" else 0):
            wanted |= _nested_paths(con, delivered)
            delivered = _read_sample(con, path, file, wanted)
        return _describe(con, path, file, delivered)


def _read_sample(con: duckdb.DuckDBPyConnection, path: Path, file: FileFormat, wanted: frozenset[str]) -> Delivered:
    """Copy the first rows into a temporary table."""

    def copy(delivered: Delivered) -> Delivered:
        con.execute(
            f"""create or replace temp table {_SAMPLE} as
            select * from {delivered.relation} where _set_aside is null limit {SAMPLE_ROWS}"""
        )
        return delivered.stored_in(_SAMPLE)

    return read_delivered(con, path, copy, name=path.name, file=file, wanted=wanted)


def _nested_paths(con: duckdb.DuckDBPyConnection, delivered: Delivered) -> frozenset[str]:
    """Dotted names one level below the columns that hold objects."""
    found: set[str] = set()
    for position, header in enumerate(delivered.headers):
        cell = f"c{position}"
        rows = con.execute(
            f"""select distinct unnest(json_keys({cell})) from {_SAMPLE}
            where {_json_type(cell)} = 'OBJECT'"""
        ).fetchall()
        found.update(f"{header}.{row[0]}" for row in rows)
    return frozenset(found)


def _describe(con: duckdb.DuckDBPyConnection, path: Path, file: FileFormat, delivered: Delivered) -> FileSample:
    row = con.execute(f"select count(*) from {_SAMPLE}").fetchone()
    rows = int(row[0]) if row else 0
    if rows == 0:
        raise DeliveryError("no_rows", f"{path.name} has no rows from which a mapping could be proposed.")
    columns = tuple(_describe_column(con, f"c{place}", header) for place, header in enumerate(delivered.headers))
    return FileSample(path.name, file.format, rows, columns, delivered.notes)


def _describe_column(con: duckdb.DuckDBPyConnection, cell: str, header: str) -> SampledColumn:
    readings = {kind: _reading(cell, kind) for kind in _TYPES}
    counts = [
        f"count({cell})",
        f"count(distinct {cell})",
        *(f"count({value})" for value in readings.values()),
        *(f"count(*) filter (regexp_full_match({cell}, '{pattern}'))" for pattern in SHAPES.values()),
        f"count(try_strptime({cell}, {list(_DAY_FIRST)}))",
        f"count(try_strptime({cell}, {list(_MONTH_FIRST)}))",
        f"count(*) filter ({_json_type(cell)} = 'ARRAY')",
    ]
    found = [int(value) for value in con.execute(f"select {', '.join(counts)} from {_SAMPLE}").fetchone() or ()]
    filled, distinct, *rest = found
    reads = dict(zip(_TYPES, rest[: len(_TYPES)], strict=True))
    shapes = dict(zip(SHAPES, rest[len(_TYPES) : len(_TYPES) + len(SHAPES)], strict=True))
    day_first, month_first, lists = rest[-3:]
    return SampledColumn(
        header, filled, distinct, reads, shapes, day_first, month_first, is_list=bool(filled) and lists == filled
    )


def _json_type(cell: str) -> str:
    # Only CASE keeps json_type from texts that are no JSON, on which it raises.
    return f"case when json_valid({cell}) then json_type({cell}) end"


def _reading(cell: str, kind: str) -> str:
    type_name = _TYPES[kind]
    column = Column(
        name="x",
        type=type_name,
        label_en="",
        label_zh="",
        description_en="",
        description_zh="",
        unit="fraction" if kind == "FRACTION" else None,
    )
    # Whether places would have to be rounded is asked later; here it only counts whether it is a number.
    source = ColumnSource.model_validate(
        {"from": "x", "zone": "UTC", "round": "half_up" if type_name.startswith("DECIMAL") else None}
    )
    return typed_column(cell, column, source, zone="UTC").value
