"""Landing: an unchanged copy of every delivered file, with a manifest that is written last."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingestion.plan import Expected, PlannedFile, SourceFacts
from warehouse.errors import DeliveryError

MANIFEST = "_manifest.json"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class LandedFile:
    """One delivered file as it stands in landing: ``path`` is the copy, ``landing_path`` the same below landing."""

    delivery_id: str
    mapping: str
    name: str
    stream: str
    path: Path
    sha256: str
    load_date: date
    landing_path: str
    facts: SourceFacts
    expected: Expected | None = None

    @property
    def source(self) -> str:
        """The source that delivered the file."""
        return self.facts.source


def hash_file(path: Path) -> str:
    """SHA-256 of the bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_delivery_id(load_date: date, name: str, mark: str) -> str:
    """Name of a delivery: the same file with the same bytes on the same load date is the same delivery."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:80]
    # Two Chinese names may leave the same slug.
    name_hash = hashlib.sha256(name.encode("utf-8")).hexdigest()[:6]
    return f"{load_date:%Y%m%d}-{slug}-{name_hash}-{mark}"


def land_file(planned: PlannedFile, *, landing_dir: Path, load_date: date) -> LandedFile:
    """Copy the file to ``landing/<source>/<mapping>/dt=<load date>/<delivery>/``; a copy that is complete is kept.

    The manifest is written after the copy and by rename, so a folder that has one is whole. A file that lies in this
    landing already is taken from where it is.

    Raises:
        OSError: the file cannot be read, or changes while it is being copied.
        DeliveryError: its bytes are not those of the manifest that came with it.
    """
    sha256 = hash_file(planned.path)
    _compare(planned, sha256)
    delivery_id = make_delivery_id(load_date, planned.name, sha256[:12])
    if planned.path.resolve().is_relative_to(landing_dir.resolve()):
        target = planned.path.resolve()
    else:
        folder = landing_dir / planned.source / planned.mapping / f"dt={load_date:%Y-%m-%d}" / delivery_id
        target = folder / Path(planned.name).name
        # Past the audit horizon only the manifest is left.
        if not ((folder / MANIFEST).is_file() and target.is_file()):
            # Landing holds the only clear personal data.
            landing_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(parents=True, exist_ok=True)
            _copy_whole(planned.path, target, sha256=sha256)
            write_manifest(folder, _manifest(planned, target, delivery_id=delivery_id, sha256=sha256, day=load_date))
    return LandedFile(
        delivery_id=delivery_id,
        mapping=planned.mapping,
        name=planned.name,
        stream=planned.stream,
        path=target,
        sha256=sha256,
        load_date=load_date,
        landing_path=target.resolve().relative_to(landing_dir.resolve()).as_posix(),
        facts=planned.facts,
        expected=planned.expected,
    )


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest of a delivery folder: whole and on the disk, or not at all."""
    part = folder / f"{MANIFEST}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / MANIFEST)


def _compare(planned: PlannedFile, sha256: str) -> None:
    expected = planned.expected
    if expected is None:
        return
    found = planned.path.stat().st_size
    if expected.bytes is not None and expected.bytes != found:
        raise DeliveryError(
            "manifest_mismatch",
            f"{planned.name} has {found} bytes, its manifest says {expected.bytes}. Ask for the file again.",
        )
    if expected.sha256 is not None and expected.sha256.lower() != sha256:
        raise DeliveryError(
            "manifest_mismatch",
            f"{planned.name} has another SHA-256 than its manifest says. Ask for the file again.",
        )


def _copy_whole(source: Path, target: Path, *, sha256: str) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as delivered, target.open("wb") as file:
        while block := delivered.read(_BLOCK):
            digest.update(block)
            file.write(block)
        file.flush()
        # The manifest says that the copy is whole: it must not reach the disk before the copy does.
        os.fsync(file.fileno())
    if digest.hexdigest() != sha256:
        raise OSError(errno.EBUSY, "it changed while it was being copied")


def _manifest(planned: PlannedFile, target: Path, *, delivery_id: str, sha256: str, day: date) -> dict[str, Any]:
    facts = planned.facts
    rows = planned.expected.rows if planned.expected else None
    return {
        "delivery_id": delivery_id,
        "mapping": planned.mapping,
        "source": facts.source,
        "source_system": facts.system,
        "business_zone": facts.business_zone,
        "currency": facts.currency,
        "load_date": f"{day:%Y-%m-%d}",
        "files": [
            {
                "name": target.name,
                "delivered_as": planned.name,
                "stream": planned.stream,
                "bytes": target.stat().st_size,
                "sha256": sha256,
                **({} if rows is None else {"rows": rows}),
            }
        ],
    }
