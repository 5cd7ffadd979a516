"""Finding the delimiter and the header of a delimited text by the headers that the mapping wants to see."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ingestion.headers import clean_header, normalise_header
from warehouse.errors import DeliveryError

DELIMITERS = (",", "\t", ";", "|", "\x01")
#: Titles, dates and remarks stand above a header, hardly ever more than this many records.
RECORDS_LOOKED_AT = 20
_SAMPLE_CHARACTERS = 1 << 19
#: The share of the header's cells from which on a record above it counts as a row.
_AS_FULL_AS_A_ROW = 0.75
#: A lost quote makes a field of all that follows; nothing that people type is that long.
MAX_FIELD_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """How a delimited text is read: ``lines_above`` counts the physical lines up to and including the header."""

    delimiter: str
    header: tuple[str, ...]
    header_record: int
    lines_above: int
    #: False where physical lines cannot be counted safely: then the file has to be rewritten.
    is_plain: bool


def find_dialect(
    path: Path, *, name: str, wanted: Collection[str], delimiter: str | None, header_row: int | None
) -> Dialect:
    """The dialect under which most of the wanted headers stand in one record; the first record where none does.

    Raises:
        DeliveryError: the file begins with nothing that could be a header, or rows stand above it.
    """
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        sample = file.read(_SAMPLE_CHARACTERS)
    known = {normalise_header(header) for header in wanted}
    best: tuple[tuple[int, int, int], Dialect] | None = None
    above: list[Dialect] = []
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        records = _records(sample, candidate)
        for found in records:
            if header_row is not None and found.header_record != header_row:
                continue
            cells = [normalise_header(cell) for cell in found.header]
            score = (len(known.intersection(cells)), -found.header_record, sum(map(bool, cells)))
            if any(cells) and (best is None or score > best[0]):
                best = (score, found)
                above = records[: found.header_record - 1]
    if best is None:
        raise DeliveryError("no_header", f"{name} has no header in its first lines. Ask for the file again.")
    if header_row is None:
        _refuse_rows_above(best[1], above, name=name)
    return best[1]


def _refuse_rows_above(chosen: Dialect, above: list[Dialect], *, name: str) -> None:
    """Titles and remarks fill a cell or two; a record as full as the header is a row, and would be lost above it."""
    full = max(2, math.ceil(_AS_FULL_AS_A_ROW * sum(map(bool, chosen.header))))
    for record in above:
        if sum(map(bool, record.header)) >= full:
            raise DeliveryError(
                "rows_above_header",
                f"{name} has its header in record {chosen.header_record}, and record {record.header_record} above it "
                "looks like a row. Ask for the file again; where it is none, set file.header_row in the mapping.",
            )


def _records(sample: str, delimiter: str) -> list[Dialect]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    found: list[Dialect] = []
    # Without a line feed the lines end in some other way, which only a rewriting reader counts right.
    is_plain = "\n" in sample or "\r" not in sample
    # DuckDB skips the lines above a header by the ends of the first one: where ends differ, it skips them all.
    ends_differ = 0 < sample.count("\r\n") < sample.count("\n")
    try:
        for record, cells in enumerate(islice(reader, RECORDS_LOOKED_AT), start=1):
            is_plain = is_plain and not any("\n" in cell or "\r" in cell for cell in cells)
            found.append(
                Dialect(
                    delimiter,
                    tuple(clean_header(cell) for cell in cells),
                    record,
                    reader.line_num,
                    is_plain and not (ends_differ and reader.line_num > 1),
                )
            )
    except csv.Error:
        # A quote that is never closed below the header does not hide the header.
        pass
    return found


def name_columns(header: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Unique names to show for all columns, and the normalised headers that stood there more than once."""
    shown: list[str] = []
    seen: set[str] = set()
    doubled: set[str] = set()
    for place, text in enumerate(header, start=1):
        key = normalise_header(text)
        if not key:
            shown.append(f"(column {place})")
            continue
        if key in seen:
            doubled.add(key)
            shown.append(f"{text} (column {place})")
            continue
        seen.add(key)
        shown.append(text)
    return tuple(shown), frozenset(doubled)
