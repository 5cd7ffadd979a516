"""A few marts from the same Parquet files: dbt's compiled SQL in DuckDB beside pandas and polars, answers compared."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks.company import environment
from benchmarks.full_build import build_floor, build_home, floor_warehouse
from benchmarks.measure import Cost, Judged, Result, divide_cpu, measure_rounds, run_command
from benchmarks.sql_build import run_statements

#: Inputs of the four marts, by the schema in which the compiled SQL looks for them.
INPUTS = (
    "core.fct_order", "core.fct_refund_line", "core.fct_contract", "core.fct_opportunity", "core.dim_customer",
    "core.dim_region", "intermediate.int_channel_coverage", "intermediate.int_customer_rule",
    "intermediate.int_source_coverage", "seeds.stage", "seeds.retention_bracket",
)  # fmt: skip
#: The marts, and what they need between them and the facts, in order.
MODELS = (
    "int_order_refund", "int_customer_movement", "int_customer_activity_month", "cohort_retention", "int_kpi_shop",
    "opportunity_funnel", "regional_performance",
)  # fmt: skip
#: What each peer must have found, asked of dbt's own tables. Rows of zeros are dbt's spine, which the peers leave out.
ANSWERS = {
    "cohorts": """select cohort_month, cast(cohort_month + to_months(month_number) as date) as activity_month, retained
        from {db}customers.cohort_retention where order_channel = 'shop' and retained > 0""",
    "revenue": """select period_start, currency, numerator as net_fen from {db}intermediate.int_kpi_shop
        where metric_code = 'sales_revenue' and period_type = 'quarter'""",
    "funnel": "select region_id, currency, stage_order, reached_count from {db}funnel.opportunity_funnel",
    "regions": """select region_id, currency, period_start, won_fen, won_count, lost_count
        from {db}regions.regional_performance where win_denominator > 0""",
}
_COLUMNS = {
    "cohorts": "cast(cohort_month as date), cast(activity_month as date), cast(retained as bigint)",
    "revenue": "cast(period_start as date), currency, cast(net_fen as hugeint)",
    "funnel": "region_id, currency, cast(stage_order as integer), cast(reached_count as bigint)",
    "regions": "region_id, currency, cast(period_start as date), cast(won_fen as hugeint), cast(won_count as bigint), "
    "cast(lost_count as bigint)",
}
DUCKDB, PANDAS, POLARS = "dbt's compiled SQL in DuckDB", "pandas", "polars"


def measure_peer_marts(work: Path, *, size: float, rounds: int) -> Result:
    """Cohort retention, shop revenue, opportunity funnel and regional performance from the facts as Parquet."""
    place = build_home(work, size=size).parent
    build_floor(place)
    warehouse = floor_warehouse(place)
    rows = _export_facts(warehouse, place / "facts")
    statements = json.loads((place / "statements.json").read_text(encoding="utf-8"))
    chosen = [s for s in statements if s["name"] in MODELS and s["kind"] != "test"]
    (place / "peer.json").write_text(json.dumps(sorted(chosen, key=lambda s: MODELS.index(s["name"]))))

    def peer(module: str, *more: str) -> Callable[[], Cost]:
        target = place / module
        target.mkdir(exist_ok=True)
        command = [sys.executable, "-m", f"benchmarks.{module}", str(place / "facts"), str(target), *more]
        return lambda: run_command(command, environ=environment())

    measured = measure_rounds(
        {
            DUCKDB: peer("peer_marts", str(place / "peer.json")),
            PANDAS: peer("peer_marts_pandas"),
            POLARS: peer("peer_marts_polars"),
        },
        rounds=rounds,
    )
    different = [
        f"{name} of {module}"
        for module in ("peer_marts", "peer_marts_pandas", "peer_marts_polars")
        for name in ANSWERS
        if not _is_equal(warehouse, name, place / module / f"{name}.parquet")
    ]
    return Result(
        title="Four marts from the facts, beside pandas and polars",
        size=f"{rows['fct_order']:,} orders, {rows['fct_refund_line']:,} refund lines, "
        f"{rows['fct_opportunity']:,} opportunities, as Parquet; {rounds} rounds",
        measured=tuple(measured.values()),
        judged=(
            divide_cpu("compiled SQL / pandas", measured[DUCKDB], measured[PANDAS]),
            divide_cpu("compiled SQL / polars", measured[DUCKDB], measured[POLARS]),
            Judged("answers that differ from dbt's tables", len(different), "marts", 0),
        ),
        notes=(
            "Cohort retention, shop revenue, opportunity funnel, regional performance; whole processes with imports.",
            "The SQL also computes what the peers leave out: cohorts of contracts, retention with cancellations, "
            "unbounded and by bracket, repurchase, order value, months of zeros.",
            *(f"Differs: {name}." for name in different),
        ),
    )


def _export_facts(warehouse: Path, folder: Path) -> dict[str, int]:
    folder.mkdir(exist_ok=True)
    counts = {}
    with duckdb.connect(str(warehouse), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        for name in INPUTS:
            table = name.split(".")[1]
            found = con.execute(f"copy {name} to '{folder / table}.parquet' (format parquet)").fetchall()
            counts[table] = int(found[0][0])
    return counts


def _is_equal(warehouse: Path, name: str, file: Path) -> bool:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        wanted = f"select {_COLUMNS[name]} from ({ANSWERS[name].format(db='')})"
        found = f"select {_COLUMNS[name]} from '{file}'"
        rows = con.execute(
            f"select count(*) from (({wanted} except all {found}) union all ({found} except all {wanted}))"
        )
        return rows.fetchall() == [(0,)]


def build_from_parquet(source: Path, target: Path, statements: list[dict[str, str]]) -> None:
    """The compiled SQL over views of the Parquet files; the answers are written as the peers write theirs."""
    file = target / "warehouse.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as con:
        for name in INPUTS:
            schema, table = name.split(".")
            con.execute(f"create schema if not exists {schema}")
            con.execute(f"create view {name} as select * from '{source / table}.parquet'")
    run_statements(file, statements)
    with duckdb.connect(str(file)) as con:
        for name, query in ANSWERS.items():
            con.execute(f"copy ({query.format(db='')}) to '{target / name}.parquet' (format parquet)")


if __name__ == "__main__":
    build_from_parquet(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text(encoding="utf-8")))
