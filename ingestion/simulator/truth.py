"""The figures that a warehouse must find, from the tables of what happened: never from extracts, raw or dbt.

One row a metric, period and scope: numerator, denominator and their quotient, for what happened up to the end of the
plan. ``metric_code`` is the catalogue's. Money is fen without tax. A figure counts facts after cleaning: doubles
merged, split contracts as one order, cancelled ones out.
"""

from __future__ import annotations

from pathlib import Path

from ingestion.simulator.truth_growth import GROWTH_FIGURES, GROWTH_TABLES
from ingestion.simulator.truth_process import PROCESS_FIGURES, PROCESS_TABLES
from ingestion.simulator.truth_sales import SALES_FIGURES, SALES_TABLES
from ingestion.simulator.truth_team import TEAM_FIGURES
from ingestion.simulator.world import World
from warehouse.sql_text import quote_literal

_PERIODS = {"month": "month", "quarter": "quarter", "year": "year"}


def write_truth(world: World, path: Path) -> int:
    """Write ``metrics.parquet``; returns its number of rows."""
    cut = f"timestamp '{world.plan.end} 00:00:00' + interval 1 day"
    opening = f"timestamp '{world.plan.opening} 00:00:00'"
    world.run(
        "create table truth (metric_code varchar, period_type varchar, period_start date, scope_type varchar, "
        "scope_id varchar, numerator decimal(38, 4), denominator decimal(38, 4))"
    )
    world.run(*(statement.replace("@cut", cut) for statement in (*SALES_TABLES, *GROWTH_TABLES, *PROCESS_TABLES)))
    for figure in (*SALES_FIGURES, *GROWTH_FIGURES, *PROCESS_FIGURES, *TEAM_FIGURES):
        for period in figure.periods:
            world.run(
                f"""insert into truth
                with facts as ({figure.facts.replace("@cut", cut).replace("@opening", opening)})
                select {figure.metric}, {quote_literal(period)}, {_period_start(period)}, scope_type, scope_id,
                    {figure.numerator}, {figure.denominator}
                from facts where happened_on < ({cut})::date group by all"""
            )
    world.run("delete from truth where denominator = 0 or denominator is null or numerator is null")
    query = """select metric_code, period_type, period_start, scope_type, scope_id, numerator, denominator,
        round(numerator::double / denominator::double, 10) as value
        from truth order by metric_code, period_type, period_start, scope_type, scope_id"""
    row = world.con.execute(f"copy ({query}) to {quote_literal(str(path))} (format parquet)").fetchone()
    return int(row[0]) if row else 0


def _period_start(period: str) -> str:
    return "happened_on" if period == "day" else f"date_trunc('{_PERIODS[period]}', happened_on)::date"
