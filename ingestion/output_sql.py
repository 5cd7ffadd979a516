"""SQL that turns the delivered text into the typed rows of one output: selected, typed, judged, folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.contract import Column, Contract
from ingestion.delivered_table import TABLE, DeliveredTable
from ingestion.mapping import ColumnSource, Output, RowFilter
from ingestion.personal_data import token_expression
from ingestion.typing_sql import TypedColumn, mapped_text, typed_column
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal

TYPED = "typed_rows"
FOLDED = "folded_rows"
_SEPARATOR = "chr(31)"
#: Stands where a value is that may be personal.
WITHHELD = "(withheld)"


@dataclass(frozen=True)
class OutputPlan:
    """How one output is read from one file: SQL by contract column, and the delivered columns that are absent."""

    typed: dict[str, TypedColumn]
    absent: tuple[str, ...]


def plan_output(output: Output, contract: Contract, delivered: DeliveredTable, *, name: str, sha256: str) -> OutputPlan:
    """Find the delivered column of every contract column.

    Raises:
        DeliveryError: a column without which no row has a meaning is not in the file.
    """
    typed: dict[str, TypedColumn] = {}
    absent: list[str] = []
    for column in contract.columns:
        source = output.columns.get(column.name)
        if source is None:
            continue
        header = next((h for h in source.headers if h in delivered.headers), None)
        if source.headers and header is None:
            if contract.is_critical(column):
                what = "key" if column.name in contract.key else "column"
                raise DeliveryError(
                    f"missing_{what}_column",
                    f"{name} has no column for the {what} {column.name} of {contract.entity} (looked for: "
                    f"{', '.join(source.headers)}; the file has {len(delivered.headers)} columns). "
                    "Ask for a corrected file, or add the new header to the mapping.",
                )
            absent.append(column.name)
            if source.default is None:
                continue
        if column.pii == "drop":
            continue
        typed[column.name] = _column_sql(column, source, header, delivered, sha256=sha256)
    return OutputPlan(typed, tuple(absent))


def _column_sql(
    column: Column, source: ColumnSource, header: str | None, delivered: DeliveredTable, *, sha256: str
) -> TypedColumn:
    if source.constant is not None:
        return typed_column(quote_literal(source.constant), column, source)
    if source.key == "file_row":
        return TypedColumn(f"{quote_literal(sha256[:12])} || '-' || _row_no")
    if isinstance(source.key, tuple):
        parts = ", ".join(f"coalesce({delivered.expression(h)}, '')" for h in source.key)
        return TypedColumn(f"left(md5(concat_ws({_SEPARATOR}, {parts})), 24)")
    text = delivered.expression(header) if header else "cast(null as varchar)"
    if column.pii == "tokenise":
        return TypedColumn(token_expression(mapped_text(text, source)))
    return typed_column(text, column, source)


def filter_condition(row_filter: RowFilter | None, delivered: DeliveredTable, *, name: str) -> str:
    """SQL that is true for the file rows of the output and false (never NULL) for all others.

    Raises:
        DeliveryError: the file has no such column.
    """
    if row_filter is None:
        return "true"
    try:
        text = delivered.expression(row_filter.column)
    except KeyError:
        raise DeliveryError(
            "missing_filter_column",
            f"{name} has no column {row_filter.column}, by which the mapping tells its rows apart. "
            "Ask for a corrected file.",
        ) from None
    if row_filter.not_blank:
        return f"{text} is not null"
    if row_filter.equals is not None:
        return f"coalesce({text} = {quote_literal(row_filter.equals)}, false)"
    if row_filter.is_in is not None:
        return f"coalesce({text} in ({', '.join(map(quote_literal, row_filter.is_in))}), false)"
    if row_filter.starts_with is not None:
        return f"coalesce(starts_with({text}, {quote_literal(row_filter.starts_with)}), false)"
    return f"not coalesce(starts_with({text}, {quote_literal(row_filter.not_starts_with or '')}), false)"


def typed_rows_sql(plan: OutputPlan, contract: Contract, *, condition: str) -> str:
    """Statement that makes the temporary table of typed rows with ``_reasons`` (why not) and ``_rounded``."""
    values, reasons, rounded = [], [], []
    for column in contract.columns:
        typed = plan.typed.get(column.name)
        value = typed.value if typed else f"cast(null as {column.type})"
        if column.empty_key:
            value = f"coalesce({value}, '')"
        values.append(f"{value} as {quote_identifier(column.name)}")
        cases = ""
        if typed and typed.is_bad:
            cases += f" when {typed.is_bad} then {quote_literal(f'{column.name}:{typed.reason}')}"
        if contract.is_critical(column):
            code = "missing_key" if column.name in contract.key else "missing"
            cases += f" when {value} is null then {quote_literal(f'{column.name}:{code}')}"
        if cases:
            reasons.append(f"case{cases} end")
        if typed and typed.is_rounded:
            rounded.append(f"coalesce({typed.is_rounded}, false)")
    found = f"list_filter([{', '.join(reasons)}], lambda r: r is not null)" if reasons else "cast([] as varchar[])"
    return (
        f"create or replace temp table {TYPED} as select _row_no, {', '.join(values)}, "
        f"{found} as _reasons, {' or '.join(rounded) or 'false'} as _rounded from {TABLE} where {condition}"
    )


def folded_rows_sql(output: Output, contract: Contract) -> str:
    """Statement that folds the good typed rows to one row a key; rows without a reason only."""
    fold = output.fold
    if fold is None:
        raise ValueError("this output has no fold")
    order = f"row({quote_identifier(fold.order_by)}, _row_no)"
    selected = []
    for column in contract.columns:
        name = quote_identifier(column.name)
        if column.name in fold.by:
            selected.append(name)
            continue
        operation = fold.columns.get(column.name, "first")
        value = {
            "first": f"arg_min({name}, {order})",
            "last": f"arg_max({name}, {order})",
            "min": f"min({name})",
            "max": f"max({name})",
            "count": "count(*)",
        }[operation]
        selected.append(f"cast({value} as {column.type}) as {name}")
    keys = ", ".join(quote_identifier(name) for name in fold.by)
    return (
        f"create or replace temp table {FOLDED} as select min(_row_no) as _row_no, {', '.join(selected)} "
        f"from {TYPED} where len(_reasons) = 0 group by {keys} order by 1"
    )


def row_hash(columns: Sequence[Column]) -> str:
    """SQL for a hash over the typed values in contract order; NULL differs from the empty string."""
    parts = ", ".join(f"coalesce(cast({quote_identifier(c.name)} as varchar), chr(30))" for c in columns)
    return f"md5(concat_ws({_SEPARATOR}, {parts}))"


def row_text(delivered: DeliveredTable, *, shown: frozenset[str]) -> str:
    """SQL for the delivered row as JSON, for quarantine: only the ``shown`` headers with their values."""
    fields = []
    for position, header in enumerate(delivered.headers):
        value = f"c{position}"
        if header not in shown:
            value = f"case when {value} is not null then {quote_literal(WITHHELD)} end"
        fields.append(f"{quote_literal(header)}, {value}")
    # json_object takes names as values, so no header becomes SQL.
    return f"json_object({', '.join(fields)})"
