"""Cleaning one cell in SQL: what every spreadsheet and export tool wraps around a value."""

from __future__ import annotations

from warehouse.sql_text import quote_literal

_BLANKS = " \t\r\n\u3000\u00a0"
# A leading apostrophe is Excel's mark for text; 't Hooft keeps his.
_MARKED_TEXT = "^''[0-9+-][0-9 +-]*$"


def clean_cell(cell: str, null_values: tuple[str, ...] = ()) -> str:
    """SQL for the cell without outer blanks, ``="..."`` and Excel's apostrophe; blank and null values become NULL.

    The tests of the first branch cost a quarter of a trim over all cells (0.06 against 0.23 CPU s a million), and
    only cells that need it are trimmed: white space, control characters and the apostrophe sort below "(".
    """
    trimmed = f"trim({cell}, {quote_literal(_BLANKS)})"
    unwrapped = (
        f"case when {trimmed} like '=\"%\"' then nullif(trim(substr({trimmed}, 3, length({trimmed}) - 3)), '') "
        f"when regexp_matches({trimmed}, '{_MARKED_TEXT}') then substr({trimmed}, 2) "
        f"else nullif({trimmed}, '') end"
    )
    needs_work = " or ".join(
        [f"{cell} <= '('", f"starts_with({cell}, '=')"]
        + [f"ends_with({cell}, {quote_literal(blank)})" for blank in _BLANKS]
        + [f"starts_with({cell}, {quote_literal(blank)})" for blank in ("\u3000", "\u00a0")]
    )
    cleaned = f"case when {needs_work} then {unwrapped} else {cell} end"
    if not null_values:
        return cleaned
    listed = ", ".join(quote_literal(value) for value in null_values)
    return f"case when {trimmed} in ({listed}) then null else {cleaned} end"
