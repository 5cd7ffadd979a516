"""Scoring the completeness of many records, beside one plain SQL statement that counts the same cells."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from benchmarks.company import environment
from benchmarks.measure import Cost, Judged, Result, divide_cpu, measure_rounds, run_command
from data_quality.completeness import score_completeness
from data_quality.placeholders import build_blank_pattern
from data_quality.standards import StandardSet, load_standards
from warehouse.connection import connect
from warehouse.schema import create_shared_tables
from warehouse.sql_text import quote_literal

BUDGET = 1.5
MEMORY_BUDGET_MB = 1000
ENTITY = "crm.opportunity"
AS_OF = date(2024, 12, 31)
SCORED = "score_completeness, by field, stage and owner"
LISTED = "one plain SQL statement, list of placeholders"
PATTERN = "one plain SQL statement, the same pattern (floor)"


def measure_completeness(work: Path, *, rows: int, rounds: int) -> Result:
    """The real scoring function on a synthetic staging table; all must find the same counts."""
    warehouse = work / "completeness.duckdb"
    _write_table(warehouse, rows=rows)

    def child(kind: str) -> Cost:
        command = [sys.executable, "-m", "benchmarks.completeness", kind, str(warehouse), str(work / f"{kind}.json")]
        return run_command(command, environ=environment())

    variants = {SCORED: "score", LISTED: "listed", PATTERN: "pattern"}
    measured = measure_rounds({name: partial(child, kind) for name, kind in variants.items()}, rounds=rounds)
    answers = [json.loads((work / f"{kind}.json").read_text(encoding="utf-8")) for kind in variants.values()]
    return Result(
        title="Completeness scores",
        size=f"{rows:,} records of {ENTITY} with {len(_standard().entities[0].fields)} fields; {rounds} rounds",
        measured=tuple(measured.values()),
        judged=(
            divide_cpu("scoring / plain SQL with the same pattern", measured[SCORED], measured[PATTERN], BUDGET),
            divide_cpu("scoring / plain SQL with a list", measured[SCORED], measured[LISTED]),
            Judged("scoring, peak memory", round(measured[SCORED].peak_mb), "MB", MEMORY_BUDGET_MB),
            Judged("plain statements with other scores", sum(a != answers[0] for a in answers[1:]), "statements", 0),
        ),
        not_measured=(),
        notes=(
            "All count by stage and owner in one pass; a region's cells are the sum of its owners' in the mart.",
            "The statement with a list compares trimmed lower-case text with each placeholder, as an analyst would "
            "write it; it folds neither full-width nor invisible characters, of which this table has none.",
        ),
    )  # fmt: skip


def _standard() -> StandardSet:
    """The standards that ship, with this one entity."""
    standards = load_standards()
    return replace(standards, entities=(standards.get_entity(ENTITY),))


def _write_table(warehouse: Path, *, rows: int) -> None:
    """Every tenth cell is missing, every eleventh a placeholder, spread by hash over all fields and stages."""
    stages = ", ".join(f"'{code}'" for code in _standard().stages.codes)

    def text(value: str, salt: int) -> str:
        return (
            f"case when hash(i, {salt}) % 10 = 0 then null when hash(i, {salt}) % 11 = 0 "
            f"then ['n/a', '未知', ' - ', '', 'TBD'][1 + (i % 5)::int] else {value} end"
        )

    with connect(warehouse) as con:
        create_shared_tables(con)
        con.execute("create schema if not exists staging")
        con.execute(
            f"""create or replace table staging.stg_crm__opportunity as
            select 'O' || i as opportunity_id, {text("'A' || (i % 1000000)", 1)} as account_id,
                {text("'U' || (i % 400)", 2)} as owner_user_id,
                [{stages}][1 + (hash(i, 3) % {len(_standard().stages.codes)})::int] as stage_code,
                {text("'P' || (i % 20)", 4)} as product_id,
                case when hash(i, 5) % 10 > 0 then cast(hash(i, 6) % 100000 as decimal(18, 2)) end as amount,
                case when hash(i, 7) % 10 > 0 then date '2023-01-01' + (i % 700)::int end as engaged_on,
                case when hash(i, 8) % 10 > 0 then date '2023-02-01' + (i % 700)::int end as closed_on,
                hash(i, 9) % 100 = 0 as is_deleted
            from range({rows}) as r(i)"""
        )


def count_plainly(warehouse: Path, *, kind: str) -> list[list[object]]:
    """Cells by field, stage and owner in one statement, by a list of placeholders or by the pattern of the product."""
    standards = _standard()
    listed = ", ".join("'" + value.lower() + "'" for value in standards.placeholders.values)
    days = ", ".join(f"date '{day.isoformat()}'" for day in standards.placeholders.dates)
    pattern = quote_literal(build_blank_pattern(standards.placeholders.values))
    is_text = "lower(trim({0})) not in ('', " + listed + ")"
    if kind == "pattern":
        is_text = "not regexp_full_match({0}, " + pattern.replace("{", "{{").replace("}", "}}") + ")"
    fields = standards.entities[0].fields
    filled = {name: f"{name} is not null and {name} not in ({days})" for name in ("engaged_on", "closed_on")}
    filled["amount"] = "amount is not null"
    counts = ", ".join(
        f"count(*) filter (where {filled.get(f.field, f'{f.field} is not null and ' + is_text.format(f.field))})"
        for f in fields
    )
    owned = filled.get("owner_user_id", "owner_user_id is not null and " + is_text.format("owner_user_id"))
    with connect(warehouse, read_only=True) as con:
        rows = con.execute(
            f"select stage_code, case when {owned} then owner_user_id else 'unknown' end, count(*), {counts} "
            "from staging.stg_crm__opportunity where is_deleted is not true group by stage_code, owner_user_id"
        ).fetchall()
    # Which stages require a field is cut outside the statement.
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for stage_code, owner, records, *cells in rows:
        for field, n in zip(fields, cells, strict=True):
            if standards.is_required(field, stage_code):
                for scope, member in (("stage", stage_code), ("owner", owner)):
                    sums[field.field, scope, member, "required"] += records
                    sums[field.field, scope, member, "filled"] += n
    keys = sorted({key[:3] for key in sums})
    return [[*key, sums[*key, "required"], sums[*key, "filled"]] for key in keys]


def score(warehouse: Path) -> list[list[object]]:
    """Required and filled cells of the product's own scores, by stage and by owner."""
    with connect(warehouse) as con:
        result = score_completeness(con, as_of=AS_OF, standards=_standard())
        by_owner = con.execute(
            "select field, owner_id, required_cells, filled_cells from dq.completeness_by_owner where as_of = ?",
            [AS_OF],
        ).fetchall()
    found: list[list[object]] = [
        [s.field, "stage", s.stage_code, s.required_cells, s.filled_cells] for s in result.scores
    ]
    return sorted(found + [[field, "owner", owner, *cells] for field, owner, *cells in by_owner])


def main(kind: str, warehouse: Path, answer: Path) -> None:
    found = score(warehouse) if kind == "score" else count_plainly(warehouse, kind=kind)
    answer.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
