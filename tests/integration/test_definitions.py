"""What a person finds in Dagster: every asset described and owned, lineage unbroken, one job, one schedule."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from loaded_home import LoadedHome

from orchestration.asset_facts import WRITER_POOL
from orchestration.build import build_defs
from orchestration.dagster_home import prepare_dagster_home
from warehouse.settings import load_settings

SNAPSHOT = dg.AssetKey(["published", "current"])


@pytest.fixture(scope="module")
def defs(small_home: LoadedHome) -> dg.Definitions:
    return build_defs(load_settings(home=small_home.home, landing=small_home.delivered, environ={}))


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions) -> dg.AssetGraph:
    return defs.resolve_asset_graph()


def test_every_asset_has_group_owner_description_and_kinds(graph: dg.AssetGraph) -> None:
    keys = graph.get_all_asset_keys()
    assert len(keys) > 60
    for key in keys:
        node = graph.get(key)
        assert node.group_name not in (None, "default"), key
        assert node.owners, key
        assert node.description, key
        assert node.kinds, key


def test_every_step_writes_through_the_one_pool_by_load_date(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("daily_load")
    assert {node.definition.pool for node in job.nodes} == {WRITER_POOL}
    assert isinstance(job.partitions_def, dg.DailyPartitionsDefinition)
    assert [schedule.name for schedule in defs.schedules or []] == ["daily_load_every_morning"]
    assert [j.name for j in defs.jobs or []] == ["daily_load", "intake", "rebuild"]


def test_schedule_loads_the_morning_s_own_date(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("daily_load_every_morning")
    morning = datetime(2025, 3, 4, 6, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    context = dg.build_schedule_context(
        scheduled_execution_time=morning,
        repository_def=defs.get_repository_def(),
        instance=dg.DagsterInstance.ephemeral(),
    )
    requests = schedule.evaluate_tick(context).run_requests
    assert requests is not None
    assert [request.partition_key for request in requests] == ["2025-03-04"]


@pytest.mark.parametrize("source", ["crm", "oa", "meetings", "ecommerce"])
def test_lineage_runs_unbroken_from_the_extract_to_the_snapshot(graph: dg.AssetGraph, source: str) -> None:
    reached: set[dg.AssetKey] = set()
    todo = [dg.AssetKey(["extracts", source])]
    while todo:
        key = todo.pop()
        if key not in reached:
            reached.add(key)
            todo += graph.get(key).child_keys
    assert SNAPSHOT in reached


def test_every_mart_is_upstream_of_the_snapshot_and_every_asset_leads_somewhere(graph: dg.AssetGraph) -> None:
    parents = graph.get(SNAPSHOT).parent_keys
    marts = {
        key for key in graph.get_all_asset_keys() if key.path[0] in ("funnel", "regions", "customers", "performance")
    }
    assert marts
    assert marts <= parents
    for key in graph.get_all_asset_keys():
        # A table that nothing reads and nobody publishes would be work for nothing.
        assert key == SNAPSHOT or graph.get(key).child_keys, key


def test_completeness_and_dbt_tests_show_as_checks(graph: dg.AssetGraph) -> None:
    names = {key.name for key in graph.asset_check_keys}
    assert "completeness_of_crm_opportunity" in names
    assert len(names) > 30


def test_run_left_row_counts_columns_and_check_results_in_dagster(small_home: LoadedHome) -> None:
    with dg.DagsterInstance.from_config(str(prepare_dagster_home(small_home.home / "dagster"))) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["regions", "regional_performance"]))
        assert event is not None
        assert event.asset_materialization is not None
        metadata = event.asset_materialization.metadata
        (rows,) = small_home.query("select count(*) from regions.regional_performance")
        assert metadata["dagster/row_count"].value == rows[0]
        assert "dagster/column_schema" in metadata
        assert event.asset_materialization.partition == "2025-01-01"


def test_loading_the_definitions_imports_no_checker_and_no_model_library(small_home: LoadedHome) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from warehouse.settings import load_settings; from orchestration.build import build_defs\n"
        f"build_defs(load_settings(home=Path({str(small_home.home)!r}), environ={{}}))\n"
        "print(sorted({'great_expectations', 'sklearn', 'statsforecast', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
