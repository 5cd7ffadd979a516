"""One contract column in SQL: delivered text to a typed value, and the reason code where it cannot be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.contract import Column
from ingestion.mapping import ColumnSource
from ingestion.values.instants import instant_sql
from ingestion.values.numbers import number_sql
from ingestion.values.personal import mask_expression, redact_expression, token_expression
from warehouse.sql_text import quote_literal

TRUE_WORDS = ("true", "1", "yes", "y", "t", "on", "是", "有", "真", "√")
FALSE_WORDS = ("false", "0", "no", "n", "f", "off", "否", "无", "假", "×")
_BASE64 = "base64"
_UNREAD = "{value} is null and {text} is not null"


@dataclass(frozen=True)
class TypedColumn:
    """SQL of one contract column.

    ``is_bad``, ``reason`` and ``is_rounded`` are written over the names ``{value}`` and ``{text}``, which the caller
    fills with the columns that hold both: so neither is computed twice. ``reason`` is an SQL expression, asked for
    bad rows only.
    """

    value: str
    is_bad: str | None = None
    reason: str | None = None
    is_rounded: str | None = None


def typed_column(
    text: str, column: Column, source: ColumnSource, *, zone: str, names: Sequence[str] = ()
) -> TypedColumn:
    """Type ``text``, an SQL expression that is trimmed and NULL where blank; text that does not fit is bad, not NULL.

    ``names`` are personal values of the same row, which free texts must not repeat.
    """
    text = _mapped_text(text, source)
    if column.type == "VARCHAR":
        return _typed_text(text, column, source, names)
    if column.type == "BOOLEAN":
        value = (
            f"case when lower({text}) in ({_listed(TRUE_WORDS)}) then true "
            f"when lower({text}) in ({_listed(FALSE_WORDS)}) then false end"
        )
        return TypedColumn(value, _after_map(source, _UNREAD), "'not_yes_or_no'")
    if column.type in ("DATE", "TIMESTAMPTZ"):
        instant = instant_sql(text, column, source, zone=zone)
        is_bad = f"({_after_map(source, _UNREAD)}) or {instant.is_implausible}"
        return TypedColumn(instant.value, is_bad, instant.reason)
    number = number_sql(text, column, source)
    return TypedColumn(number.value, _after_map(source, _UNREAD), number.reason, number.is_rounded)


def _typed_text(text: str, column: Column, source: ColumnSource, names: Sequence[str]) -> TypedColumn:
    is_bad = reason = None
    if _BASE64 in source.formats:
        text = plain_text(text, source)
        is_bad, reason = _UNREAD, "'not_base64'"
    if source.values_only and source.values:
        allowed = _listed(tuple(dict.fromkeys(source.values.values())))
        is_bad, reason = f"coalesce({{value}} not in ({allowed}), false)", "'unknown_value'"
    if column.pii == "tokenise":
        text = token_expression(text, normalise=column.normalise)
    elif column.pii == "mask":
        text = mask_expression(text, column.keep_start, column.keep_end)
    elif column.pii == "free_text":
        text = redact_expression(text, names=names)
    elif column.pii == "drop":
        return TypedColumn("cast(null as varchar)")
    return TypedColumn(text, is_bad, reason)


def plain_text(text: str, source: ColumnSource) -> str:
    """The text itself, out of its base64 where the mapping says so: what is none, or no UTF-8 behind it, is NULL."""
    return f"try(decode(from_base64({text})))" if _BASE64 in source.formats else text


def _mapped_text(text: str, source: ColumnSource) -> str:
    """The delivered text after the mapping's value map and default."""
    if source.values:
        cases = " ".join(f"when {quote_literal(k)} then {_map_target(v)}" for k, v in source.values.items())
        text = f"case {text} {cases} else {text} end"
    if source.default is not None:
        text = f"coalesce({text}, {quote_literal(source.default)})"
    return f"({text})" if source.values or source.default is not None else text


def _map_target(value: str) -> str:
    # A value that is mapped to nothing means "not known" in the vendor's tool.
    return quote_literal(value) if value else "null"


def _after_map(source: ColumnSource, unread: str) -> str:
    """A value that the map turns into nothing is not unread."""
    nothing = [key for key, value in (source.values or {}).items() if not value]
    return f"{unread} and {{text}} not in ({_listed(tuple(nothing))})" if nothing else unread


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(quote_literal(word) for word in words)
