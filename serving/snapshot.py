"""What a published snapshot is: its tables, its manifest on disk, and which one is current."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.errors import DealhouseError

CURRENT = "current"
MANIFEST = "manifest.json"
MARTS = "marts.duckdb"
# Raised when a key of the manifest changes its meaning or goes away; new keys do not need it.
MANIFEST_VERSION = 1


@dataclass(frozen=True)
class PublishedColumn:
    """A column as ``marts.duckdb`` has it; ``comment`` is its description in the warehouse."""

    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class PublishedTable:
    """One table of a snapshot. ``file`` is relative to the snapshot; ``bytes`` and ``sha256`` are those of it.

    ``content_hash`` does not depend on the order of rows: two snapshots written by one DuckDB version hold the
    same rows where it is equal. ``is_linked``: the file is the one of the snapshot before, not written again.
    """

    schema: str
    table: str
    rows: int
    columns: tuple[PublishedColumn, ...]
    comment: str | None
    content_hash: str
    file: str
    sha256: str
    bytes: int
    is_linked: bool


@dataclass(frozen=True)
class Snapshot:
    """One published state of the marts. ``changed`` is False where publishing found nothing new."""

    snapshot_id: str
    path: Path
    as_of: date
    load_date: date
    fingerprint: str
    duckdb_version: str
    tables: tuple[PublishedTable, ...]
    changed: bool = False

    @property
    def marts_path(self) -> Path:
        return self.path / MARTS

    def table(self, schema: str, table: str) -> PublishedTable | None:
        """The table of that name, or None where this snapshot does not have it."""
        return next((t for t in self.tables if (t.schema, t.table) == (schema, table)), None)


def write_manifest(snapshot: Snapshot, folder: Path) -> Path:
    """Write ``manifest.json`` of the snapshot into ``folder``; the same snapshot gives the same bytes."""
    content = {
        "manifest_version": MANIFEST_VERSION,
        "snapshot_id": snapshot.snapshot_id,
        "as_of": snapshot.as_of.isoformat(),
        "load_date": snapshot.load_date.isoformat(),
        "fingerprint": snapshot.fingerprint,
        "duckdb_version": snapshot.duckdb_version,
        "tables": [asdict(table) for table in snapshot.tables],
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def read_snapshot(folder: Path) -> Snapshot:
    """The snapshot in ``folder``.

    Raises:
        DealhouseError: its manifest is missing, damaged, or of a version that this program does not know.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["manifest_version"] != MANIFEST_VERSION:
            raise DealhouseError(
                f"{path} is of version {content['manifest_version']}, this program reads {MANIFEST_VERSION}. "
                f"Delete {CURRENT} beside it and publish again, or use the program that wrote it."
            )
        return Snapshot(
            snapshot_id=content["snapshot_id"],
            path=folder,
            as_of=date.fromisoformat(content["as_of"]),
            load_date=date.fromisoformat(content["load_date"]),
            fingerprint=content["fingerprint"],
            duckdb_version=content["duckdb_version"],
            tables=tuple(_read_table(entry) for entry in content["tables"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DealhouseError(
            f"{path} cannot be read ({type(error).__name__}): the snapshot is damaged. "
            f"Point {CURRENT} to another snapshot beside it, or delete {CURRENT} and publish again."
        ) from error


def read_current(published_dir: Path) -> Snapshot | None:
    """The snapshot that ``current`` points to, or None where nothing is published yet."""
    current = published_dir / CURRENT
    if not current.exists():
        return None
    # Resolved once: the pointer may move between two reads, the folder behind it never changes.
    return read_snapshot(current.resolve())


def _read_table(entry: dict[str, Any]) -> PublishedTable:
    columns = tuple(PublishedColumn(**column) for column in entry["columns"])
    return PublishedTable(**{**entry, "columns": columns})
