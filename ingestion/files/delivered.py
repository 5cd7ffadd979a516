"""A delivered file as numbered rows of text cells, whatever its format, packing and encoding."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from ingestion.files.csv_dialect import find_dialect, name_columns
from ingestion.files.csv_file import create_csv_view, create_rewritten_view
from ingestion.files.encoding import as_utf8, wrong_encoding
from ingestion.files.json_file import count_no_lists, create_json_view, explode_list
from ingestion.files.packing import unpack
from ingestion.files.parquet_file import create_parquet_view
from ingestion.files.spreadsheet import sheet_to_csv
from ingestion.headers import normalise_header
from ingestion.mapping import FileFormat
from ingestion.values.personal import redact_text
from warehouse.errors import DeliveryError

TABLE = "delivered"
EACH_TABLE = "delivered_each"
_SCRATCH_PREFIX = ".reading-"


@dataclass(frozen=True)
class Delivered:
    """The relation ``(_row_no, _set_aside, c0, c1, ...)``; ``headers[i]`` is the header of ``c<i>``, shown as it came.

    ``_row_no`` counts the records below the header from 1, blank ones left out. ``_set_aside`` is the reason why a
    record is no row of data, NULL for all others. ``doubled`` holds normalised headers that occur more than once.
    """

    relation: str
    headers: tuple[str, ...]
    doubled: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    #: The same rows without cleaning, for a file that turns out to need none (see ``create_csv_view``).
    untouched: str | None = None

    def find(self, header: str) -> str | None:
        """The SQL column of that header, compared after normalising; None where there is none."""
        key = normalise_header(header)
        return next((f"c{place}" for place, shown in enumerate(self.headers) if normalise_header(shown) == key), None)

    def is_doubled(self, header: str) -> bool:
        """True where more than one column has that header."""
        return normalise_header(header) in self.doubled

    def stored_in(self, table: str) -> Delivered:
        """The same rows in another table."""
        return replace(self, relation=table, untouched=None)


def remove_stale_copies(folder: Path) -> None:
    """Remove the copies that a reader left behind in ``folder`` when it was killed."""
    for stale in folder.glob(f"{_SCRATCH_PREFIX}*"):
        shutil.rmtree(stale, ignore_errors=True)


@contextmanager
def open_delivered(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    name: str,
    file: FileFormat,
    wanted: frozenset[str],
    rescue: bool = False,
    scratch_in: Path | None = None,
) -> Iterator[Delivered]:
    """The rows of a file, as a view that streams where the format allows it; valid inside the ``with`` only.

    ``wanted`` are the headers that the caller will ask for: by them the header line, the delimiter and the sheet are
    found. A text whose scan raises (see ``is_about_the_file``) is opened again with ``rescue``: slower, and then
    records of a wrong width are set aside instead of spoiling the file. Temporary copies are clear text: they lie
    in ``scratch_in`` (by default the system's temporary folder) and are gone afterwards.

    Raises:
        DeliveryError: the file as a whole cannot be read.
    """
    if path.stat().st_size == 0:
        raise DeliveryError("empty_file", f"{name} is empty (0 bytes). Ask for the file again.")
    if scratch_in is not None:
        remove_stale_copies(scratch_in)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH_PREFIX, dir=scratch_in) as folder:
        try:
            delivered = _open(con, path, Path(folder), name=name, file=file, wanted=wanted, rescue=rescue)
        except UnicodeDecodeError as error:
            # Only a sample was looked at, or the mapping declares UTF-8.
            raise wrong_encoding(name, "UTF-8", error.start) from error
        yield delivered


def _open(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    scratch: Path,
    *,
    name: str,
    file: FileFormat,
    wanted: frozenset[str],
    rescue: bool,
) -> Delivered:
    plain, unpacked = unpack(path, scratch / "packed", name=name, is_container=file.format == "xlsx")
    if plain.stat().st_size == 0:
        raise DeliveryError("empty_file", f"{name} holds an empty file (0 bytes). Ask for the file again.")
    notes = [unpacked]
    if file.format == "parquet":
        headers = create_parquet_view(con, TABLE, plain, name=name, null_values=file.null_values)
        shown, doubled = name_columns(headers)
        return Delivered(TABLE, _without_people(shown), doubled, _said(notes))
    delimiter = file.delimiter
    if file.format == "xlsx":
        plain, sheet = sheet_to_csv(plain, scratch / "sheet", name=name, sheet=file.sheet, wanted=wanted)
        notes.append(sheet)
        delimiter = ","
    else:
        plain, recoded = as_utf8(plain, scratch / "text", name=name, declared=file.encoding, thorough=rescue)
        notes.append(recoded)
    if file.format == "json":
        if rescue:
            plain = _with_equal_line_ends(plain, scratch / "lines")
        headers = create_json_view(
            con, TABLE, plain, name=name, records=file.records, wanted=wanted, null_values=file.null_values
        )
        return Delivered(TABLE, _without_people(headers), frozenset(), _said(notes))
    dialect = find_dialect(plain, name=name, wanted=wanted, delimiter=delimiter, header_row=file.header_row)
    if dialect.header_record > 1:
        notes.append(f"header in record {dialect.header_record}, what is above it is left out")
    shown, doubled = name_columns(dialect.header)
    untouched = None
    if rescue or not dialect.is_plain:
        rewritten = scratch / "rewritten"
        notes.append(
            create_rewritten_view(con, TABLE, plain, dialect, rewritten, name=name, null_values=file.null_values)
        )
    else:
        untouched = create_csv_view(con, TABLE, plain, dialect, null_values=file.null_values)
    return Delivered(TABLE, _without_people(shown), doubled, _said(notes), untouched)


def _with_equal_line_ends(path: Path, scratch: Path) -> Path:
    """A copy whose lines all end alike; DuckDB reads no file in which they do not."""
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / path.name
    with path.open("r", encoding="utf-8-sig") as source, target.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(source)
    return target


def _without_people(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Headers end up in the ledger and on screens; a file without a header has its first row there."""
    return tuple(redact_text(header) for header in headers)


def _said(notes: list[str | None]) -> tuple[str, ...]:
    return tuple(note for note in notes if note)


def explode(
    con: duckdb.DuckDBPyConnection, delivered: Delivered, each: str, *, name: str, wanted: frozenset[str]
) -> Delivered:
    """One row per element of the list in the column ``each``, beside the columns of its record.

    Raises:
        DeliveryError: the file has no such column, or it holds something else than lists.
    """
    column = delivered.find(each)
    if column is None:
        raise DeliveryError(
            "missing_list_column", f"{name} has no column {each}, whose list the mapping takes apart. Ask for it."
        )
    broken = count_no_lists(con, delivered.relation, column)
    if broken:
        # Nobody can say how many rows are lost in a list that cannot be read.
        raise DeliveryError(
            "not_a_list",
            f"{name}: {broken} records hold something else than a list in {each}. Ask for the file again.",
        )
    headers = explode_list(con, EACH_TABLE, delivered.relation, delivered.headers, column, each, wanted=wanted)
    return Delivered(EACH_TABLE, headers, delivered.doubled, delivered.notes)


def is_about_the_file(error: duckdb.Error, file: FileFormat) -> bool:
    """Our own SQL, a full disk and lack of memory fail the run; only what the bytes are to blame for refuses a file."""
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
        return False
    if file.format == "parquet":
        # A damaged Parquet file raises whatever its broken lengths lead to, plain duckdb.Error among it.
        return not isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException)
    return isinstance(error, duckdb.InvalidInputException | duckdb.IOException | duckdb.ConversionException)
