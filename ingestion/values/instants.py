"""Dates and instants: several formats in one column, each value with one reading or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingestion.contract import Column
from ingestion.mapping import ColumnSource
from ingestion.values.canonical import is_canonical
from ingestion.values.wide import to_half_width
from warehouse.sql_text import quote_literal

#: Understood where a mapping or contract names no formats, after separators are made equal (see ``_tidy``).
DEFAULT_FORMATS = (
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)
#: Without separators only at full width: 2024116 has two readings.
COMPACT_FORMATS = ("%Y%m%d", "%Y%m%d %H%M%S", "%Y%m%d%H%M%S")
_COMPACT = r"\d{8}( \d{6})?|\d{14}"
#: Names of formats that strptime does not have.
SPECIAL_FORMATS = ("iso_offset", "excel_serial", "epoch_s", "epoch_ms")
_ISO_DATE = r"\d{4}-\d\d-\d\d"
_ISO_LOCAL = r"\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,6})?)?"
# Dates and minutes as spreadsheets and people write them; all else is read by the general, ten times slower way.
_EVERYDAY = (
    r"\d{4}(/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2}|-\d{1,2}-\d{1,2}|年\d{1,2}月\d{1,2}日)"
    r"( \d{1,2}(:\d{2}(:\d{2})?|[时点]\d{1,2}(分(\d{1,2}秒)?)?))?"
)
_OFFSET = r"\d:\d\d(:\d\d(\.\d+)?)? ?(Z|z|[+-]\d\d:?\d\d|[+-]\d\d)$"


@dataclass(frozen=True)
class InstantSql:
    """SQL of a date or an instant: its value, when it is implausible (over ``{value}``), and why it is bad."""

    value: str
    is_implausible: str
    reason: str


def instant_sql(text: str, column: Column, source: ColumnSource, *, zone: str) -> InstantSql:
    """A DATE or TIMESTAMPTZ. A text without an offset is local time of ``zone``; one with an offset is what it says.

    A date that is delivered with a time of day is its day; with an offset, the day in ``zone``. A local time that a
    clock change skips is read as DuckDB reads it, one hour later.
    """
    formats = source.formats or column.formats
    is_date = column.type == "DATE"
    readings = [_with_offset(text, zone, is_date=is_date)] if not formats or "iso_offset" in formats else []
    local_formats = [f for f in formats or DEFAULT_FORMATS if f not in SPECIAL_FORMATS]
    if local_formats:
        listed = ", ".join(quote_literal(f) for f in local_formats)
        tidied = text if formats else _tidy(text)
        readings.append(_local(f"try_strptime({tidied}, [{listed}])", zone, is_date=is_date))
    if not formats:
        compact = (
            f"case when regexp_full_match({text}, '{_COMPACT}') then try_strptime({text}, {list(COMPACT_FORMATS)}) end"
        )
        readings.append(_local(compact, zone, is_date=is_date))
    if not formats or "excel_serial" in formats:
        readings.append(_local(_excel_serial(text), zone, is_date=is_date))
    for name, pattern, per_second in (("epoch_s", r"\d{9,10}(\.\d+)?", 1_000_000), ("epoch_ms", r"\d{12,13}", 1_000)):
        if name in formats:
            micros = f"cast(round(try_cast({text} as double) * {per_second}) as bigint)"
            instant = (
                f"case when regexp_full_match({text}, '{pattern}') then timezone('UTC', make_timestamp({micros})) end"
            )
            readings.append(_instant(instant, zone, is_date=is_date))
    slow = f"coalesce({', '.join(readings)})" if len(readings) > 1 else readings[0]
    if not formats:
        # Most values are plain ISO: a cheap test spares them the strptime. Those of another length are words such as
        # infinity.
        kind, length, iso = ("date", 10, _ISO_DATE) if is_date else ("timestamp", 19, _ISO_LOCAL)
        fast = _local(f"try_cast({text} as {kind})", zone, is_date=is_date)
        everyday = f"try_strptime({_equal_separators(text)}, ['%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M:%S', '%Y-%m-%d'])"
        slow = (
            f"case when strlen({text}) = {length} and {is_canonical(text, kind)} then {fast} "
            f"when regexp_full_match({text}, '{iso}') then {fast} "
            f"when regexp_full_match({text}, '{_EVERYDAY}') then {_local(everyday, zone, is_date=is_date)} "
            f"else {slow} end"
        )
    word = "not_a_date" if is_date else "not_an_instant"
    return InstantSql(
        value=slow,
        is_implausible=_implausible(column, zone),
        reason=f"case when {{value}} is null then '{word}' else 'implausible_date' end",
    )


def _implausible(column: Column, zone: str) -> str:
    """Outside of the contract's first and last day; both days themselves are inside."""
    after = column.latest + timedelta(days=1) if column.latest < date.max else column.latest
    if column.type == "DATE":
        return f"{{value}} < date '{column.earliest}' or {{value}} > date '{column.latest}'"
    first, end = (datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).isoformat() for day in (column.earliest, after))
    return f"{{value}} < timestamptz '{first}' or {{value}} >= timestamptz '{end}'"


def _local(timestamp: str, zone: str, *, is_date: bool) -> str:
    return f"cast({timestamp} as date)" if is_date else f"timezone({quote_literal(zone)}, {timestamp})"


def _instant(instant: str, zone: str, *, is_date: bool) -> str:
    return f"cast(timezone({quote_literal(zone)}, {instant}) as date)" if is_date else instant


def _with_offset(text: str, zone: str, *, is_date: bool) -> str:
    # Without the test for an offset DuckDB would take the session's zone in silence; it knows +08:00 but not +0800.
    with_colon = f"regexp_replace({text}, '([+-]\\d\\d)(\\d\\d)$', '\\1:\\2')"
    instant = f"case when regexp_matches({text}, '{_OFFSET}') then try_cast({with_colon} as timestamptz) end"
    return _instant(instant, zone, is_date=is_date)


def _equal_separators(text: str) -> str:
    """What ``_EVERYDAY`` matches, in the shape of the default formats; one pass instead of eight."""
    return f"rtrim(translate({text}, '年月/.时点分日秒', '----:::'), ':')"


def _tidy(text: str) -> str:
    """``2024年1月17日 9时5分``, ``2024/1/16 9:05`` and ``2024.01.16T09:05`` in the shape of the default formats."""
    half = to_half_width(text)
    dashes = f"regexp_replace({half}, ' *[年月] *', '-', 'g')"
    days = f"regexp_replace({dashes}, ' *日 *', ' ')"
    colons = f"regexp_replace(regexp_replace({days}, ' *[时点分] *', ':', 'g'), ' *秒', '')"
    ends = f"rtrim({colons}, ': ')"
    separators = f"regexp_replace({ends}, '^(\\d{{4}})[/.](\\d{{1,2}})[/.](\\d{{1,2}})', '\\1-\\2-\\3')"
    blanks = f"regexp_replace({separators}, '^(\\d{{4}}-\\d{{1,2}}-\\d{{1,2}}) *T? *', '\\1 ')"
    return f"regexp_replace(trim({blanks}), '^(\\S+ \\d{{1,2}})$', '\\1:00')"


def _excel_serial(text: str) -> str:
    """Days since 1899-12-30 with the time of day as a fraction, to the second: 45307.5 is 2024-01-16 12:00."""
    seconds = f"cast(round(try_cast({text} as double) * 86400) as bigint)"
    return (
        f"case when regexp_full_match({text}, '\\d{{5}}(\\.\\d{{1,10}}\\d*)?') "
        f"then timestamp '1899-12-30' + to_seconds({seconds}) end"
    )
