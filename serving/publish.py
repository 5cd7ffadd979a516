"""Publishing: a complete new snapshot beside the old ones, then one atomic switch, so that no reader waits."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from serving.marts_export import MartContent, survey_marts, write_marts, write_parquet
from serving.snapshot import CURRENT, MARTS, PublishedTable, Snapshot, read_current, write_manifest
from warehouse.connection import connect
from warehouse.errors import ConfigError
from warehouse.sql_text import quote_identifier, quote_literal

MART_SCHEMAS = (
    "core", "funnel", "customers", "regions", "incentives", "service_levels", "performance", "governance",
    "predictions", "dq",
)  # fmt: skip
# What is being built, switched or thrown away has this prefix; after a crash the next publication removes it.
_TEMPORARY = ".tmp-"
_READ_ONLY = 0o444


def publish_snapshot(
    warehouse_path: Path,
    published_dir: Path,
    *,
    schemas: Sequence[str] = MART_SCHEMAS,
    as_of: date,
    load_date: date,
    fingerprint: str,
    keep: int = 5,
) -> Snapshot:
    """Publish the tables and views of ``schemas`` as a new immutable snapshot and make it current.

    Schemas that do not exist are passed over. Where every table and ``as_of`` are as in the current snapshot,
    that one is returned with ``changed=False`` and nothing is written. A Parquet file whose table did not change
    is a hard link to the former one. ``keep`` counts the snapshots that stay, the new one included.

    The caller holds the run lock and has no connection to the warehouse open. If this raises, the former snapshot
    stays current, and what was half built is removed by the next publication (after a crash nobody else could).

    Raises:
        ConfigError: there is no warehouse, it has nothing to publish, or ``keep`` is below 1.
    """
    if keep < 1:
        raise ConfigError(f"keep is {keep}: the new snapshot itself must stay, so give 1 or more.")
    if not warehouse_path.is_file():
        raise ConfigError(f"{warehouse_path} does not exist: load a delivery before publishing.")
    published_dir.mkdir(parents=True, exist_ok=True)
    _remove_temporaries(published_dir)
    previous = read_current(published_dir)
    with connect(Path(":memory:")) as con:
        # Under the file's own name: views of the warehouse name their tables with it.
        catalog = warehouse_path.stem
        source = quote_literal(str(warehouse_path))
        con.execute(f"attach {source} as {quote_identifier(catalog)} (read_only)")
        marts = survey_marts(con, catalog, schemas)
        if not marts:
            raise ConfigError(f"{warehouse_path} has no table in {', '.join(schemas)}: build them first.")
        if previous and previous.as_of == as_of and _is_same(previous, marts):
            return replace(previous, changed=False)
        building = published_dir / f"{_TEMPORARY}building"
        building.mkdir()
        # Another DuckDB version may hash differently and store differently: nothing of it is taken over.
        basis = previous if previous and previous.duckdb_version == duckdb.__version__ else None
        tables = tuple(_write_table(con, catalog, mart, building, basis) for mart in marts)
        _write_marts_file(con, catalog, marts, tables, building, basis)
    snapshot = Snapshot(
        snapshot_id=_next_id(published_dir, as_of, load_date, fingerprint, marts),
        path=building,
        as_of=as_of,
        load_date=load_date,
        fingerprint=fingerprint,
        duckdb_version=duckdb.__version__,
        tables=tables,
        changed=True,
    )
    write_manifest(snapshot, building)
    _make_durable(building)
    path = published_dir.resolve() / snapshot.snapshot_id
    building.rename(path)
    _switch_current(published_dir, snapshot.snapshot_id)
    _prune(published_dir, keep=keep)
    return replace(snapshot, path=path)


def _is_same(previous: Snapshot, marts: Sequence[MartContent]) -> bool:
    """Descriptions count: a corrected one must reach the readers too."""
    before = [(t.schema, t.table, t.columns, t.comment, t.content_hash) for t in previous.tables]
    return before == [(m.schema, m.table, m.columns, m.comment, m.content_hash) for m in marts]


def _write_table(
    con: duckdb.DuckDBPyConnection, catalog: str, mart: MartContent, building: Path, basis: Snapshot | None
) -> PublishedTable:
    target = building / mart.file
    former = basis.table(mart.schema, mart.table) if basis else None
    is_linked = False
    if basis and former and former.content_hash == mart.content_hash:
        source = basis.path / former.file
        if source.is_file() and source.stat().st_size == former.bytes:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target)
            is_linked = True
    if not is_linked:
        write_parquet(con, catalog, mart, target)
    return PublishedTable(
        schema=mart.schema,
        table=mart.table,
        rows=mart.rows,
        columns=mart.columns,
        comment=mart.comment,
        content_hash=mart.content_hash,
        file=mart.file,
        sha256=former.sha256 if former and is_linked else _hash_file(target),
        bytes=target.stat().st_size,
        is_linked=is_linked,
    )


def _write_marts_file(
    con: duckdb.DuckDBPyConnection,
    catalog: str,
    marts: Sequence[MartContent],
    tables: Sequence[PublishedTable],
    building: Path,
    basis: Snapshot | None,
) -> None:
    """Start from a copy of the former file where most of it stays: 0.01 CPU seconds, not 2.0, for 2 M rows."""
    linked = [table for table in tables if table.is_linked]
    most_stays = sum(table.bytes for table in linked) * 2 > sum(table.bytes for table in tables)
    kept: set[str] = set()
    path = building / MARTS
    if basis and most_stays and basis.marts_path.is_file():
        shutil.copyfile(basis.marts_path, path)
        names = {(table.schema, table.table) for table in linked}
        kept = {mart.name for mart in marts if (mart.schema, mart.table) in names}
    write_marts(con, catalog, marts, path, kept=kept)


def _next_id(published_dir: Path, as_of: date, load_date: date, fingerprint: str, marts: Sequence[MartContent]) -> str:
    """Number, date, content: the number orders snapshots without a clock, even when a former state comes back."""
    number = max((int(name[:6]) for name in _list_ids(published_dir)), default=0) + 1
    content = "\n".join(f"{mart.name} {mart.content_hash}" for mart in marts)
    digest = hashlib.sha256(f"{as_of} {load_date} {fingerprint}\n{content}".encode()).hexdigest()
    return f"{number:06d}-{as_of:%Y%m%d}-{digest[:8]}"


def _list_ids(published_dir: Path) -> list[str]:
    """All snapshots, oldest first. Other people's folders in there are none of ours."""
    return sorted(
        path.name
        for path in published_dir.iterdir()
        if path.is_dir() and not path.is_symlink() and path.name[:6].isdecimal() and path.name[6:7] == "-"
    )


def _make_durable(folder: Path) -> None:
    """Read-only files, everything on the disk: after the switch a power cut must not leave an empty file."""
    for root, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(root, name)
            path.chmod(_READ_ONLY)
            _sync(path)
        _sync(Path(root))


def _switch_current(published_dir: Path, snapshot_id: str) -> None:
    _sync(published_dir)
    pointer = published_dir / f"{_TEMPORARY}{CURRENT}"
    # Relative: the published folder may be mounted elsewhere by those who read it.
    pointer.symlink_to(snapshot_id, target_is_directory=True)
    pointer.replace(published_dir / CURRENT)
    _sync(published_dir)


def _prune(published_dir: Path, *, keep: int) -> None:
    """Remove the oldest snapshots; the current one has the highest number, so it stays whatever ``keep`` is.

    A reader that has a removed one open keeps its files until it closes them.
    """
    for name in _list_ids(published_dir)[:-keep]:
        doomed = published_dir / f"{_TEMPORARY}{name}"
        (published_dir / name).rename(doomed)
        shutil.rmtree(doomed)


def _remove_temporaries(published_dir: Path) -> None:
    for path in published_dir.glob(f"{_TEMPORARY}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
