"""SQL that turns the delivered text into the typed rows of one output, each judged good or bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.contract import Column, Contract
from ingestion.files.delivered import Delivered
from ingestion.mapping import Output, RowTest
from ingestion.values.typed import TypedColumn, plain_text, typed_column
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal

SEPARATOR = "chr(31)"


@dataclass(frozen=True)
class PlannedColumn:
    """One contract column of an output: ``text`` and ``typed`` are None where nothing fills it."""

    column: Column
    text: str | None = None
    typed: TypedColumn | None = None

    @property
    def value_name(self) -> str:
        """Name of the typed value in the inner select."""
        return quote_identifier(self.column.name)

    @property
    def text_name(self) -> str:
        """Name of the delivered text in the inner select."""
        return quote_identifier(f"text of {self.column.name}")

    def fill(self, expression: str) -> str:
        """Put the names of value and text into an expression of the values room."""
        return expression.replace("{value}", self.value_name).replace("{text}", self.text_name)


@dataclass(frozen=True)
class OutputPlan:
    """How one output is read from one file."""

    contract: Contract
    columns: tuple[PlannedColumn, ...]
    condition: str
    #: Contract columns that the mapping knows and the file lacks.
    absent: tuple[str, ...]

    @property
    def rounds(self) -> bool:
        """True where some number may be rounded, so that the rounded rows are to be counted."""
        return any(planned.typed and planned.typed.is_rounded for planned in self.columns)


def plan_output(output: Output, contract: Contract, delivered: Delivered, *, name: str, sha256: str) -> OutputPlan:
    """Find the delivered column of every contract column.

    Raises:
        DeliveryError: a column without which no row has a meaning is not in the file, or is there twice.
    """
    texts = {
        column.name: _find_text(column, output, contract, delivered, name=name, sha256=sha256)
        for column in contract.columns
        if column.name in output.columns and column.pii != "drop"
    }
    personal = [
        plain_text(text, output.columns[c.name])
        for c in contract.columns
        if c.pii in ("tokenise", "mask") and (text := texts.get(c.name)) is not None
    ]
    columns: list[PlannedColumn] = []
    absent: list[str] = []
    for column in contract.columns:
        source = output.columns.get(column.name)
        text = texts.get(column.name)
        if source is None or column.pii == "drop":
            columns.append(PlannedColumn(column))
            continue
        if text is None:
            absent.append(column.name)
            if source.default is None:
                columns.append(PlannedColumn(column))
                continue
            text = "cast(null as varchar)"
        names = personal if column.pii == "free_text" else []
        typed = typed_column(text, column, source, zone=source.zone or column.zone or contract.zone, names=names)
        columns.append(PlannedColumn(column, text, typed))
    condition = row_condition(output.filter, delivered, name=name) if output.filter else "true"
    return OutputPlan(contract, tuple(columns), condition, tuple(absent))


def _find_text(
    column: Column, output: Output, contract: Contract, delivered: Delivered, *, name: str, sha256: str
) -> str | None:
    source = output.columns[column.name]
    if source.constant is not None:
        return quote_literal(source.constant)
    if source.key == "file_row":
        return f"({quote_literal(sha256[:12] + '-')} || _row_no)"
    if isinstance(source.key, tuple):
        parts = ", ".join(f"coalesce({_need(h, delivered, name=name)}, '')" for h in source.key)
        return f"left(md5(concat_ws({SEPARATOR}, {parts})), 24)"
    for header in source.headers:
        found = _find_once(header, delivered, name=name)
        if found:
            return found
    if contract.is_critical(column) and source.default is None:
        what = "key" if column.name in contract.key else "column"
        raise DeliveryError(
            f"missing_{what}_column",
            f"{name} has no column for the {what} {column.name} of {contract.entity} (looked for: "
            f"{', '.join(source.headers)}; the file has {len(delivered.headers)} columns). "
            "Ask for a corrected file, or add the new header to the mapping.",
        )
    return None


def _find_once(header: str, delivered: Delivered, *, name: str) -> str | None:
    found = delivered.find(header)
    if found and delivered.is_doubled(header):
        raise DeliveryError(
            "doubled_header",
            f"{name} has more than one column headed {header}, and the mapping cannot tell which one is meant. "
            "Ask for a corrected file.",
        )
    return found


def _need(header: str, delivered: Delivered, *, name: str) -> str:
    found = _find_once(header, delivered, name=name)
    if found is None:
        raise DeliveryError(
            "missing_key_column",
            f"{name} has no column {header}, of which the mapping makes a key. Ask for a corrected file.",
        )
    return found


def row_condition(test: RowTest, delivered: Delivered, *, name: str) -> str:
    """SQL that is true for the rows that pass the test and false (never NULL) for all others.

    Raises:
        DeliveryError: the file has no such column.
    """
    text = _find_once(test.column, delivered, name=name)
    if text is None:
        raise DeliveryError(
            "missing_filter_column",
            f"{name} has no column {test.column}, by which the mapping tells its rows apart. Ask for a corrected file.",
        )
    if test.not_blank:
        return f"{text} is not null"
    if test.blank:
        return f"{text} is null"
    if test.equals is not None:
        return f"coalesce({text} = {quote_literal(test.equals)}, false)"
    if test.is_in is not None:
        return f"coalesce({text} in ({', '.join(map(quote_literal, test.is_in))}), false)"
    if test.starts_with is not None:
        return f"coalesce(starts_with({text}, {quote_literal(test.starts_with)}), false)"
    return f"not coalesce(starts_with({text}, {quote_literal(test.not_starts_with or '')}), false)"


def judged_rows_sql(plan: OutputPlan, relation: str, *, carried: Sequence[str] = ()) -> str:
    """A select of ``_row_no``, the typed values, ``_bad``, ``_reasons``, ``_rounded`` and ``_row_hash``.

    ``_reasons`` is worked out only where ``_bad`` holds. ``carried`` names columns of the relation to hand on. Values
    are computed once, in the inner select.
    """
    inner, hashed, reasons, bad, rounded = [], [], [], [], []
    for planned in plan.columns:
        column = planned.column
        value = planned.typed.value if planned.typed else f"cast(null as {column.type})"
        if column.empty_key:
            value = f"coalesce({value}, '')"
        inner.append(f"{value} as {planned.value_name}")
        if planned.text is not None:
            inner.append(f"{planned.text} as {planned.text_name}")
        # Typed personal values are tokens; of all others the text tells more than the value (1.0 is not 1.00).
        hashed.append("null" if planned.text is None else planned.value_name if column.pii else planned.text_name)
        if planned.typed and planned.typed.is_bad:
            is_bad = planned.fill(planned.typed.is_bad)
            bad.append(f"({is_bad})")
            reason = planned.fill(planned.typed.reason or "'bad'")
            reasons.append(f"case when {is_bad} then {quote_literal(column.name + ':')} || {reason} end")
        if plan.contract.is_critical(column):
            code = "missing_key" if column.name in plan.contract.key else "missing"
            absent = f"{planned.value_name} is null"
            if planned.typed and planned.typed.is_bad:
                absent += f" and {planned.text_name} is null"
            bad.append(f"({absent})")
            reasons.append(f"case when {absent} then {quote_literal(f'{column.name}:{code}')} end")
        if planned.typed and planned.typed.is_rounded:
            rounded.append(f"coalesce({planned.fill(planned.typed.is_rounded)}, false)")
    carried_list = "".join(f", {name}" for name in carried)
    names = ", ".join(planned.value_name for planned in plan.columns)
    found = f"list_filter([{', '.join(reasons)}], lambda r: r is not null)" if reasons else "cast([] as varchar[])"
    return (
        f"select _row_no, {names}{carried_list}, coalesce({' or '.join(bad) or 'false'}, false) as _bad, "
        f"{found} as _reasons, {' or '.join(rounded) or 'false'} as _rounded, "
        # The engine's own hash costs a fifth of an MD5 over the joined row. It may change with an upgrade of DuckDB:
        # then rows that come again look new once.
        f"hash({', '.join(hashed)}) as _row_hash "
        f"from (select _row_no, {', '.join(inner)}{carried_list} from {relation} "
        f"where _set_aside is null and {plan.condition})"
    )


def folded_rows_sql(output: Output, contract: Contract, judged: str) -> str:
    """A select that folds the good judged rows to one row a key."""
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
        f"select min(_row_no) as _row_no, {', '.join(selected)}, bit_xor(_row_hash) as _row_hash "
        f"from {judged} where not _bad group by {keys}"
    )


def changed_cases_sql(output: Output, contract: Contract, folded: str, earlier: str) -> str:
    """A select of the folded rows that are new, or of which an earlier reading of the same delivery said otherwise.

    The later reading must win: it keeps the row number of the earlier one, and by the source's own clock it is never
    older.
    """
    names = [quote_identifier(column.name) for column in contract.columns]
    clock = contract.version_column and quote_identifier(contract.version_column)
    now = {name: f"greatest(f.{name}, e.{name})" if name == clock else f"f.{name}" for name in names}
    values = ", ".join(f"{value} as {name}" for name, value in now.items())
    said = ", ".join(f"e.{name}" for name in names)
    return (
        f"select coalesce(e._row_no, f._row_no) as _row_no, f._row_hash, {values} "
        f"from {folded} as f left join {earlier} as e on {_same_case(output, contract)} "
        f"where e._op is distinct from 'U' or row({', '.join(now.values())}) is distinct from row({said})"
    )


def vanished_cases_sql(output: Output, contract: Contract, folded: str, earlier: str) -> str:
    """A select of the rows of an earlier reading whose case is no longer in the file as it is read now."""
    same = _same_case(output, contract)
    return f"select * from {earlier} as e where _op = 'U' and not exists (from {folded} as f where {same})"


def _same_case(output: Output, contract: Contract) -> str:
    by = output.fold.by if output.fold else ()
    names = map(quote_identifier, dict.fromkeys((*contract.key, *by)))
    return " and ".join(f"f.{name} is not distinct from e.{name}" for name in names)
