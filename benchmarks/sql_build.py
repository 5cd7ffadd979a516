"""The floor of a full build: the SQL that dbt compiled, run by one DuckDB process with the same materialisations."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from warehouse.connection import connect


def run_statements(warehouse: Path, statements: list[dict[str, str]]) -> None:
    """Build every model and count the failing rows of every test, without judging them."""
    with connect(warehouse) as con:
        for schema in sorted({s["schema"] for s in statements if s["kind"] != "test"}):
            con.execute(f'create schema if not exists "{schema}"')
        for statement in statements:
            sql = statement["sql"]
            if statement["kind"] == "test":
                con.execute(f"select count(*) from ({sql}) as failing").fetchall()
            else:
                con.execute(f"create or replace {statement['kind']} {statement['relation']} as {sql}")


if __name__ == "__main__":
    run_statements(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
