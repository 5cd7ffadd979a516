"""The dbt part of a daily run as a command of its own, so that its process can be measured without Dagster's."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from warehouse.connection import connect
from warehouse.schema import create_shared_tables, set_run_context
from warehouse.settings import Settings, load_settings


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dbt_build", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--load-date", type=date.fromisoformat, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--full-refresh", action="store_true", help="rebuild the incremental tables too")
    parser.add_argument("--select", action="append", default=[], help="only these nodes")
    parser.add_argument("--compile-to", type=Path, help="write the SQL of every node there instead of running it")
    arguments = parser.parse_args(argv)
    from orchestration.dbt_manifest import ensure_manifest
    from orchestration.dbt_run import dbt_args, invoke_dbt

    settings = load_settings(home=arguments.home)
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    with connect(settings.warehouse_path) as con:
        create_shared_tables(con)
        set_run_context(con, as_of=arguments.as_of, load_date=arguments.load_date)
    ensure_manifest(settings)
    if arguments.compile_to:
        statements = compile_statements(settings)
        arguments.compile_to.write_text(json.dumps(statements), encoding="utf-8")
        return 0
    args = dbt_args(select=arguments.select, exclude=[], full_refresh=arguments.full_refresh)
    result = invoke_dbt(settings, args)
    for failure in result.failures:
        print(failure, file=sys.stderr)
    return 0 if result.success else 1


def compile_statements(settings: Settings) -> list[dict[str, str]]:
    """Models and tests in an order that their dependencies allow: what they are, their relation and their SQL.

    Incremental models come as for a full build.
    """
    from dbt.cli.main import dbtRunner

    from orchestration.dbt_manifest import QUIET, dbt_environment

    # A manifest of its own: the one of the daily run must stay as the parse left it.
    os.environ.update(dbt_environment(settings) | {"DBT_TARGET_PATH": str(settings.home / "compiled")})
    done = dbtRunner().invoke([*QUIET, "seed"])
    if done.success:
        done = dbtRunner().invoke([*QUIET, "compile", "--full-refresh"])
    if not done.success:
        raise RuntimeError(f"dbt compile: {done.exception}")
    manifest = json.loads((settings.home / "compiled" / "manifest.json").read_text(encoding="utf-8"))
    nodes: dict[str, dict[str, Any]] = {
        name: node for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "test")
    }
    order = TopologicalSorter({name: [d for d in nodes[name]["depends_on"]["nodes"] if d in nodes] for name in nodes})
    return [_describe(nodes[name]) for name in order.static_order()]


def _describe(node: dict[str, Any]) -> dict[str, str]:
    kind = "test"
    if node["resource_type"] == "model":
        kind = "view" if node["config"]["materialized"] == "view" else "table"
    return {
        "name": node["name"],
        "kind": kind,
        "schema": node["schema"],
        "relation": node["relation_name"] or "",
        "sql": node["compiled_code"],
    }


if __name__ == "__main__":
    sys.exit(main())
