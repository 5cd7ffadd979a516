"""Keeping dbt's manifest in step with the project: parsed again only when a file of the project has changed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from warehouse.errors import DealhouseError
from warehouse.settings import Settings

#: Folders of the dbt project whose files decide what the manifest says.
_WATCHED = ("models", "macros", "seeds", "tests")
_FILES = ("dbt_project.yml", "profiles.yml")
#: Standard output belongs to the command line; dbt writes to the log file alone.
QUIET = ("--log-level", "none", "--log-level-file", "info")


def hash_dbt_project(project_dir: Path) -> str:
    """SHA-256 over the names and contents of every file that dbt reads."""
    digest = hashlib.sha256()
    paths = [project_dir / name for name in _FILES]
    for folder in _WATCHED:
        paths += sorted(path for path in (project_dir / folder).rglob("*") if path.is_file())
    for path in paths:
        digest.update(path.relative_to(project_dir).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def manifest_path(settings: Settings) -> Path:
    return settings.dbt_target_dir / "manifest.json"


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Environment of every dbt call: where the warehouse is, and no word to anybody outside."""
    return {
        "DEALHOUSE_WAREHOUSE": str(settings.warehouse_path),
        "DBT_PROFILES_DIR": str(settings.dbt_project_dir),
        "DBT_PROJECT_DIR": str(settings.dbt_project_dir),
        "DBT_TARGET_PATH": str(settings.dbt_target_dir),
        "DBT_LOG_PATH": str(settings.logs_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def ensure_manifest(settings: Settings) -> Path:
    """Path of a manifest that matches the project as it is now; parses the project where there is none.

    Raises:
        DealhouseError: the project does not parse; says where dbt wrote the reason.
    """
    path = manifest_path(settings)
    stamp = settings.dbt_target_dir / "manifest.sha256"
    wanted = hash_dbt_project(settings.dbt_project_dir)
    if path.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return path
    from dbt.cli.main import dbtRunner

    settings.dbt_target_dir.mkdir(parents=True, exist_ok=True)
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    os.environ.update(dbt_environment(settings))
    result = dbtRunner().invoke([*QUIET, "parse"])
    if not result.success:
        raise DealhouseError(f"The dbt project does not parse: {result.exception}. See {settings.logs_dir}/dbt.log.")
    stamp.write_text(wanted)
    return path


def read_manifest(settings: Settings) -> dict[str, Any]:
    return dict(json.loads(ensure_manifest(settings).read_text(encoding="utf-8")))
