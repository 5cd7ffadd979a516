"""dbt's SQL without dbt: models and macros rendered in memory, run on DuckDB in milliseconds.

For rules that want many cases or properties. What only dbt knows (contracts, incremental runs) is tested with dbt.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import yaml

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"


@cache
def _macros() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "macros").glob("*.sql")))


def render(sql: str, **overrides: Any) -> str:
    """SQL of a model or of a call to a macro; ``ref('x')`` becomes ``x``. ``overrides`` are dbt variables."""
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"] | overrides
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    context = {"ref": str, "var": variables.__getitem__, "config": lambda **_: "", "is_incremental": lambda: False}
    return environment.from_string(_macros() + sql).render(context)


def load_seed(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """A seed as a table, typed as its YAML says."""
    seeds = yaml.safe_load((PROJECT / "seeds" / "_seeds.yml").read_text(encoding="utf-8"))["seeds"]
    (types,) = (seed["config"]["column_types"] for seed in seeds if seed["name"] == name)
    con.execute(f"create table {name} as from read_csv('{PROJECT}/seeds/{name}.csv', header = true, columns = {types})")


def build_model(con: duckdb.DuckDBPyConnection, name: str, **overrides: Any) -> None:
    """A model as a table; what it refers to must be there."""
    (path,) = (PROJECT / "models").rglob(f"{name}.sql")
    con.execute(f"create or replace table {name} as {render(path.read_text(encoding='utf-8'), **overrides)}")
