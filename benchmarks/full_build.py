"""A full build of all marts, beside the same compiled SQL run by one DuckDB process; both must give the same rows."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.company import (
    FIVE_MILLION_ORDERS,
    MILLION_LEADS,
    build,
    count_rows,
    environment,
    ingest,
    simulate_company,
)
from benchmarks.measure import Cost, Judged, Result, divide_cpu, measure_rounds, run_command

BUDGET = 1.3
_MARTS = (
    "core", "funnel", "customers", "regions", "incentives", "service_levels", "performance", "governance", "features",
)  # fmt: skip
DBT, FLOOR, START = (
    "dbt build, everything anew",
    "same compiled SQL, one DuckDB process (floor)",
    "dbt's start: one view",
)


def build_home(work: Path, *, size: float) -> Path:
    """A home whose raw tables hold the company of that size, with the compiled SQL and a copy for the floor.

    Neither is built yet. Size 1 is 1 M leads, 5 M orders.
    """
    place = work / f"full-{size}"
    home = place / "home"
    if not (place / "statements.json").is_file():
        company = simulate_company(
            place, scale=MILLION_LEADS * size, shop_scale=FIVE_MILLION_ORDERS * size, single_days=0
        )
        load_date = company.load_dates[-1]
        ingest(home, company.landing, load_date)
        shutil.rmtree(company.landing)
        (place / "load_date").write_text(load_date.isoformat())
        build(home, load_date, "--compile-to", str(place / "statements.json"))
        shutil.copytree(home / "warehouse", place / "floor")
    return home


def floor_warehouse(place: Path) -> Path:
    return place / "floor" / "warehouse.duckdb"


def build_floor(place: Path) -> Cost:
    """The compiled SQL of the home in ``place``, statement by statement, in one DuckDB process."""
    arguments = [str(floor_warehouse(place)), str(place / "statements.json")]
    return run_command([sys.executable, "-m", "benchmarks.sql_build", *arguments], environ=environment())


def measure_full_build(work: Path, *, size: float, rounds: int) -> Result:
    """dbt's build, the floor and dbt's mere start, in turn."""
    home = build_home(work, size=size)
    place = home.parent
    load_date = date.fromisoformat((place / "load_date").read_text())
    measured = measure_rounds(
        {
            DBT: lambda: build(home, load_date, "--full-refresh"),
            FLOOR: lambda: build_floor(place),
            START: lambda: build(home, load_date, "--select", "int_run_context"),
        },
        rounds=rounds,
    )
    dbt, floor, start = measured[DBT], measured[FLOOR], measured[START]
    rows = count_rows(
        home, "staging.stg_crm__lead", "staging.stg_crm__opportunity_stage_history", "staging.stg_ec__order",
        "staging.stg_ec__order_item",
    )  # fmt: skip
    different = compare_marts(home / "warehouse" / "warehouse.duckdb", floor_warehouse(place))
    leads, events, orders, lines = rows.values()
    return Result(
        title="Full build of all marts",
        size=f"{leads:,} leads, {events:,} stage events, {orders:,} orders, {lines:,} order lines; {rounds} rounds",
        measured=tuple(measured.values()),
        judged=(
            Judged("dbt build less its start / same SQL", round((dbt.cpu_s - start.cpu_s) / floor.cpu_s, 2), "x CPU",
                   BUDGET),
            divide_cpu("dbt build with its start / same SQL", dbt, floor),
            Judged("marts and features whose rows differ between the two", len(different), "tables", 0),
        ),
        not_measured=()
        if size >= 1
        else ("1 M leads, 3 M stage events, 5 M orders: takes longer than this run may; give --build-size 1.",),
        notes=(
            "Models and tests in both. The floor creates tables without dbt's contracts and their constraints.",
            "Seeds are loaded by dbt only; they are small.",
            *(f"Rows differ: {name}." for name in different),
        ),
    )  # fmt: skip


def compare_marts(first: Path, second: Path) -> list[str]:
    """Marts and features whose rows are not the same in both files, whatever their order."""
    different = []
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{first}' as a (read_only)")
        con.execute(f"attach '{second}' as b (read_only)")
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'a' "
            "and list_contains(?, schema_name) order by all",
            [list(_MARTS)],
        ).fetchall()
        for schema, table in tables:
            digest = f"select count(*), coalesce(sum(hash(t::varchar)::hugeint), 0) from {{}}.{schema}.{table} as t"
            if con.execute(digest.format("a")).fetchall() != con.execute(digest.format("b")).fetchall():
                different.append(f"{schema}.{table}")
    return different
