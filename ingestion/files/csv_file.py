"""Delimited text as a view: streamed by DuckDB where the file is sound, rewritten record by record where it is not."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from ingestion.files.cells import select_cleaned
from ingestion.files.csv_dialect import MAX_FIELD_CHARACTERS, Dialect
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal

#: Longest line that is read: a lost quote runs into it. DuckDB's own limit, kept visible here.
MAX_LINE_BYTES = 2_097_152
# A whole cell of these words, with at most a colon and a count behind, heads a line of totals.
SUMMARY = (
    r"(?i)(合\s*计|总\s*计|小\s*计|汇\s*总|本页合计|sub-?totals?|grand totals?|totals?)\s*[:：]?\s*"
    r"([\d,.]+\s*(条|行|笔|rows?|records?)?)?"
)


def create_csv_view(
    con: duckdb.DuckDBPyConnection, view: str, path: Path, dialect: Dialect, *, null_values: tuple[str, ...]
) -> str | None:
    """A view over the rows below the header. Scanning it raises duckdb.Error where the file is not sound.

    Returns a second view that cleans nothing and sets nothing aside, which is the same and costs half for a file of
    which a scan of ``<view>_every_line`` has shown that no line has ``_needs_work`` or ``_set_aside``; None where every
    cell must be looked at. A line of blanks is no row, and it needs work: only there it is still to be seen.
    """
    source = (
        f"read_csv({quote_literal(str(path))}, auto_detect = false, header = false, skip = {dialect.lines_above}, "
        f"delim = {quote_literal(dialect.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"null_padding = false, ignore_errors = false, max_line_size = {MAX_LINE_BYTES}, "
        f"columns = {{{_columns(dialect, [])}}})"
    )
    _create_view(con, view, source, dialect, null_values=null_values, aside="cast(null as varchar)")
    if null_values:
        return None
    cells = ", ".join(f"c{position}" for position in range(len(dialect.header)))
    con.execute(
        f"""create or replace temp view {quote_identifier(f"{view}_untouched")} as
        select row_number() over () as _row_no, cast(null as varchar) as _set_aside, {cells}
        from {source} where coalesce({cells}) is not null"""
    )
    return f"{view}_untouched"


def create_rewritten_view(
    con: duckdb.DuckDBPyConnection,
    view: str,
    path: Path,
    dialect: Dialect,
    scratch: Path,
    *,
    name: str,
    null_values: tuple[str, ...],
) -> str | None:
    """The same after rewriting the file; records of another width are kept, marked ``wrong_width``. Returns a note."""
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / "rewritten.csv"
    torn = _rewrite(path, target, dialect, name=name)
    # The first column says why a record is no row. A NULL is written as nothing, an empty cell too: both are blank.
    source = (
        f"read_csv({quote_literal(str(target))}, auto_detect = false, header = false, delim = ',', quote = '\"', "
        f"escape = '\"', strict_mode = true, max_line_size = {MAX_LINE_BYTES * 4}, "
        f"columns = {{{_columns(dialect, ['aside'])}}})"
    )
    _create_view(con, view, source, dialect, null_values=null_values, aside="aside")
    return f"{torn} records have another number of cells than the header" if torn else None


def _columns(dialect: Dialect, before: list[str]) -> str:
    # Columns are declared by position because the header has been read and is mapped by name: left to itself DuckDB
    # would guess types, skip odd lines and put reordered columns into the wrong place.
    names = before + [f"c{position}" for position in range(len(dialect.header))]
    return ", ".join(f"'{column}': 'varchar'" for column in names)


def _create_view(
    con: duckdb.DuckDBPyConnection,
    view: str,
    source: str,
    dialect: Dialect,
    *,
    null_values: tuple[str, ...],
    aside: str,
) -> None:
    cells = [f"c{position}" for position in range(len(dialect.header))]
    cleaned = select_cleaned(
        cells,
        f"(select {aside} as aside, {', '.join(cells)} from {source})",
        carried=["aside"],
        null_values=null_values,
    )
    every = f"{view}_every_line"
    con.execute(
        f"""create or replace temp view {quote_identifier(every)} as
        select {set_aside(dialect.header, aside)} as _set_aside, {", ".join(cells)}, _needs_work,
            coalesce(aside, {", ".join(cells)}) is not null as _is_row
        from ({cleaned})"""
    )
    con.execute(
        f"""create or replace temp view {quote_identifier(view)} as
        select row_number() over () as _row_no, _set_aside, {", ".join(cells)}
        from {quote_identifier(every)} where _is_row"""
    )


def set_aside(header: tuple[str, ...], aside: str) -> str:
    """SQL for the reason why a record is no row of data: torn, a repeated header, a line of totals; else NULL."""
    named = [(f"c{place}", text) for place, text in enumerate(header) if text]
    first_cell, first_text = named[0]
    others = " and ".join(f"{cell} = {quote_literal(text)}" for cell, text in named[1:]) or "true"
    filled = f"coalesce({', '.join(f'c{place}' for place in range(len(header)))})"
    known = "" if aside.startswith("cast(null") else "when aside is not null then aside "
    # The inner CASE runs only for rows whose first cell is the first header.
    repeated = f"when {first_cell} = {quote_literal(first_text)} then case when {others} then 'repeated_header' end "
    return f"case {known}{repeated}when regexp_full_match({filled}, {quote_literal(SUMMARY)}) then 'summary_row' end"


def _rewrite(path: Path, target: Path, dialect: Dialect, *, name: str) -> int:
    """Copy all records below the header, each with the reason why it is no row before it; returns how many are not.

    Raises:
        DeliveryError: a quote is never closed or stands where none may be, so that records cannot be told apart.
    """
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    width, torn = len(dialect.header), 0
    with (
        path.open("r", encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        reader = csv.reader(source, delimiter=dialect.delimiter, strict=True)
        writer = csv.writer(file, lineterminator="\n")
        try:
            for record, cells in enumerate(reader, start=1):
                if record <= dialect.header_record or not any(cells):
                    continue
                # One kind of line break inside of cells, or DuckDB takes the other kind for the end of lines.
                cells = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
                if len(cells) == width:
                    writer.writerow(["", *cells])
                elif not any(cells[width:]) and len(cells) > width:
                    # Nothing but delimiters beyond the last header.
                    writer.writerow(["", *cells[:width]])
                elif len(cells) < width and _is_summary(cells):
                    writer.writerow(["", *cells, *[""] * (width - len(cells))])
                else:
                    torn += 1
                    writer.writerow(["wrong_width", *[""] * width])
        except csv.Error as error:
            lost = "unexpected end" in str(error) or "field larger" in str(error)
            raise DeliveryError(
                "unclosed_quote" if lost else "unreadable",
                f"{name}: a quotation mark {'is never closed' if lost else 'stands where none may be'} "
                f"(line {reader.line_num}), so its rows cannot be told apart. Ask for the file again.",
            ) from error
    return torn


def _is_summary(cells: list[str]) -> bool:
    import re

    first = next((cell.strip() for cell in cells if cell.strip()), "")
    return re.fullmatch(SUMMARY, first) is not None
