"""SQL that turns delivered text into a typed value, and the reason code where it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.contract import Column
from ingestion.mapping import ColumnSource
from warehouse.sql_text import quote_literal

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d")
INSTANT_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M")
TRUE_WORDS = ("true", "1", "yes", "y", "t", "是")
FALSE_WORDS = ("false", "0", "no", "n", "f", "否")

_INTEGER = r"[+-]?\d{1,18}"
_NUMBER = r"[+-]?\d{1,18}(\.\d+)?"
# Amounts in other units are multiplied before they are stored in the currency's main unit.
_UNIT_FACTOR = {"yuan": "1", "fen": "0.01", "wan_yuan": "10000", "million": "1000000"}


@dataclass(frozen=True)
class TypedColumn:
    """SQL of one contract column. ``reason`` is the code written to quarantine where ``is_bad`` holds."""

    value: str
    is_bad: str | None = None
    reason: str | None = None
    is_rounded: str | None = None


def _word_list(words: tuple[str, ...]) -> str:
    return ", ".join(quote_literal(word) for word in words)


def mapped_text(text: str, source: ColumnSource) -> str:
    """The delivered text after the mapping's value map and default."""
    if source.values:
        cases = " ".join(f"when {quote_literal(k)} then {quote_literal(v)}" for k, v in source.values.items())
        text = f"case {text} {cases} else {text} end"
    if source.default is not None:
        text = f"coalesce({text}, {quote_literal(source.default)})"
    return text


def _formats(formats: tuple[str, ...]) -> str:
    return f"[{_word_list(formats)}]"


def typed_column(text: str, column: Column, source: ColumnSource) -> TypedColumn:
    """Type ``text``, an SQL expression, as the contract asks; text that does not fit is bad, not NULL."""
    text = f"({mapped_text(text, source)})"
    if column.type == "VARCHAR":
        if source.values_only and source.values:
            allowed = _word_list(tuple(dict.fromkeys(source.values.values())))
            return TypedColumn(text, f"{text} not in ({allowed})", "unknown_value")
        return TypedColumn(text)
    if column.type in ("INTEGER", "BIGINT"):
        value = f"case when regexp_full_match({text}, '{_INTEGER}') then try_cast({text} as {column.type}) end"
        return TypedColumn(value, f"{text} is not null and {value} is null", "not_a_whole_number")
    if column.type == "BOOLEAN":
        value = (
            f"case when lower({text}) in ({_word_list(TRUE_WORDS)}) then true "
            f"when lower({text}) in ({_word_list(FALSE_WORDS)}) then false end"
        )
        return TypedColumn(value, f"{text} is not null and {value} is null", "not_yes_or_no")
    if column.type == "DATE":
        value = f"cast(try_strptime({text}, {_formats(source.formats or DATE_FORMATS)}) as date)"
        return TypedColumn(value, f"{text} is not null and {value} is null", "not_a_date")
    if column.type == "TIMESTAMPTZ":
        if "iso_offset" in source.formats:
            # Without the offset DuckDB would take the session's zone in silence.
            value = rf"case when regexp_matches({text}, '(Z|[+-]\d\d:?\d\d)$') then try_cast({text} as timestamptz) end"
        else:
            local = f"try_strptime({text}, {_formats(source.formats or INSTANT_FORMATS)})"
            value = f"timezone({quote_literal(source.zone or 'UTC')}, {local})"
        return TypedColumn(value, f"{text} is not null and {value} is null", "not_an_instant")
    return _typed_decimal(text, column, source)


def _typed_decimal(text: str, column: Column, source: ColumnSource) -> TypedColumn:
    scale = column.scale or 0
    # 15 digits after the point hold every double that a tool may have written; 21 before it hold the largest sum.
    exact = f"(try_cast(case when regexp_full_match({text}, '{_NUMBER}') then {text} end as decimal(36,15)))"
    if source.unit != "yuan":
        exact = f"(try_cast({exact} * {_UNIT_FACTOR[source.unit]} as decimal(36,15)))"
    value = f"try_cast(round({exact}, {scale}) as {column.type})"
    is_rounded = f"round({exact}, {scale}) <> {exact}"
    is_bad = f"{text} is not null and {value} is null"
    if source.round is None:
        # A number is rounded only where the mapping says so: 1.005 is a question for the sender, not 1.01.
        return TypedColumn(value, f"({is_bad}) or coalesce({is_rounded}, false)", "not_an_exact_number")
    return TypedColumn(value, is_bad, "not_a_number", is_rounded)
