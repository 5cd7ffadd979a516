"""The two dbt steps: everything up to the features, then the marts that read scores and predictions."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.asset_facts import WRITER_POOL, daily_partitions
from orchestration.dbt_run import dagster_events, dbt_args, invoke_dbt
from orchestration.dbt_translator import WarehouseTranslator
from orchestration.resources import RunInputs
from warehouse.settings import Settings

#: Models with this tag read predictions or quality scores, so they are built after both.
AFTER_SCORING = "tag:after_scoring"


class DbtBuildConfig(dg.Config):
    """Set ``full_refresh`` to rebuild the incremental tables from raw."""

    full_refresh: bool = False


def build_dbt_assets(settings: Settings, manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """One step before scoring and one after it: each dbt start is paid once."""
    translator = WarehouseTranslator()
    return [
        _dbt_step("build_to_features", settings, manifest, translator, select=None, exclude=AFTER_SCORING),
        _dbt_step("build_after_scoring", settings, manifest, translator, select=AFTER_SCORING, exclude=None),
    ]


def _dbt_step(
    name: str,
    settings: Settings,
    manifest: Mapping[str, Any],
    translator: WarehouseTranslator,
    *,
    select: str | None,
    exclude: str | None,
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        name=name,
        select=select or "fqn:*",
        exclude=exclude,
        partitions_def=daily_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=WRITER_POOL,
        dagster_dbt_translator=translator,
    )
    def step(context: dg.AssetExecutionContext, run_inputs: RunInputs, config: DbtBuildConfig) -> Iterator[Any]:
        chosen = [select] if select else []
        left_out = [exclude] if exclude else []
        if context.is_subset:
            chosen, left_out = [key.path[-1] for key in context.selected_asset_keys], []
        run_settings = run_inputs.settings
        result = invoke_dbt(
            run_settings,
            dbt_args(select=sorted(chosen), exclude=left_out, full_refresh=config.full_refresh),
        )
        yield from dagster_events(
            result, context=context, settings=run_settings, manifest=manifest, translator=translator
        )
        if not result.success:
            raise dg.Failure("dbt: " + "; ".join(result.failures), allow_retries=False)

    return step
