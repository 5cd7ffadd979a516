"""How long landing keeps clear text: files past the audit horizon go, their manifests stay as proof."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import duckdb

from ingestion.landing import MANIFEST, write_manifest


def remove_expired(con: duckdb.DuckDBPyConnection, landing_dir: Path, *, today: date, kept_days: int) -> list[str]:
    """Delete the files of deliveries older than ``kept_days`` before ``today``; returns their landing paths.

    Files of which rows are still open in quarantine stay: they are the only text that a replay could read.
    """
    horizon = today - timedelta(days=kept_days)
    needed = _needed_by_quarantine(con)
    removed: list[str] = []
    for manifest_path in sorted(landing_dir.glob(f"*/*/dt=*/*/{MANIFEST}")):
        folder = manifest_path.parent
        try:
            day = date.fromisoformat(folder.parent.name.removeprefix("dt="))
        except ValueError:
            continue
        if day >= horizon:
            continue
        manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
        files = [folder / entry["name"] for entry in manifest["files"]]
        paths = [file.relative_to(landing_dir).as_posix() for file in files]
        if needed.intersection(paths) or manifest.get("removed_on"):
            continue
        # Said first: a folder whose files are gone without a word would look like damage.
        write_manifest(folder, {**manifest, "removed_on": f"{today:%Y-%m-%d}"})
        for file, path in zip(files, paths, strict=True):
            file.unlink(missing_ok=True)
            removed.append(path)
    return removed


def _needed_by_quarantine(con: duckdb.DuckDBPyConnection) -> set[str]:
    tables = [
        row[0]
        for row in con.execute(
            "select table_name from information_schema.tables where table_schema = 'quarantine'"
        ).fetchall()
    ]
    open_batches = " union all ".join(
        f"select distinct _batch_id from quarantine.\"{table}\" where status = 'open'" for table in tables
    )
    if not open_batches:
        return set()
    rows = con.execute(f"select landing_path from ops.delivery where batch_id in ({open_batches})").fetchall()
    return {row[0] for row in rows}
