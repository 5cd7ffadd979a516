"""Numbers as people and tools write them: ``1,234.50``, ``￥598``, ``12.6万元``, ``(30)``, ``２``, ``12.5%``."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.contract import Column
from ingestion.mapping import UNIT_FACTORS, ColumnSource
from ingestion.values.canonical import is_canonical
from ingestion.values.wide import to_half_width
from warehouse.sql_text import quote_literal

#: Wide enough for every sum and for the 15 places of a double; casts to it are slow (8 CPU s a million).
_EXACT = "decimal(38,15)"
#: Places of a fraction that may be rounded off; 15 of them count.
_MOST_PLACES = 40
#: Places of an amount in 万 that the short reading takes.
_PLACES_OF_WAN = 6
_CURRENCY = "¥|\\$|€|£|CNY|RMB|USD|EUR|GBP|人民币"
# Sign or bracket, currency, digits in groups of three or without, fraction, scale, currency, percent.
_DRESSED = (
    f"(?i)(\\()?([+-]?) ?(?:{_CURRENCY})? ?([+-]?)(\\d{{1,3}}(?:,\\d{{3}})+|\\d*)(\\.\\d+)? ?"
    f"(百万|千万|千|万|亿)? ?(元|圆|块)?(?: ?(?:{_CURRENCY}))? ?(%)?(\\))?"
)
_PARTS = "['opening', 'sign', 'inner_sign', 'whole', 'fraction', 'scale', 'main_unit', 'percent', 'closing']"
_SCALES = {"千": "1000", "万": "10000", "百万": "1000000", "千万": "10000000", "亿": "100000000"}
# Excel has lost digits of the one, and the other has more than the exact type holds.
_INEXACT = r"[+-]?\d+(\.\d+)?[eE][+-]?\d+|[+-]?\d*\.\d{16,}"


@dataclass(frozen=True)
class NumberSql:
    """SQL of a number: its value, why it is bad, and whether it was rounded (both over ``{value}`` and ``{text}``)."""

    value: str
    reason: str
    is_rounded: str | None


def number_sql(text: str, column: Column, source: ColumnSource) -> NumberSql:
    """A number of the column's type. A number is rounded only where the mapping says so: 1.005 is a question."""
    scale = column.scale or 0
    digits = _digits_before_point(column)
    # Zeros at the end are no digits, but only behind a point.
    plain = f"[+-]?\\d{{1,{min(digits, 18)}}}" + (f"(\\.\\d{{1,{scale}}}0*)?" if scale else "")
    exact = exact_number(text, column, source)
    rounded = f"round(n, {scale})"
    kept = rounded if source.round else f"case when {rounded} = n then n end"
    # Binding the exact number to a name computes it once; the list is a let.
    slow = f"list_transform([{exact}], lambda n: try_cast({kept} as {column.type}))[1]"
    if source.unit in (None, "yuan"):
        value = (
            f"case when {is_canonical(text, column.type)} then try_cast({text} as {column.type}) "
            f"when regexp_full_match({text}, '{plain}') then try_cast({text} as {column.type}) "
            f"{_everyday_dressings(text, column)} else {slow} end"
        )
    else:
        value = slow
    in_text = exact_number("{text}", column, source)
    reason = (
        f"case when regexp_full_match({{text}}, '{_INEXACT}') then 'not_an_exact_number' "
        f"when {in_text} is null then {quote_literal('not_a_number' if scale else 'not_a_whole_number')} "
        f"when abs({in_text}) >= 1e{digits} then 'too_large' "
        f"else {quote_literal('not_an_exact_number' if scale else 'not_a_whole_number')} end"
    )
    is_rounded = f"{in_text} <> round({in_text}, {scale})" if source.round else None
    return NumberSql(value, reason, is_rounded)


def _everyday_dressings(text: str, column: Column) -> str:
    """Branches of a CASE for ``￥1,234.50``, ``598元`` and ``12.6万元``: a tenth of the cost of the general reading."""
    scale = column.scale or 0
    fraction = f"(\\.\\d{{1,{scale}}}0*)?" if scale else ""
    whole = f"(\\d{{1,3}}(,\\d{{3}}){{1,3}}|\\d{{1,{min(_digits_before_point(column), 12)}}})"
    branches = (
        f"when regexp_full_match({text}, '[¥￥]? ?{whole}{fraction}元?') "
        f"then try_cast(translate({text}, '¥￥,元 ', '') as {column.type})"
    )
    if scale >= _PLACES_OF_WAN - 4:
        # Thirteen digits times ten thousand fit into a machine word, and six places of 万 are two of a yuan.
        branches += (
            f" when regexp_full_match({text}, '\\d{{1,7}}(\\.\\d{{1,{_PLACES_OF_WAN}}})?万元?') then try_cast("
            f"try_cast(rtrim({text}, '万元') as decimal(13,6)) * cast(10000 as decimal(5,0)) as {column.type})"
        )
    return branches


def _digits_before_point(column: Column) -> int:
    if column.type == "INTEGER":
        return 9
    if column.type == "BIGINT":
        return 18
    width = int(column.type.removeprefix("DECIMAL(").split(",")[0])
    return width - (column.scale or 0)


def exact_number(text: str, column: Column, source: ColumnSource) -> str:
    """SQL for the number that the text says, in the contract's unit, with all its places; NULL where it says none.

    A scale or main unit in the text (``12.6万元``) wins over the unit that the mapping names for the column.
    """
    factor = UNIT_FACTORS[source.unit or "yuan"]
    scales = " ".join(f"when '{word}' then {value}" for word, value in _SCALES.items())
    percent_ok = "true" if column.unit == "fraction" else "false"
    written = "p.sign || p.inner_sign || replace(p.whole, ',', '') || p.fraction"
    is_number = (
        "p.whole || p.fraction <> '' and (p.sign = '' or p.inner_sign = '') "
        f"and length(p.fraction) <= {_MOST_PLACES if source.round else 16} "
        "and (p.opening <> '') = (p.closing <> '') and not (p.opening <> '' and p.sign || p.inner_sign <> '') "
        f"and (p.percent = '' or {percent_ok})"
    )
    # 18 digits fit into a machine word: that cast is a hundred times cheaper.
    number = (
        f"case when length(p.whole) <= 9 and length(p.fraction) <= 9 "
        f"then cast(try_cast({written} as decimal(18,8)) as {_EXACT}) else try_cast({written} as {_EXACT}) end"
    )
    multiplier = (
        f"case when p.percent <> '' then 0.01 when p.scale <> '' then case p.scale {scales} end "
        f"when p.main_unit <> '' then 1 else {factor} end"
    )
    signed = f"case when p.opening <> '' then -1 else 1 end * ({number})"
    return (
        f"list_transform([regexp_extract({to_half_width(text)}, '^{_DRESSED}$', {_PARTS})], lambda p: "
        f"case when {is_number} then try(cast(({signed}) * cast({multiplier} as decimal(18,4)) as {_EXACT})) end)[1]"
    )
