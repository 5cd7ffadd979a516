"""JSON and JSON lines as rows: dotted paths as headers, lists taken apart on demand."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from ingestion.files.cells import clean_cell, select_cleaned
from ingestion.headers import normalise_header
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal

_DOCUMENTS = "delivered_documents"
_MAX_LINE_BYTES = 64 * 1024**2
#: A double holds every fen of an amount below this.
_EXACT_BELOW = "1e13"


def json_path(dotted: str) -> str:
    """The JSON path of a dotted header; every name is quoted, so none becomes an operator."""
    return "$" + "".join(f'."{part}"' for part in dotted.replace('"', "").split("."))


def whole_name(name: str) -> str:
    """A JSON pointer to one name at the top, taken as it is: dots, stars and nothing at all are part of it."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def create_json_view(
    con: duckdb.DuckDBPyConnection,
    view: str,
    path: Path,
    *,
    name: str,
    records: str | None,
    wanted: frozenset[str],
    null_values: tuple[str, ...],
) -> tuple[str, ...]:
    """A view with a column for every wanted path that occurs and every other name at the top; returns the headers.

    Raises:
        DeliveryError: the document as a whole is no JSON, or has no records at ``records``.
    """
    con.execute(f"drop table if exists temp.{_DOCUMENTS}")
    if records is None and _is_lines(path):
        _store_lines(con, path)
    else:
        _store_document(con, path, name=name, records=records)
    tops = [
        str(row[0])
        for row in con.execute(
            f"select distinct unnest(json_keys(doc)) as name from {_DOCUMENTS} "
            "where json_type(doc) = 'OBJECT' order by name"
        ).fetchall()
    ]
    whole = set(tops)
    # A name with a dot in it is that name before it is a path.
    paths = sorted(header for header in wanted if "[]" not in header and header not in whole)
    present = [*_present(con, _DOCUMENTS, "doc", paths), *sorted(wanted & whole)]
    known = {normalise_header(header) for header in present}
    # A name whose parts are mapped is used through them.
    parents = {normalise_header(header.split(".")[0]) for header in present}
    headers = (*present, *(top for top in tops if normalise_header(top) not in known | parents))
    if not headers:
        raise DeliveryError("no_header", f"{name} holds no JSON records with names. Ask for the file again.")
    extracted = [
        f"{_text_of('doc', whole_name(header) if header in whole else json_path(header))} as c{place}"
        for place, header in enumerate(headers)
    ]
    cells = [f"c{place}" for place in range(len(headers))]
    source = (
        f"(select _row_no, case when doc is null then 'not_json' end as _set_aside, {', '.join(extracted)} "
        f"from {_DOCUMENTS})"
    )
    cleaned = select_cleaned(cells, source, carried=["_row_no", "_set_aside"], null_values=null_values)
    con.execute(f"create or replace temp view {quote_identifier(view)} as {cleaned}")
    return headers


def _is_lines(path: Path) -> bool:
    """True where the first line is a whole JSON value and more lines follow."""
    with path.open("r", encoding="utf-8-sig", errors="replace") as file:
        first = ""
        while not first.strip():
            line = file.readline()
            if not line:
                return False
            first = line
        has_more = any(line.strip() for line in iter(file.readline, ""))
    try:
        value = json.loads(first)
    except json.JSONDecodeError:
        # A first line that is torn in an otherwise sound file of lines ends like one.
        return has_more and first.lstrip().startswith("{") and first.rstrip().endswith("}")
    return isinstance(value, dict) and (has_more or path.suffix.lower() in (".jsonl", ".ndjson"))


def _store_lines(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    # JSON allows no control characters, so that \x01 delimits nothing and every line is one cell.
    con.execute(
        f"""create temp table {_DOCUMENTS} as
        select row_number() over () as _row_no, case when json_valid(line) then cast(line as json) end as doc
        from read_csv({quote_literal(str(path))}, auto_detect = false, header = false, delim = '\x01', quote = '',
            escape = '', max_line_size = {_MAX_LINE_BYTES}, buffer_size = {_MAX_LINE_BYTES * 2},
            columns = {{'line': 'varchar'}})
        where trim(line) <> ''"""
    )


def _store_document(con: duckdb.DuckDBPyConnection, path: Path, *, name: str, records: str | None) -> None:
    text = path.read_text(encoding="utf-8-sig")
    row = con.execute("select json_valid($1)", [text]).fetchone()
    if not row or not row[0]:
        raise DeliveryError("not_json", f"{name} is no whole JSON document. Ask for the file again.")
    at = json_path(records) if records else "$"
    con.execute(
        f"""create temp table {_DOCUMENTS} as
        select row_number() over () as _row_no, doc from (
            select unnest(case when json_type(found) = 'ARRAY' then json_extract(found, '$[*]')
                when found is null then cast([] as json[]) else [found] end) as doc
            from (select json_extract(cast($1 as json), {quote_literal(at)}) as found)
        )""",
        [text],
    )


def _present(con: duckdb.DuckDBPyConnection, table: str, column: str, paths: list[str]) -> list[str]:
    """Those of the paths that occur in at least one row, also with a null."""
    if not paths:
        return []
    tests = ", ".join(f"bool_or(json_exists({column}, {quote_literal(json_path(path))}))" for path in paths)
    row = con.execute(f"select {tests} from {table}").fetchone() or ()
    return [path for path, is_there in zip(paths, row, strict=True) if is_there]


def _text_of(document: str, path: str) -> str:
    """SQL for the text at a path. Long fractions have been through a double: with an exponent they are not passed off
    as exact.
    """
    text = f"json_extract_string({document}, {quote_literal(path)})"
    return (
        f"case when json_type({document}, {quote_literal(path)}) = 'DOUBLE' "
        f"and abs(try_cast({text} as double)) >= {_EXACT_BELOW} then {text} || 'e0' else {text} end"
    )


def count_no_lists(con: duckdb.DuckDBPyConnection, relation: str, column: str) -> int:
    """Records whose cell is neither blank nor a list, an object or a null."""
    row = con.execute(
        f"""select count(*) from {relation} where _set_aside is null and {column} is not null and
            case when json_valid({column}) then json_type({column}) not in ('ARRAY', 'OBJECT', 'NULL') else true end"""
    ).fetchone()
    return int(row[0]) if row else 0


def explode_list(
    con: duckdb.DuckDBPyConnection,
    table: str,
    relation: str,
    headers: tuple[str, ...],
    column: str,
    each: str,
    *,
    wanted: frozenset[str],
) -> tuple[str, ...]:
    """A temporary table with one row per list element; returns its headers: the record's, then ``<each>[].<field>``.

    A list may stand as JSON in a string, also in a CSV; an object counts as a list of one.
    """
    prefix = normalise_header(each) + "[]."
    fields = sorted(h for h in wanted if normalise_header(h).startswith(prefix))
    names = {header: header[header.index("[].") + 3 :] for header in fields}
    elements = f"{table}_elements"
    con.execute(f"drop table if exists temp.{table}; drop table if exists temp.{elements}")
    con.execute(
        f"""create temp table {elements} as
        select row_number() over (order by _parent_no, place) as _row_no, * from (
            select * exclude (elements), unnest(elements) as element, unnest(range(1, len(elements) + 1)) as place
            from (
                select _row_no as _parent_no, * exclude (_row_no, _set_aside),
                    case when not coalesce(json_valid({column}), false) then cast([] as json[])
                        when json_type({column}) = 'ARRAY' then json_extract({column}, '$[*]')
                        when json_type({column}) = 'OBJECT' then [cast({column} as json)]
                        else cast([] as json[]) end as elements
                from {relation} where _set_aside is null
            )
        )"""
    )
    deep = [header for header in fields if names[header] not in ("#", "")]
    there = set(_present(con, elements, "element", [names[header] for header in deep]))
    shown = [header for header in fields if names[header] in ("#", "") or names[header] in there]
    cells = []
    for place, header in enumerate(shown, start=len(headers)):
        field = names[header]
        if field == "#":
            value = "cast(place as varchar)"
        elif field == "":
            value = clean_cell("json_extract_string(element, '$')")
        else:
            value = clean_cell(_text_of("element", json_path(field)))
        cells.append(f"{value} as c{place}")
    kept = "".join(f", c{place}" for place in range(len(headers)))
    con.execute(
        f"""create temp table {table} as
        select _row_no, cast(null as varchar) as _set_aside{kept}{"".join(f", {cell}" for cell in cells)}
        from {elements} order by _row_no"""
    )
    con.execute(f"drop table temp.{elements}")
    return (*headers, *shown)
