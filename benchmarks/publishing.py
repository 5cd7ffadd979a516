"""Publishing one more day: bytes that are written beside bytes of the rows that changed, as the history grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.company import build, copy_home, history_home, ingest
from benchmarks.measure import Judged, Result
from serving.publish import publish_snapshot
from serving.snapshot import PublishedTable, Snapshot

#: What is written per changed byte may not grow with the history; the tolerance is that of the day itself.
BUDGET = 1.25
#: A fact of which less than this changed should not be written whole.
SMALL_SHARE = 0.1


@dataclass(frozen=True)
class PublishedDay:
    """Bytes of one publication. ``whole`` names large facts that were written whole for a few changed rows."""

    written: int
    parquet: int
    changed: int
    total: int
    whole: tuple[str, ...]


def measure_publishing(work: Path, *, scale: float, shop_scale: float, times: int) -> Result:
    """Publish, add the day, publish again; on one length of history and on ``times`` that."""
    found = {n: _publish_day(work, times=n, scale=scale, shop_scale=shop_scale) for n in (1, times)}
    judged = []
    for n, day in found.items():
        judged += [
            Judged(f"changed rows as Parquet, {n}x history", round(day.changed / 1e6, 3), "MB"),
            Judged(f"written for the day, {n}x history", round(day.written / 1e6, 2), "MB"),
            Judged(f"of it Parquet files, {n}x history", round(day.parquet / 1e6, 2), "MB"),
            Judged(f"written / changed, {n}x history", round(day.written / day.changed, 1), "x bytes"),
        ]
    short, long = found[1], found[times]
    growth = (long.written / long.changed) / (short.written / short.changed)
    return Result(
        title="Publishing one more day",
        size="; ".join(f"{n}x: {day.total / 1e6:.1f} MB published" for n, day in found.items())
        + "; once, since bytes hardly vary",
        measured=(),
        judged=(
            *judged,
            Judged(f"(written / changed) on {times}x / on 1x", round(growth, 2), "x bytes", BUDGET),
            Judged("facts written whole for a few changed rows", len(long.whole), "tables", 0),
        ),
        notes=(
            "Written: Parquet files that are no link to a former one, marts.duckdb and the manifest. "
            "Changed: the rows that only the new snapshot has, table by table, as Parquet.",
            "The architecture gives no number. Judged here are whether the share written per changed byte grows with "
            f"the history (by more than {BUDGET}), and whether a fact of which less than {SMALL_SHARE:.0%} of the rows "
            "changed is written whole instead of by month.",
            *(f"Written whole: {name}." for name in long.whole),
        ),
    )


def _publish_day(work: Path, *, times: int, scale: float, shop_scale: float) -> PublishedDay:
    origin, landing, load_date = history_home(work, times=times, scale=scale, shop_scale=shop_scale)
    home = copy_home(origin, work / f"publish-{times}")
    before = _publish(home, load_date - timedelta(days=1))
    ingest(home, landing, load_date)
    build(home, load_date)
    after = _publish(home, load_date)
    parquet = sum(table.bytes for table in after.tables if not table.is_linked)
    others = sum(path.stat().st_size for path in after.path.iterdir() if path.is_file())
    changed, whole = 0, []
    for table in after.tables:
        former = before.table(table.schema, table.table)
        if table.is_linked or (former and former.content_hash == table.content_hash):
            continue
        rows, size = _changed_rows(before, after, table, work / "changed.parquet")
        changed += size
        if table.table.startswith("fct_") and rows < SMALL_SHARE * table.rows:
            whole.append(
                f"{table.schema}.{table.table}, {table.bytes / 1e6:.2f} MB, {rows:,} of {table.rows:,} rows changed"
            )
    return PublishedDay(
        written=parquet + others,
        parquet=parquet,
        changed=changed,
        total=sum(table.bytes for table in after.tables) + others,
        whole=tuple(whole),
    )


def _publish(home: Path, load_date: date) -> Snapshot:
    return publish_snapshot(
        home / "warehouse" / "warehouse.duckdb",
        home / "published",
        as_of=load_date - timedelta(days=1),
        load_date=load_date,
        fingerprint=f"{load_date}",
    )


def _changed_rows(before: Snapshot, after: Snapshot, table: PublishedTable, scratch: Path) -> tuple[int, int]:
    """Rows that only the new snapshot has, and their bytes as Parquet less the file's fixed part."""
    rows = f"select * from '{after.path / table.file}'"
    if former := before.table(table.schema, table.table):
        rows += f" except all select * from '{before.path / former.file}'"
    with duckdb.connect() as con:
        count = con.execute(f"copy ({rows}) to '{scratch}' (format parquet)").fetchall()[0][0]
        size = scratch.stat().st_size
        con.execute(f"copy (select * from '{after.path / table.file}' limit 0) to '{scratch}' (format parquet)")
    return int(count), size - scratch.stat().st_size
