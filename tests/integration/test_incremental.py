"""Incremental staging equals its full rebuild, in whatever order late rows, corrections, deletions and replays come."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt_command import dbt
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from intake_company import Company, open_company
from loaded_home import LoadedHome

from ingestion.contract import Contract, load_contracts
from ingestion.extract_set import ExtractSet
from ingestion.mapping import Mapping
from ingestion.raw_tables import create_raw_tables
from ingestion.replay import Workshop, find_replayable, replay_delivery
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


SHOP = ExtractSet.model_validate(
    {
        "extract_set": "shop",
        "description": "An event log of orders.",
        "sources": {"ecommerce": {"system": "t_shop", "business_zone": "UTC", "currency": "CNY"}},
        "files": [{"path": "steps.csv", "mapping": "steps", "source": "ecommerce"}],
    }
)


def _steps(clock: str, amounts: dict[str, str]) -> Mapping:
    """One row a step of an order, folded to orders; ``clock`` says of which step the time of change is taken."""
    instant = {"zone": "UTC"}
    return Mapping.model_validate(
        {
            "mapping": "steps",
            "version": 1,
            "description": "Steps of orders.",
            "file": {"format": "csv"},
            "outputs": [
                {
                    "name": "order",
                    "entity": "ec.order",
                    "columns": {
                        "platform": {"constant": "web"},
                        "shop_id": {"constant": "s"},
                        "order_id": {"from": "order"},
                        "status": {"from": "step"},
                        "total_amount": {"from": "amount", "values": amounts},
                        "created_at": {"from": "at", **instant},
                        "updated_at": {"from": "changed", **instant},
                    },
                    "fold": {
                        "by": ["platform", "shop_id", "order_id"],
                        "order_by": "created_at",
                        "columns": {"created_at": "min", "status": "last", "updated_at": clock},
                    },
                }
            ],
        }
    )


@dataclass(frozen=True)
class Step:
    """One row of the log: of which order, with an amount that may wait for a replay, and when it was and changed."""

    order: str
    amount: str
    hour: int
    changed: str


STEPS = st.builds(
    Step,
    order=st.sampled_from("kl"),
    amount=st.sampled_from(["1", "2", "x", "y"]),
    hour=st.integers(1, 9),
    changed=st.sampled_from(["", "2024-03-01 00:00:00", "2024-03-02 00:00:00"]),
)
#: For each delivery its load date, its rows and the words for amounts with which all is replayed after it.
LOGS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.lists(STEPS, min_size=1, max_size=4),
        st.sampled_from([{}, {"x": "7"}, {"x": "8", "y": "9"}]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs=LOGS, clock=st.sampled_from(["first", "last", "max"]))
# The first row of an order waits: read at last, the order begins with it.
@example(logs=[(1, [Step("k", "x", 1, ""), Step("k", "1", 2, "")], {"x": "7"})], clock="max")
@example(
    logs=[(1, [Step("k", "x", 1, "2024-03-01 00:00:00"), Step("k", "1", 2, "2024-03-02 00:00:00")], {"x": "7"})],
    clock="first",
)
def test_incremental_equals_full_after_cases_are_folded_anew(
    models: list[Model],
    tmp_path_factory: pytest.TempPathFactory,
    logs: list[tuple[int, list[Step], dict[str, str]]],
    clock: str,
) -> None:
    """Logs as they are taken in and replayed, with a build after each: the newest reading of a case stands in both."""
    (model,) = (model for model in models if model.name == "stg_ec__order")
    with open_company(tmp_path_factory.mktemp("folds")) as company:
        company.con.execute("create schema staging")
        for number, (day, steps, amounts) in enumerate(logs, start=1):
            # An order of its own makes each file news.
            rows = [*steps, Step(f"g{number}", "1", 1, "")]
            _take_in(company, _steps(clock, {}), rows, load_date=date(2024, 3, day))
            _run(company.con, model, is_first=number == 1)
            _replay(company, _steps(clock, amounts), company.folder / "landing")
            _run(company.con, model, is_first=False)
        staged = f"select * from staging.{model.name}"
        assert _content(company.con, staged) == _content(company.con, model.first)
        # What stands of a delivery is what its last reading said.
        stale = f"""({staged}) as s where exists (from raw.ec__order as r
            where (r.order_id, r._batch_id) = (s.order_id, s._batch_id) and r._load_seq > s._load_seq)"""
        assert company.rows(f"select s.order_id from {stale}") == []


def _take_in(company: Company, mapping: Mapping, steps: list[Step], *, load_date: date) -> None:
    lines = [f"{s.order},s{s.hour},{s.amount},2024-03-01 0{s.hour}:00:00,{s.changed}\n" for s in steps]
    company.deliver({"steps.csv": "order,step,amount,at,changed\n" + "".join(lines)})
    (outcome,) = company.take_in(load_date=load_date, mappings=(mapping,), extract_set=SHOP).values()
    assert outcome.status == "loaded"


def _replay(company: Company, mapping: Mapping, landing: Path) -> None:
    contracts = load_contracts()
    workshop = Workshop({mapping.mapping: mapping}, contracts, landing, datetime(2024, 3, 8, tzinfo=UTC))
    for delivery_id in find_replayable(company.con, contracts, entity=None, batch_id=None):
        assert replay_delivery(company.con, workshop, delivery_id).message is None
