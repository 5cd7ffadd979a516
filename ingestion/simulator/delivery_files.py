"""Writing one delivery: rows into a file, the file into its folder, the manifest last."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from ingestion.landing import MANIFEST
from ingestion.simulator.plan import Delivery
from ingestion.simulator.world import World
from warehouse.sql_text import quote_literal


@dataclass(frozen=True)
class Letter:
    """What goes into a manifest beside the files: where a delivery belongs and how it is to be read."""

    source: str
    name: str
    system: str
    mode: str
    is_mapping: bool = False


_BLOCK = 1 << 22


def write_delivery(
    world: World,
    letter: Letter,
    query: str,
    *,
    load_date: date,
    delivery: str,
    file: str,
    kind: Literal["csv", "gb18030", "json", "parquet"],
    quarantined: int = 0,
) -> Delivery | None:
    """Write the rows of ``query`` (in its order) as a delivery; None where there are none: nothing is sent then."""
    folder = _folder(world, letter, load_date, delivery)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file
    formats = {"csv": "format csv, header", "gb18030": "format csv, header", "json": "format json",
               "parquet": "format parquet, compression zstd"}  # fmt: skip
    row = world.con.execute(f"copy ({query}) to {quote_literal(str(path))} ({formats[kind]})").fetchone()
    rows = int(row[0]) if row else 0
    if rows == 0:
        path.unlink(missing_ok=True)
        _remove_empty(folder, world.plan.out)
        return None
    if kind == "gb18030":
        path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    return _seal(folder, letter, path, rows=rows, load_date=load_date, quarantined=quarantined)


def repeat_delivery(world: World, letter: Letter, first: Delivery, *, load_date: date, delivery: str) -> Delivery:
    """The same bytes once more, as senders do who are not sure: taking it in must change nothing."""
    folder = _folder(world, letter, load_date, delivery)
    folder.mkdir(parents=True, exist_ok=True)
    source = next(path for path in sorted(first.folder.iterdir()) if path.name != MANIFEST)
    path = folder / source.name
    path.write_bytes(source.read_bytes())
    return _seal(folder, letter, path, rows=first.rows, load_date=load_date, outcome="duplicate")


def discard_delivery(delivery: Delivery) -> None:
    """Take back a delivery that says nothing new."""
    for path in sorted(delivery.folder.iterdir()):
        path.unlink()
    _remove_empty(delivery.folder, delivery.folder.parents[4])


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _folder(world: World, letter: Letter, load_date: date, delivery: str) -> Path:
    return world.plan.out / "landing" / letter.source / letter.name / f"dt={load_date}" / delivery


def _seal(
    folder: Path,
    letter: Letter,
    path: Path,
    *,
    rows: int,
    load_date: date,
    quarantined: int = 0,
    outcome: Literal["loaded", "duplicate"] = "loaded",
) -> Delivery:
    size = path.stat().st_size
    manifest = {
        "mapping" if letter.is_mapping else "entity": letter.name,
        "source_system": letter.system,
        "business_zone": "Asia/Shanghai",
        "currency": "CNY",
        "mode": letter.mode,
        "files": [{"name": path.name, "bytes": size, "sha256": sha256_of(path), "rows": rows}],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return Delivery(letter.source, letter.name, load_date, folder, rows, size, quarantined, outcome)


def _remove_empty(folder: Path, stop: Path) -> None:
    while folder != stop and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
