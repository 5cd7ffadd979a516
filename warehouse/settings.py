"""The settings of one installation: read once at the edge, frozen, passed down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from warehouse.errors import ConfigError

PROJECT_ROOT = Path(__file__).resolve().parents[1]


class Settings(BaseModel):
    """Everything that differs between installations. Business numbers are not settings: they are seed rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path
    extracts: Path | None = None
    extract_set: str | None = None
    # Deliveries with manifests, instead of files as vendors deliver them.
    landing: Path | None = None
    # Landing holds the only clear text of personal data; older files are removed, their manifests stay.
    landing_kept_days: int = Field(default=1095, ge=1)
    schedule_hour: int = Field(default=6, ge=0, le=23)
    time_zone: str = "Asia/Shanghai"
    # Partitions start here; an earlier load date cannot be chosen in the UI.
    first_load_date: date = date(2011, 1, 1)
    random_seed: int = Field(default=20240101, ge=0)
    snapshots_kept: int = Field(default=5, ge=1)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not an IANA time zone") from error
        return value

    @property
    def warehouse_path(self) -> Path:
        """The stem must stay ``warehouse``: dbt freezes it in the manifest as the database name."""
        return self.home / "warehouse" / "warehouse.duckdb"

    @property
    def landing_dir(self) -> Path:
        return self.home / "landing"

    @property
    def published_dir(self) -> Path:
        return self.home / "published"

    @property
    def reports_dir(self) -> Path:
        return self.home / "reports"

    @property
    def models_dir(self) -> Path:
        return self.home / "models"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"

    @property
    def dagster_dir(self) -> Path:
        return self.home / "dagster"

    @property
    def dbt_target_dir(self) -> Path:
        return self.home / "dbt"

    @property
    def dbt_project_dir(self) -> Path:
        return PROJECT_ROOT / "dbt_project"


def load_settings(
    *,
    home: Path | None = None,
    extracts: Path | None = None,
    extract_set: str | None = None,
    landing: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Arguments win over the environment (``DEALHOUSE_HOME``, ``DEALHOUSE_EXTRACTS``, ...).

    Raises:
        ConfigError: no home folder is named, or a value has the wrong form.
    """
    environ = os.environ if environ is None else environ
    chosen_home = home or (Path(environ["DEALHOUSE_HOME"]) if environ.get("DEALHOUSE_HOME") else None)
    if chosen_home is None:
        raise ConfigError("No home folder: give --home DIR or set DEALHOUSE_HOME.")
    # A folder given as an argument stands against either folder of the environment.
    named = environ if not (extracts or landing) else {}
    chosen_landing = landing or (Path(named["DEALHOUSE_LANDING"]) if named.get("DEALHOUSE_LANDING") else None)
    chosen_extracts = extracts or (Path(named["DEALHOUSE_EXTRACTS"]) if named.get("DEALHOUSE_EXTRACTS") else None)
    values: dict[str, object] = {
        "home": chosen_home.expanduser().resolve(),
        "extracts": chosen_extracts.expanduser().resolve() if chosen_extracts else None,
        "landing": chosen_landing.expanduser().resolve() if chosen_landing else None,
        "extract_set": extract_set or environ.get("DEALHOUSE_EXTRACT_SET") or None,
    }
    for name in ("landing_kept_days", "schedule_hour", "time_zone", "first_load_date", "random_seed", "snapshots_kept"):
        if environ.get(f"DEALHOUSE_{name.upper()}"):
            values[name] = environ[f"DEALHOUSE_{name.upper()}"]
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(
            f"Setting DEALHOUSE_{'_'.join(map(str, first['loc'])).upper()} is wrong: {first['msg']}."
        ) from error
