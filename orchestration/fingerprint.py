"""The fingerprint of a run: the same files, dates and code give the same marts, so such a run need not be repeated."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from ingestion.extract_set import list_files
from ingestion.landing import hash_file
from warehouse.settings import PROJECT_ROOT

_CODE = ("warehouse", "ingestion", "data_quality", "ml", "serving", "orchestration", "dbt_project")
_CODE_ENDINGS = {".py", ".sql", ".yml", ".csv", ".j2", ".html"}
_BUILD_FOLDERS = {"target", "logs", "__pycache__"}


def fingerprint_run(*, extracts: Path, load_date: date, as_of: date, home: Path, root: Path = PROJECT_ROOT) -> str:
    """SHA-256 over the delivered bytes, both dates, the project's code and the company's own mappings."""
    digest = hashlib.sha256(f"{load_date:%Y-%m-%d} {as_of:%Y-%m-%d}".encode())
    for name in list_files(extracts):
        digest.update(f"{name} {hash_file(extracts / name)}".encode())
    folders = [root / room for room in _CODE] + [home / "mappings", home / "extract_sets"]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if path.suffix in _CODE_ENDINGS and path.is_file() and not _BUILD_FOLDERS.intersection(parts):
                digest.update("/".join(parts).encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
