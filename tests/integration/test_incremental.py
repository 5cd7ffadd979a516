"""Incremental staging equals its full rebuild, in whatever order late rows, corrections, deletions and replays come."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from dbt_command import dbt
from hypothesis import given, settings
from hypothesis import strategies as st
from loaded_home import LoadedHome

from ingestion.contract import Contract, load_contracts
from ingestion.raw_tables import create_raw_tables
from warehouse.schema import create_shared_tables

SELECTED = "staging,config.materialized:incremental"
#: Two values of each type: keys that meet again, and values that change.
VALUES = {
    "varchar": ("'a'", "'b'"),
    "timestamptz": ("timestamptz '2024-01-01 00:00:00+00'", "timestamptz '2024-02-01 00:00:00+00'"),
    "date": ("date '2024-01-01'", "date '2024-02-01'"),
    "boolean": ("true", "false"),
}


@dataclass(frozen=True)
class Model:
    """One incremental model: its table, its keys, and its SQL for a first and for a later run."""

    name: str
    keys: list[str]
    first: str
    later: str
    contract: Contract


@pytest.fixture(scope="module")
def models(small_home: LoadedHome, tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """Every incremental staging model, compiled both ways by dbt itself."""
    path = tmp_path_factory.mktemp("incremental") / "warehouse" / "warehouse.duckdb"
    path.parent.mkdir()
    shutil.copy(small_home.home / "warehouse" / "warehouse.duckdb", path)
    contracts = {contract.table: contract for contract in load_contracts().values()}
    nodes: list[dict[str, dict[str, Any]]] = []
    for options in (["--full-refresh"], []):
        dbt(path, "compile", "--select", SELECTED, *options)
        manifest = json.loads((path.parent / "target" / "manifest.json").read_text(encoding="utf-8"))
        nodes.append({name: node for name, node in manifest["nodes"].items() if node.get("compiled_code")})
    full, incremental = nodes
    found = [
        Model(
            name=node["name"],
            keys=list(node["config"]["unique_key"]),
            first=node["compiled_code"],
            later=incremental[name]["compiled_code"],
            contract=contracts[_raw_table(node)],
        )
        for name, node in full.items()
        if node["config"]["materialized"] == "incremental"
    ]
    assert len(found) >= 4
    assert all(model.first != model.later for model in found), "compiled for a later run, it must differ"
    return found


def _raw_table(node: dict[str, Any]) -> str:
    """The one raw table that a staging model reads."""
    (source,) = (name for name in node["depends_on"]["nodes"] if name.startswith("source."))
    return str(source).rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Row:
    """One raw row, in small numbers: which key, which value, how new by its own account, and how it came."""

    key: int
    value: int
    version: int
    day: int
    is_deletion: bool
    is_replay: bool


ROWS = st.builds(
    Row,
    key=st.integers(0, 1),
    value=st.integers(0, 1),
    version=st.integers(0, 1),
    day=st.integers(1, 3),
    is_deletion=st.booleans(),
    is_replay=st.booleans(),
)
#: Deliveries of a few rows each, taken in one after the other and built after each.
DELIVERIES = st.lists(st.lists(ROWS, min_size=1, max_size=3), min_size=1, max_size=4)


@given(deliveries=DELIVERIES, data=st.data())
@settings(max_examples=int(os.environ.get("DEALHOUSE_EXAMPLES", "60")), deadline=None)
def test_incremental_equals_full(models: list[Model], deliveries: list[list[Row]], data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(models), label="model")
    with _empty_warehouse(model.contract) as con:
        for sequence, rows in enumerate(deliveries, start=1):
            for row_no, row in enumerate(rows, start=1):
                _insert(con, model.contract, row, sequence=sequence, row_no=row_no)
            _run(con, model, is_first=sequence == 1)
        assert _content(con, f"select * from staging.{model.name}") == _content(con, model.first)


@contextmanager
def _empty_warehouse(contract: Contract) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as warehouse")
        con.execute("use warehouse")
        con.execute("set TimeZone = 'UTC'")
        create_shared_tables(con)
        create_raw_tables(con, {contract.entity: contract})
        con.execute("create schema staging")
        yield con


def _insert(con: duckdb.DuckDBPyConnection, contract: Contract, row: Row, *, sequence: int, row_no: int) -> None:
    # A replayed row keeps the batch in which it came, and takes a new number in the order of readings.
    batch = max(1, sequence - 1) if row.is_replay else sequence
    values = {
        "_batch_id": batch,
        "_source_system": "'s'",
        "_source_file": "'f'",
        "_row_no": sequence * 10 + row_no if row.is_replay else row_no,
        "_row_hash": 0,
        "_load_date": f"date '2024-03-0{row.day}'",
        "_loaded_at": "timestamptz '2024-03-01 00:00:00+00'",
        "_op": "'D'" if row.is_deletion else "'U'",
        "_contract_version": contract.version,
        "_load_seq": sequence,
    }
    for column in contract.columns:
        if column.name == contract.version_column:
            chosen = row.version
        elif column.name in contract.key:
            chosen = row.key
        else:
            chosen = row.value
        of_type = VALUES.get(column.type.lower())
        values[f'"{column.name}"'] = of_type[chosen] if of_type else str(chosen)
    con.execute(
        f"insert into raw.{contract.table} ({', '.join(values)}) values ({', '.join(map(str, values.values()))})"
    )


def _run(con: duckdb.DuckDBPyConnection, model: Model, *, is_first: bool) -> None:
    """What dbt does with such a model: a table at first, then delete the keys that come and insert them anew."""
    if is_first:
        con.execute(f"create table staging.{model.name} as {model.first}")
        return
    con.execute(f"create or replace temp table came as {model.later}")
    keys = ", ".join(model.keys)
    con.execute(f"delete from staging.{model.name} where ({keys}) in (select ({keys}) from came)")
    con.execute(f"insert into staging.{model.name} by name from came")


def _content(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(f"select * from ({query}) order by all").fetchall()
