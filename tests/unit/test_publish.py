"""Publishing: immutable, atomic, proportional to what changed, and never in the way of a reader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

import serving.publish
from serving.publish import publish_snapshot
from serving.snapshot import Snapshot, read_current
from warehouse.errors import ConfigError, DealhouseError

DAY = date(2024, 12, 31)
SCHEMAS = ("core", "funnel", "no such schema")

Publish = Callable[..., Snapshot]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Two large tables, a small one, a view that names its table in full, and awkward names."""
    path = tmp_path / "warehouse.duckdb"
    write(
        path,
        """create schema core; create schema funnel; create schema raw;
        create table raw.secret as select 1 as phone;
        create table core.fct_order as
          select i as order_id, i * 100 as net_fen, timestamptz '2024-01-01 00:00:00+00' as paid_at
          from range(30000) as t(i);
        create table core.fct_line as select i as line_id, hash(i) as noise from range(30000) as t(i);
        comment on table core.fct_order is 'One row per order';
        comment on column core.fct_order.net_fen is 'Net amount in fen 净额';
        create table funnel.stage (stage_code varchar, leads bigint, total hugeint);
        insert into funnel.stage values ('proposal', 3, 170141183460469231731687303715884), (null, null, null);
        create view core.order_now as select * from warehouse.core.fct_order where order_id < 10;
        create table funnel."Odd ""name"" 表/1" ("a ""b"" c" integer, "select" integer[]);
        insert into funnel."Odd ""name"" 表/1" values (1, [1, 2]);
        create table funnel.nothing (a integer)""",
    )
    return path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published"


@pytest.fixture
def publish(warehouse: Path, published: Path) -> Publish:
    def run(as_of: date = DAY, keep: int = 5) -> Snapshot:
        return publish_snapshot(
            warehouse, published, schemas=SCHEMAS, as_of=as_of, load_date=as_of, fingerprint="f", keep=keep
        )

    return run


def write(path: Path, statements: str) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(statements)


def ask(path: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(query).fetchall()


def snapshot_names(published: Path) -> list[str]:
    return sorted(path.name for path in published.iterdir() if not path.is_symlink())


def test_snapshot_holds_every_mart_under_its_name(publish: Publish, published: Path) -> None:
    snapshot = publish()
    assert snapshot.changed
    assert snapshot.path == (published / "current").resolve()
    marts = published / "current" / "marts.duckdb"
    tables = ask(marts, "select schema_name || '.' || table_name from duckdb_tables() order by 1")
    assert [name for (name,) in tables] == [
        "core.fct_line",
        "core.fct_order",
        "core.order_now",
        'funnel.Odd "name" 表/1',
        "funnel.nothing",
        "funnel.stage",
    ]
    assert ask(marts, "select count(*), sum(net_fen) from core.fct_order") == [(30000, 44998500000)]
    assert ask(marts, """select "a ""b"" c", "select" from funnel."Odd ""name"" 表/1" """) == [(1, [1, 2])]


def test_descriptions_travel_with_the_tables(publish: Publish) -> None:
    marts = publish().marts_path
    assert ask(marts, "select comment from duckdb_tables() where table_name = 'fct_order'") == [("One row per order",)]
    assert ask(marts, "select column_name, comment from duckdb_columns() where comment is not null") == [
        ("net_fen", "Net amount in fen 净额")
    ]


def test_parquet_holds_the_same_rows_and_keeps_every_digit(publish: Publish) -> None:
    snapshot = publish()
    for table in snapshot.tables:
        file = snapshot.path / table.file
        rows = duckdb.execute("select count(*) from read_parquet(?)", [str(file)]).fetchone()
        assert (file.parent.name, rows) == (table.schema, (table.rows,))
    stage = duckdb.execute(
        "select total from read_parquet(?) where total is not null",
        [str(snapshot.path / "parquet/funnel/stage.parquet")],
    ).fetchone()
    assert stage is not None
    assert int(stage[0]) == 170141183460469231731687303715884


def test_manifest_says_what_is_there(publish: Publish, published: Path) -> None:
    snapshot = publish()
    manifest = json.loads((published / "current" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["snapshot_id"] == snapshot.snapshot_id == snapshot.path.name
    assert (manifest["as_of"], manifest["load_date"], manifest["fingerprint"]) == ("2024-12-31", "2024-12-31", "f")
    assert manifest["duckdb_version"] == duckdb.__version__
    order = next(entry for entry in manifest["tables"] if entry["table"] == "fct_order")
    file = snapshot.path / order["file"]
    assert order["rows"] == 30000
    assert order["bytes"] == file.stat().st_size
    assert order["sha256"] == subprocess.check_output(["sha256sum", file], text=True).split()[0]
    assert order["columns"][1] == {"name": "net_fen", "type": "BIGINT", "comment": "Net amount in fen 净额"}
    assert read_current(published) == Snapshot(**{**vars(snapshot), "changed": False})


def test_files_are_read_only(publish: Publish) -> None:
    modes = {path.stat().st_mode & 0o777 for path in publish().path.rglob("*") if path.is_file()}
    assert modes == {0o444}


def test_nothing_new_is_no_new_snapshot(publish: Publish, warehouse: Path, published: Path) -> None:
    first = publish()
    # A full rebuild brings the same rows in another order: still nothing new.
    write(warehouse, "create or replace table core.fct_line as from core.fct_line order by line_id desc")
    again = publish()
    assert not again.changed
    assert again.snapshot_id == first.snapshot_id
    assert snapshot_names(published) == [first.snapshot_id]


@pytest.mark.parametrize(
    "change",
    [
        "insert into core.fct_order select * from core.fct_order where order_id = 1",  # a doubled row
        "update core.fct_line set noise = noise + 1 where line_id = 7",
        # Two rows swap a value: every column has the same values as before.
        "update core.fct_line set line_id = case line_id when 1 then 2 else 1 end where line_id in (1, 2)",
        "delete from funnel.stage where stage_code is null",
        "alter table core.fct_order alter order_id type hugeint",
        "alter table funnel.stage rename leads to lead_count",
        "comment on column funnel.stage.leads is 'Leads that entered'",
        "drop table funnel.nothing",
        "create table core.more (a integer)",
    ],
)
def test_every_kind_of_change_is_published(publish: Publish, warehouse: Path, published: Path, change: str) -> None:
    first = publish()
    write(warehouse, change)
    second = publish()
    assert second.changed
    assert second.snapshot_id > first.snapshot_id
    assert read_current(published) == Snapshot(**{**vars(second), "changed": False})
    catalog = "select table_name, column_name, data_type, comment from duckdb_columns() where schema_name in ('core', "
    catalog += "'funnel') and table_name <> 'order_now' order by all"
    assert ask(second.marts_path, catalog) == ask(warehouse, catalog)
    for table in ("core.fct_order", "core.fct_line", "funnel.stage"):
        assert ask(second.marts_path, f"from {table} order by all") == ask(warehouse, f"from {table} order by all")


def test_a_new_day_with_the_same_rows_is_a_new_snapshot_of_the_same_files(publish: Publish) -> None:
    first, second = publish(), publish(as_of=date(2025, 1, 1))
    assert second.changed
    assert all(table.is_linked for table in second.tables)
    for table in second.tables:
        assert (first.path / table.file).samefile(second.path / table.file)
    assert ask(second.marts_path, "select count(*) from core.fct_order") == [(30000,)]


def test_only_changed_tables_are_written(publish: Publish, warehouse: Path) -> None:
    first = publish()
    write(warehouse, "insert into funnel.stage values ('lost', 1, 1)")
    second = publish()
    assert [table.table for table in second.tables if not table.is_linked] == ["stage"]
    line, stage = "parquet/core/fct_line.parquet", "parquet/funnel/stage.parquet"
    assert (first.path / line).samefile(second.path / line)
    assert not (first.path / stage).samefile(second.path / stage)
    assert ask(first.marts_path, "select count(*) from funnel.stage") == [(2,)]
    assert ask(second.marts_path, "select count(*) from funnel.stage") == [(3,)]


def test_marts_file_does_not_keep_the_former_rows_of_a_changed_table(publish: Publish, warehouse: Path) -> None:
    for name, rows in (("stays", 300_000), ("moves", 200_000)):
        write(warehouse, f"create table core.{name} as select i, hash(i) as noise from range({rows}) as t(i)")
    size = publish().marts_path.stat().st_size
    for salt in range(1, 4):
        write(warehouse, f"update core.moves set noise = hash(i, {salt})")
        last = publish()
        assert [table.table for table in last.tables if not table.is_linked] == ["moves"]
        assert last.marts_path.stat().st_size < 1.1 * size


def test_prune_keeps_the_newest_and_what_is_linked_from_it(publish: Publish, warehouse: Path, published: Path) -> None:
    made = []
    for day in range(1, 6):
        write(warehouse, "insert into funnel.stage values ('lost', 1, 1)")
        made.append(publish(as_of=date(2025, 1, day), keep=2).snapshot_id)
    assert snapshot_names(published) == made[-2:]
    assert ask(published / "current" / "marts.duckdb", "select count(*) from core.fct_line") == [(30000,)]


def test_prune_never_takes_the_current_snapshot(publish: Publish, warehouse: Path, published: Path) -> None:
    first = publish()
    write(warehouse, "insert into funnel.stage values ('lost', 1, 1)")
    second = publish()
    # Somebody goes back to the former snapshot by hand; nothing changed since, so it stays current.
    (published / "current").unlink()
    (published / "current").symlink_to(first.snapshot_id)
    third = publish(keep=1)
    assert third.snapshot_id > second.snapshot_id
    assert snapshot_names(published) == [third.snapshot_id]
    assert read_current(published) is not None


@pytest.mark.parametrize("step", ["write_parquet", "write_marts", "write_manifest", "_make_durable", "_switch_current"])
def test_a_crash_leaves_the_former_snapshot_current(
    publish: Publish, warehouse: Path, published: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    first = publish()
    write(warehouse, "insert into funnel.stage values ('lost', 1, 1)")
    with monkeypatch.context() as patch:
        patch.setattr(serving.publish, step, crash)
        with pytest.raises(OSError, match="no space"):
            publish()
    assert read_current(published) == Snapshot(**{**vars(first), "changed": False})
    assert ask(published / "current" / "marts.duckdb", "select count(*) from funnel.stage") == [(2,)]
    second = publish()
    assert read_current(published) == Snapshot(**{**vars(second), "changed": False})
    assert ask(published / "current" / "marts.duckdb", "select count(*) from funnel.stage") == [(3,)]
    assert [name for name in snapshot_names(published) if name.startswith(".")] == []


READER = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print(con.execute("select count(*) from core.fct_order").fetchone()[0], flush=True)
sys.stdin.readline()
print(con.execute("select count(*), sum(noise::hugeint) > 0 from core.fct_line").fetchone()[0], flush=True)
"""


def test_a_reader_with_an_old_snapshot_open_neither_blocks_nor_breaks(
    publish: Publish, warehouse: Path, published: Path
) -> None:
    first = publish()
    marts = published / "current" / "marts.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(marts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "30000\n"
        for _ in range(2):
            write(warehouse, "insert into core.fct_line select 1, 1")
            publish(keep=1)
        assert not first.path.exists()
        assert ask(marts, "select count(*) from core.fct_line") == [(30002,)]
        # Rows that the reader had not read before the snapshot was pruned.
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "30000\n"
    assert reader.returncode == 0


def test_current_is_never_missing_while_it_is_switched(
    publish: Publish, warehouse: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    seen: list[bool] = []
    sync = serving.publish._sync

    def look(path: Path) -> None:
        seen.append((published / "current" / "marts.duckdb").is_file())
        sync(path)

    write(warehouse, "drop table funnel.nothing")
    monkeypatch.setattr(serving.publish, "_sync", look)
    publish()
    assert len(seen) > 5
    assert all(seen)


def test_the_published_folder_can_be_moved(publish: Publish, published: Path, tmp_path: Path) -> None:
    publish()
    moved = published.rename(tmp_path / "elsewhere")
    assert ask(moved / "current" / "marts.duckdb", "select count(*) from core.order_now") == [(10,)]


def test_nothing_published_yet(tmp_path: Path) -> None:
    assert read_current(tmp_path) is None
    assert read_current(tmp_path / "not there") is None


def test_a_damaged_manifest_is_said_to_be_damaged(publish: Publish, published: Path) -> None:
    manifest = publish().path / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text("{", encoding="utf-8")
    with pytest.raises(DealhouseError, match="damaged"):
        read_current(published)


@pytest.mark.parametrize("keep", [0, -1])
def test_keep_must_leave_the_new_snapshot(publish: Publish, keep: int) -> None:
    with pytest.raises(ConfigError, match="keep"):
        publish(keep=keep)


def test_no_warehouse_or_no_marts_is_wrong_use_and_leaves_current(
    publish: Publish, warehouse: Path, published: Path
) -> None:
    first = publish()
    write(warehouse, "drop schema core cascade; drop schema funnel cascade")
    with pytest.raises(ConfigError, match="no table"):
        publish()
    warehouse.unlink()
    with pytest.raises(ConfigError, match="does not exist"):
        publish()
    assert read_current(published) == Snapshot(**{**vars(first), "changed": False})
