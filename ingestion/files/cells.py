"""Cleaning one cell in SQL: what every spreadsheet and export tool wraps around a value."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.sql_text import quote_literal

#: What stands around a value without belonging to it.
_BLANKS = " \t\r\n\u3000\u00a0"
# A leading apostrophe is Excel's mark for text; 't Hooft keeps his.
_MARKED_TEXT = "^''[0-9+-][0-9 +-]*$"


# In a row joined by unit separators, with one at either end: a cell that begins with white space, a control character,
# an equals sign or an apostrophe, or that is empty. A NULL joins as nothing and needs no work.
_BEGINS_OR_EMPTY = "\x1f[\\x00-\\x20\u3000\u00a0='\x1f]"


def select_cleaned(
    cells: Sequence[str], source: str, *, carried: Sequence[str] = (), null_values: Sequence[str]
) -> str:
    """A select of the carried columns, the cleaned cells of a relation under their names, and ``_needs_work``.

    Looks over the joined row tell whether any of its cells needs work; a test of each cell costs twice as much, and so
    does one pattern for beginnings and ends: it cannot leap from separator to separator.
    """
    cleaned = [f"case when _needs_work then {clean_cell(cell)} else {cell} end" for cell in cells]
    if null_values:
        listed = ", ".join(quote_literal(value) for value in null_values)
        cleaned = [f"case when trim({cell}, {quote_literal(_BLANKS)}) in ({listed}) then null else {text} end"
                   for cell, text in zip(cells, cleaned, strict=True)]  # fmt: skip
    selected = [*carried, *(f"{text} as {cell}" for cell, text in zip(cells, cleaned, strict=True))]
    joined = f"concat_ws('\x1f', '', {', '.join(cells)}, '')"
    ends = " or ".join(f"contains(_joined, {quote_literal(blank + chr(0x1F))})" for blank in _BLANKS)
    needs_work = f"regexp_matches(_joined, {quote_literal(_BEGINS_OR_EMPTY)}) or {ends}"
    return (
        f"select {', '.join(selected)}, _needs_work from "
        f"(select *, {needs_work} as _needs_work from (select *, {joined} as _joined from {source}))"
    )


def clean_cell(cell: str) -> str:
    """SQL for the cell without outer blanks, ``="..."`` and Excel's apostrophe; a blank cell becomes NULL."""
    trimmed = f"trim({cell}, {quote_literal(_BLANKS)})"
    return (
        f"case when {trimmed} like '=\"%\"' then nullif(trim(substr({trimmed}, 3, length({trimmed}) - 3)), '') "
        f"when regexp_matches({trimmed}, '{_MARKED_TEXT}') then substr({trimmed}, 2) "
        f"else nullif({trimmed}, '') end"
    )
