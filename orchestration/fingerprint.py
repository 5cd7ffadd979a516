"""The fingerprint of a run: the same files, dates and code give the same marts, so such a run need not be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ingestion.extract_set import OWN_FILE, list_files
from ingestion.landing import hash_file
from warehouse.settings import PROJECT_ROOT

_CODE = ("warehouse", "ingestion", "data_quality", "ml", "serving", "orchestration", "dbt_project")
_CODE_ENDINGS = {".py", ".sql", ".yml", ".csv", ".j2", ".html"}
_BUILD_FOLDERS = {"target", "logs", "__pycache__"}


def fingerprint_run(
    *,
    folders: Iterable[Path],
    load_date: date,
    as_of: date,
    home: Path,
    choices: Iterable[str],
    root: Path = PROJECT_ROOT,
) -> str:
    """SHA-256 over all that decides what a run gives.

    That is the delivered bytes, the extract set that lies beside them, both dates, the ``choices`` of the caller
    (settings, key), the project's code and locked libraries, and the company's own mappings.
    """
    digest = hashlib.sha256(f"{load_date:%Y-%m-%d} {as_of:%Y-%m-%d}".encode())
    for choice in choices:
        digest.update(b"\0" + choice.encode())
    for delivered in folders:
        for name in (*list_files(delivered), OWN_FILE):
            digest.update(name.encode("utf-8", "surrogateescape") + _hash_or_reason(delivered / name))
    digest.update(_hash_or_reason(root / "requirements.lock"))
    own = [root / room for room in _CODE] + [home / "mappings", home / "extract_sets"]
    for folder in own:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if path.suffix in _CODE_ENDINGS and path.is_file() and not _BUILD_FOLDERS.intersection(parts):
                digest.update("/".join(parts).encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _hash_or_reason(path: Path) -> bytes:
    """A file that is not there or cannot be read is part of the picture too; the intake will name it."""
    try:
        return hash_file(path).encode()
    except OSError as error:
        return f"{error.errno}".encode()
