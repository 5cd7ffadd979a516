"""What all assets share: owner, writer pool, partitions, and how keys, groups and kinds are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import dagster as dg

from warehouse.settings import Settings

OWNERS = ("team:data-engineering",)
#: One slot: DuckDB lets one writer in. Granularity op, so it also holds for runs that no daemon launched.
WRITER_POOL = "duckdb_writer"


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """One partition per load date, the date on which the files were delivered; the current day is open too."""
    return dg.DailyPartitionsDefinition(
        start_date=settings.first_load_date.isoformat(), timezone=settings.time_zone, end_offset=1
    )


def asset_spec(
    schema: str,
    table: str,
    *,
    description: str,
    kinds: Iterable[str],
    deps: Sequence[dg.AssetKey] = (),
    partitions: dg.PartitionsDefinition | None = None,
    group: str | None = None,
) -> dg.AssetSpec:
    """A spec that carries everything a reader of the lineage looks for."""
    return dg.AssetSpec(
        key=dg.AssetKey([schema, table]),
        description=description,
        owners=OWNERS,
        kinds=set(kinds),
        group_name=group or schema,
        deps=list(deps),
        partitions_def=partitions,
    )


def load_date_of(context: dg.AssetExecutionContext) -> date:
    """The load date of the run; of a range, its last day."""
    return date.fromisoformat(context.partition_keys[-1])
