"""Reading a delivered file into a temporary table of text: one column per header, numbered rows, nothing typed yet."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import duckdb

from ingestion.mapping import FileFormat
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal

TABLE = "delivered"
# Longest line that is read; DuckDB's default of 2 MB is kept visible here because a lost quote runs into it.
MAX_LINE_BYTES = 2_097_152


@dataclass(frozen=True)
class DeliveredTable:
    """The temporary table ``delivered(_row_no, c0, c1, ...)``; ``headers[i]`` is the header of ``c<i>``."""

    headers: tuple[str, ...]
    rows: int

    def expression(self, header: str) -> str:
        """SQL that reads the delivered column of that header. KeyError where there is none."""
        try:
            return f"c{self.headers.index(header)}"
        except ValueError:
            raise KeyError(header) from None


def read_delivered(con: duckdb.DuckDBPyConnection, path: Path, *, name: str, file: FileFormat) -> DeliveredTable:
    """Read the whole file as text; blank cells and the mapping's null values become NULL.

    Raises:
        DeliveryError: the file is empty, cannot be decoded, or its rows do not have the columns of its header.
    """
    if path.stat().st_size == 0:
        raise DeliveryError("empty_file", f"{name} is empty (0 bytes). Ask for the file again.")
    con.execute(f"drop table if exists {TABLE}")
    try:
        headers = (
            _read_parquet(con, path, file) if file.format == "parquet" else _read_csv(con, path, name=name, file=file)
        )
    except duckdb.Error as error:
        if not _is_about_the_file(error, file):
            raise
        raise DeliveryError(
            "unreadable",
            f"{name} cannot be read as {file.format}: {_first_line(error)} Ask for the file again.",
        ) from error
    row = con.execute(f"select count(*) from {TABLE}").fetchone()
    rows = int(row[0]) if row else 0
    if rows == 0 and not file.empty_ok:
        raise DeliveryError(
            "no_rows",
            f"{name} has a header but no rows. Ask for the file again; where an empty delivery is normal, "
            "set file.empty_ok in its mapping.",
        )
    return DeliveredTable(headers, rows)


def _is_about_the_file(error: duckdb.Error, file: FileFormat) -> bool:
    """Our own SQL, a full disk and lack of memory fail the run; only what the bytes are to blame for refuses a file."""
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
        return False
    if file.format == "parquet":
        # A damaged Parquet file raises whatever its broken lengths lead to, plain duckdb.Error among it.
        return not isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException)
    return isinstance(error, duckdb.InvalidInputException | duckdb.IOException | duckdb.ConversionException)


def _first_line(error: Exception) -> str:
    # The rest of DuckDB's message quotes the line itself, which may hold personal data.
    return str(error).splitlines()[0].rstrip(".") + "."


def _null_if(expression: str, file: FileFormat) -> str:
    blank = f"nullif(trim({expression}, ' \t\u3000\u00a0'), '')"
    if not file.null_values:
        return blank
    values = ", ".join(quote_literal(value) for value in file.null_values)
    return f"case when trim({expression}) in ({values}) then null else {blank} end"


def _read_parquet(con: duckdb.DuckDBPyConnection, path: Path, file: FileFormat) -> tuple[str, ...]:
    # The landing folder dt=... must not turn into a column.
    source = f"read_parquet({quote_literal(str(path))}, hive_partitioning = false)"
    described = con.execute(f"describe select * from {source}").fetchall()
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
        selected.append(f"{_null_if(text, file)} as c{position}")
    con.execute(
        f"create temp table {TABLE} as select row_number() over () as _row_no, {', '.join(selected)} from {source}"
    )
    return tuple(str(row[0]) for row in described)


def _read_csv(con: duckdb.DuckDBPyConnection, path: Path, *, name: str, file: FileFormat) -> tuple[str, ...]:
    with _as_utf8(path, name=name, encoding=file.encoding) as readable:
        headers = _read_header(readable, name=name, delimiter=file.delimiter)
        # Columns are declared by position because the header has been read above and is mapped by name: left to
        # itself DuckDB would guess types, skip odd lines and put reordered columns into the wrong place.
        columns = ", ".join(f"'c{i}': 'varchar'" for i in range(len(headers)))
        selected = ", ".join(f"{_null_if(f'c{i}', file)} as c{i}" for i in range(len(headers)))
        con.execute(
            f"""create temp table {TABLE} as
            select row_number() over () as _row_no, {selected}
            from read_csv({quote_literal(str(readable))}, auto_detect = false, header = false, skip = 1,
                delim = {quote_literal(file.delimiter)}, quote = '"', escape = '"', strict_mode = true,
                null_padding = false, ignore_errors = false, max_line_size = {MAX_LINE_BYTES},
                columns = {{{columns}}})"""
        )
        return headers


def _open_binary(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _read_header(path: Path, *, name: str, delimiter: str) -> tuple[str, ...]:
    try:
        with path.open("rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            header = next(csv.reader(text, delimiter=delimiter), None)
    except UnicodeDecodeError as error:
        raise DeliveryError(
            "wrong_encoding",
            f"{name} is not UTF-8 text. Ask for UTF-8, or name its encoding under file.encoding in the mapping.",
        ) from error
    except csv.Error as error:
        raise DeliveryError("unreadable", f"{name} cannot be read: {error}. Ask for the file again.") from error
    headers = tuple(cell.strip() for cell in header or ())
    if not any(headers):
        raise DeliveryError("no_header", f"{name} has no header in its first line. Ask for the file again.")
    # Headers are named by place: in a file without a header line the "headers" are somebody's data.
    doubled = [str(place) for place, header in enumerate(headers, 1) if headers.count(header) > 1]
    if doubled:
        raise DeliveryError(
            "doubled_header",
            f"{name}: the columns {', '.join(doubled)} have the same header, or none. Ask for a corrected file.",
        )
    return headers


@contextmanager
def _as_utf8(path: Path, *, name: str, encoding: str) -> Iterator[Path]:
    """The file itself, or an unpacked and recoded temporary copy.

    DuckDB's core reads no GB18030, and takes a compressed file that breaks off for a shorter one, without a word.
    """
    if encoding == "utf-8" and path.suffix != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.csv"
        decoder = codecs.getincrementaldecoder(encoding)("strict") if encoding != "utf-8" else None
        try:
            with _open_binary(path) as source, plain.open("wb") as target:
                while block := source.read(1 << 20):
                    target.write(decoder.decode(block).encode("utf-8") if decoder else block)
                if decoder:
                    target.write(decoder.decode(b"", final=True).encode("utf-8"))
        except UnicodeDecodeError as error:
            raise DeliveryError(
                "wrong_encoding", f"{name} is not {encoding} text (byte {error.start}). Ask for the file again."
            ) from error
        except (OSError, EOFError, zlib.error) as error:
            raise DeliveryError("unreadable", f"{name} cannot be read: {error}. Ask for the file again.") from error
        yield plain
