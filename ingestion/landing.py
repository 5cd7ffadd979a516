"""Landing: an unchanged copy of every delivered file, with a manifest that is written last."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingestion.extract_set import PlannedFile

MANIFEST = "_manifest.json"


@dataclass(frozen=True)
class LandedFile:
    """One delivered file as it stands in landing: ``path`` is the copy, ``landing_path`` the same below landing."""

    delivery_id: str
    source: str
    mapping: str
    name: str
    path: Path
    sha256: str
    load_date: date
    landing_path: str


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

    The manifest is written after the copy and by rename, so a folder that has one is whole.

    Raises:
        OSError: the file cannot be read, or changes while it is being copied.
    """
    sha256 = hash_file(planned.path)
    delivery_id = make_delivery_id(load_date, planned.name, sha256[:12])
    folder = landing_dir / planned.source / planned.mapping / f"dt={load_date:%Y-%m-%d}" / delivery_id
    target = folder / Path(planned.name).name
    if not (folder / MANIFEST).is_file():
        # Landing holds the only clear personal data.
        landing_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(planned.path, target)
        if hash_file(target) != sha256:
            raise OSError(errno.EBUSY, "it changed while it was being copied")
        manifest = {
            "delivery_id": delivery_id,
            "mapping": planned.mapping,
            "load_date": f"{load_date:%Y-%m-%d}",
            "files": [
                {
                    "name": target.name,
                    "delivered_as": planned.name,
                    "bytes": target.stat().st_size,
                    "sha256": sha256,
                }
            ],
        }
        part = folder / f"{MANIFEST}.part"
        part.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        part.replace(folder / MANIFEST)
    return LandedFile(
        delivery_id=delivery_id,
        source=planned.source,
        mapping=planned.mapping,
        name=planned.name,
        path=target,
        sha256=sha256,
        load_date=load_date,
        landing_path=target.relative_to(landing_dir).as_posix(),
    )
