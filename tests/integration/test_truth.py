"""Planted truth: every figure that a mart states is the planted one, to the last fen; what has no mart yet is listed.

The simulator's truth comes from what happened in its world, never from extracts or from the warehouse. A figure is
compared where `performance.kpi_value` has its metric, kind of period and kind of scope; the rest waits in a list that
this test holds to be exact, so that it can only get shorter knowingly.
"""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from loaded_home import LoadedHome

from ingestion.simulator import SimulationResult

WAITING = Path(__file__).parent / "figures_waiting.csv"
_JOINED = """
    select t.metric_code, t.scope_type, t.period_type, t.period_start, t.scope_id,
        t.numerator, t.denominator, k.numerator as found_numerator, k.denominator as found_denominator,
        k.metric_code is not null as is_found
    from truth as t left join marts.performance.kpi_value as k
        using (metric_code, period_type, period_start, scope_type, scope_id)
"""


@pytest.fixture(scope="module")
def both(plan_home: LoadedHome, plan_company: SimulationResult) -> duckdb.DuckDBPyConnection:
    """Truth and marts in one connection; ``waiting`` are the pairs of metric and scope that have no mart yet."""
    assert plan_home.exit_code == 0, plan_home.errors
    con = duckdb.connect()
    con.execute(f"attach '{plan_home.marts}' as marts (read_only)")
    con.execute(f"create view truth as from '{plan_company.metrics}'")
    con.execute("create table waiting (metric_code varchar, scope_type varchar, reason varchar)")
    with WAITING.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            con.execute("insert into waiting values (?, ?, ?)", [row["metric_code"], row["scope_type"], row["reason"]])
    return con


def test_every_figure_that_a_mart_states_is_the_planted_one(both: duckdb.DuckDBPyConnection) -> None:
    wrong = both.execute(
        f"""select metric_code, scope_type, period_type, period_start, scope_id, numerator, found_numerator,
            denominator, found_denominator
        from ({_JOINED}) anti join waiting using (metric_code, scope_type)
        where is_found and (numerator <> found_numerator or denominator <> found_denominator) order by all limit 20"""
    ).fetchall()
    assert wrong == []
    (compared,) = both.execute(
        f"select count(*) from ({_JOINED}) anti join waiting using (metric_code, scope_type) where is_found"
    ).fetchone() or (0,)
    assert compared >= 50


def test_what_has_no_mart_yet_is_listed_and_nothing_else(both: duckdb.DuckDBPyConnection) -> None:
    """A pair of metric and scope waits where no figure of it is in the marts, or where the list says why it differs."""
    without_mart = {
        (str(metric), str(scope))
        for metric, scope in both.execute(
            f"select metric_code, scope_type from ({_JOINED}) group by all having not bool_or(is_found)"
        ).fetchall()
    }
    listed = {
        (str(metric), str(scope)): str(reason) for metric, scope, reason in both.execute("from waiting").fetchall()
    }
    assert {pair for pair, reason in listed.items() if reason == "no mart yet"} == without_mart - {
        pair for pair in without_mart if pair[0] == "crm_completeness_rate"
    }
    assert all(listed.values()), "each line says why it waits"


def test_no_figure_of_a_compared_metric_is_missing(both: duckdb.DuckDBPyConnection) -> None:
    """Where a mart has a metric for a kind of period, it has it for every period and member that truth knows."""
    missing = both.execute(
        f"""select metric_code, scope_type, scope_id, period_type, count(*) filter (not is_found)
        from ({_JOINED}) anti join waiting using (metric_code, scope_type)
        group by all having bool_or(is_found) and not bool_and(is_found) order by all"""
    ).fetchall()
    assert missing == []


def test_completeness_of_every_field_is_the_planted_one(
    both: duckdb.DuckDBPyConnection, plan_company: SimulationResult
) -> None:
    """As of the last day that the extracts cover; the plan's 61.3 % of the accounts' required cells among it."""
    differing = both.execute(
        """select scope_id, numerator, denominator, filled_cells, required_cells
        from truth full join (from marts.governance.data_completeness where entity = 'crm.account') as c
            on scope_id = c.entity || '.' || c.field
        where scope_type = 'field' and metric_code = 'crm_completeness_rate' and period_start = ?
            and (numerator, denominator) is distinct from (filled_cells, required_cells)""",
        [plan_company.load_dates[-1] - timedelta(days=1)],
    ).fetchall()
    assert differing == []
    (planted,) = both.execute(
        "select numerator / denominator from truth where metric_code = 'crm_completeness_rate' "
        "and scope_type = 'entity' order by period_start limit 1"
    ).fetchone() or (0,)
    assert round(float(planted), 3) == 0.613
