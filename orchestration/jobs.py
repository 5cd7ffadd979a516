"""The jobs and the one schedule."""

from __future__ import annotations

import dagster as dg
from dagster import AssetSelection, ScheduleDefinition

from warehouse.settings import Settings

DAILY_LOAD, INTAKE, REBUILD = "daily_load", "intake", "rebuild"

_OPENING = AssetSelection.assets(["ops", "run_context"])
_TAKEN_IN = AssetSelection.key_prefixes(["extracts"], ["raw"], ["ops"])


def build_daily_load() -> dg.UnresolvedAssetJobDefinition:
    """Everything, for one load date: files in, marts built, scored, judged, published."""
    return dg.define_asset_job(
        DAILY_LOAD,
        selection=AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="Load one day's extracts, build every mart, score, judge, and publish a snapshot.",
    )


def build_intake() -> dg.UnresolvedAssetJobDefinition:
    """The intake alone: of a range of load dates, before everything is built once for the last of them."""
    return dg.define_asset_job(
        INTAKE,
        selection=_TAKEN_IN,
        executor_def=dg.in_process_executor,
        description="Take in the files of one or more load dates, without building anything.",
    )


def build_rebuild() -> dg.UnresolvedAssetJobDefinition:
    """Everything but the intake, from what is loaded already."""
    return dg.define_asset_job(
        REBUILD,
        selection=AssetSelection.all() - (_TAKEN_IN - _OPENING),
        executor_def=dg.in_process_executor,
        description="Build every mart from what is loaded already, score, judge, and publish a snapshot.",
    )


def build_schedule(
    job: dg.UnresolvedAssetJobDefinition, settings: Settings
) -> ScheduleDefinition | dg.UnresolvedPartitionedAssetScheduleDefinition:
    """Each morning, for the load date of that morning."""
    return dg.build_schedule_from_partitioned_job(
        job, name="daily_load_every_morning", hour_of_day=settings.schedule_hour
    )
