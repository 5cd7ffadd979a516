"""Counting filled and required cells: one set-based statement an entity, pooled sums only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

import duckdb

from data_quality.dq_tables import replace_rows
from data_quality.placeholders import build_blank_pattern
from data_quality.standards import ALL_STAGES, UNKNOWN_OWNER, UNKNOWN_STAGE, EntityStandard, StandardSet
from warehouse.connection import transaction
from warehouse.errors import ContractError
from warehouse.sql_text import quote_identifier, quote_literal

STAGING_SCHEMA = "staging"


@dataclass(frozen=True)
class CompletenessScore:
    """Cells of one field in one stage where it is required: a row of ``dq.completeness_daily``."""

    entity: str
    field: str
    stage_code: str
    required_cells: int
    filled_cells: int
    weight: int
    target_bp: int
    owner: str
    standard_version: int


@dataclass(frozen=True)
class UnlistedStage:
    """Records in a stage that stages.yml does not know: scored for the ``always`` fields only."""

    entity: str
    stage_code: str
    records: int


@dataclass(frozen=True)
class CompletenessResult:
    as_of: date
    scores: tuple[CompletenessScore, ...]
    entities_without_data: tuple[str, ...]
    unlisted_stages: tuple[UnlistedStage, ...]


def score_completeness(con: duckdb.DuckDBPyConnection, *, as_of: date, standards: StandardSet) -> CompletenessResult:
    """Score every entity of the standards and replace the rows of ``as_of`` in ``dq.completeness_daily``.

    Where a standard names who owns a record, the same cells go by owner into ``dq.completeness_by_owner``.
    Reads ``staging.stg_<source>__<entity>`` (latest version of each key); deleted records do not count.
    An entity without records has no score and is named in ``entities_without_data``.

    Raises:
        ContractError: a standard names a table or column that staging does not have.
    """
    blank_pattern = build_blank_pattern(standards.placeholders.values)
    scores: list[CompletenessScore] = []
    unlisted: list[UnlistedStage] = []
    without_data: list[str] = []
    by_owner: list[str] = []
    for standard in standards.entities:
        counted = _count_cells(con, standard, standards=standards, blank_pattern=blank_pattern)
        if not counted:
            without_data.append(standard.entity)
        for stage_code, records, filled in counted:
            if standard.stage_field and standards.stages.get_rank(stage_code) == 0:
                unlisted.append(UnlistedStage(standard.entity, stage_code, records))
            for field, filled_cells in zip(standard.fields, filled, strict=True):
                if standards.is_required(field, stage_code):
                    scores.append(
                        CompletenessScore(
                            entity=standard.entity,
                            field=field.field,
                            stage_code=stage_code,
                            required_cells=records,
                            filled_cells=filled_cells,
                            weight=field.weight,
                            target_bp=standard.target_bp,
                            owner=standard.owner,
                            standard_version=standard.version,
                        )
                    )
        if standard.owner_field:
            by_owner += _select_by_owner(standard, standards, [stage_code for stage_code, _, _ in counted], as_of=as_of)
    _replace_by_owner(con, by_owner, as_of=as_of)
    replace_rows(con, "dq.completeness_daily", as_of=as_of, rows=[(as_of, *astuple(score)) for score in scores])
    return CompletenessResult(
        as_of=as_of,
        scores=tuple(scores),
        entities_without_data=tuple(without_data),
        unlisted_stages=tuple(unlisted),
    )


def _count_cells(
    con: duckdb.DuckDBPyConnection, standard: EntityStandard, *, standards: StandardSet, blank_pattern: str
) -> list[tuple[str, int, tuple[int, ...]]]:
    """(stage_code, records, filled cells of each field in the order of the standard), one tuple a stage.

    The records are read once: what is counted by owner stays in a temporary table of the entity.
    """
    types = _read_column_types(con, standard)
    counts = ", ".join(
        f"count(*) filter (where {_build_filled(field.field, types[field.field], standards, blank_pattern)}) as f{i}"
        for i, field in enumerate(standard.fields)
    )
    stage = quote_literal(ALL_STAGES)
    if standard.stage_field:
        column = standard.stage_field
        filled = _build_filled(column, types[column], standards, blank_pattern)
        stage = f"case when {filled} then {quote_identifier(column)} else {quote_literal(UNKNOWN_STAGE)} end"
    # A source that cannot report deletions has no such column; then nothing is deleted.
    kept = "where is_deleted is not true" if "is_deleted" in types else ""
    source = f"{STAGING_SCHEMA}.{quote_identifier(standard.staging_table)}"
    if not standard.owner_field:
        cells = f"(select {stage} as stage_code, count(*) as records, {counts} from {source} {kept} group by 1)"
    else:
        owner = quote_identifier(standard.owner_field)
        filled = _build_filled(standard.owner_field, types[standard.owner_field], standards, blank_pattern)
        cells, system = _cells_table(standard), "source_system" if "source_system" in types else "null"
        # Cleaned after grouping: the pattern is dear, and owners are few.
        con.execute(
            f"""create or replace temp table {cells} as
            select stage_code, case when {filled} then concat_ws(':', source_system, {owner})
                else {quote_literal(UNKNOWN_OWNER)} end as owner_id, * exclude (stage_code, {owner}, source_system)
            from (
                select {stage} as stage_code, {owner}, {system} as source_system, count(*) as records, {counts}
                from {source} {kept} group by all
            )"""
        )
    sums = ", ".join(f"sum(f{i})::bigint" for i in range(len(standard.fields)))
    rows = con.execute(f"select stage_code, sum(records)::bigint, {sums} from {cells} group by 1 order by 1").fetchall()
    return [(row[0], row[1], row[2:]) for row in rows]


def _cells_table(standard: EntityStandard) -> str:
    return quote_identifier(f"cells_of_{standard.staging_table}")


def _select_by_owner(
    standard: EntityStandard, standards: StandardSet, stages: Sequence[str], *, as_of: date
) -> list[str]:
    """Selects of the rows of ``dq.completeness_by_owner``, one a field that is required anywhere."""
    selects = []
    for i, field in enumerate(standard.fields):
        required = ", ".join(quote_literal(code) for code in stages if standards.is_required(field, code))
        if required:
            selects.append(
                f"""select date '{as_of}', {quote_literal(standard.entity)}, {quote_literal(field.field)}, owner_id,
                sum(records), sum(f{i}), {field.weight}, {standard.target_bp}, {standard.version}
                from {_cells_table(standard)} where stage_code in ({required}) group by owner_id"""
            )
    return selects


def _replace_by_owner(con: duckdb.DuckDBPyConnection, selects: Sequence[str], *, as_of: date) -> None:
    with transaction(con):
        con.execute(f"delete from dq.completeness_by_owner where as_of = date '{as_of}'")
        if selects:
            con.execute(f"insert into dq.completeness_by_owner {' union all '.join(selects)}")


def _build_filled(column: str, data_type: str, standards: StandardSet, blank_pattern: str) -> str:
    """When a cell counts as filled. Numbers and booleans only have to be there: 0 is a value."""
    name = quote_identifier(column)
    if data_type == "VARCHAR":
        # `is not null` is said aloud: otherwise a NULL cell gives NULL, and its stage would become NULL too.
        return f"({name} is not null and not regexp_full_match({name}, {quote_literal(blank_pattern)}))"
    if (data_type == "DATE" or data_type.startswith("TIMESTAMP")) and standards.placeholders.dates:
        days = ", ".join(f"date {quote_literal(day.isoformat())}" for day in standards.placeholders.dates)
        return f"({name} is not null and cast({name} as date) not in ({days}))"
    return f"({name} is not null)"


def _read_column_types(con: duckdb.DuckDBPyConnection, standard: EntityStandard) -> dict[str, str]:
    types = dict(
        con.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = current_database() and schema_name = ? and table_name = ?",
            [STAGING_SCHEMA, standard.staging_table],
        ).fetchall()
    )
    place = f"data_quality/standards/{standard.file_name}"
    if not types:
        raise ContractError(
            f"{place}: entity: {STAGING_SCHEMA}.{standard.staging_table} does not exist; "
            "build the dbt staging models first, or remove the standard."
        )
    wanted = [field.field for field in standard.fields]
    wanted += [name for name in (standard.stage_field, standard.owner_field) if name]
    if missing := [name for name in wanted if name not in types]:
        raise ContractError(
            f"{place}: fields: {missing[0]!r} is not a column of {STAGING_SCHEMA}.{standard.staging_table}."
        )
    return types
