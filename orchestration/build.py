"""Putting the definitions together; no asset, check or resource is implemented here."""

from __future__ import annotations

from datetime import date

import dagster as dg

from orchestration.assets.dbt import build_dbt_assets
from orchestration.assets.intake import build_intake_assets, extract_specs
from orchestration.assets.models import build_model_assets
from orchestration.assets.publish import build_publish_assets
from orchestration.assets.quality import build_quality_assets
from orchestration.dbt_manifest import read_manifest
from orchestration.jobs import build_daily_load, build_intake, build_rebuild, build_schedule
from orchestration.resources import RunInputs
from warehouse.settings import Settings


def build_defs(settings: Settings, *, as_of: date | None = None, lock_is_held: bool = False) -> dg.Definitions:
    """The whole code location for one installation. Tests and the command line pass their own settings."""
    manifest = read_manifest(settings)
    dbt_steps = build_dbt_assets(settings, manifest)
    mart_keys = [key for step in dbt_steps for key in step.keys]
    job = build_daily_load()
    return dg.Definitions(
        assets=[
            *extract_specs(),
            *build_intake_assets(settings),
            *dbt_steps,
            *build_quality_assets(settings),
            *build_model_assets(settings),
            *build_publish_assets(settings, upstream=mart_keys),
        ],
        jobs=[job, build_intake(), build_rebuild()],
        schedules=[build_schedule(job, settings)],
        resources={"run_inputs": RunInputs.from_settings(settings, as_of=as_of, lock_is_held=lock_is_held)},
        executor=dg.in_process_executor,
    )
