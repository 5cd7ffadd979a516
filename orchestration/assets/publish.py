"""Publishing: the immutable snapshot that readers open, swapped in when everything before it was green."""

from collections.abc import Sequence

import dagster as dg

from orchestration.asset_facts import OWNERS, WRITER_POOL, daily_partitions, load_date_of
from orchestration.resources import RunInputs
from serving.publish import MART_SCHEMAS, publish_snapshot
from warehouse.settings import Settings

SNAPSHOT = dg.AssetKey(["published", "current"])
FINGERPRINT_TAG = "dealhouse/fingerprint"


def build_publish_assets(settings: Settings, *, upstream: Sequence[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """The snapshot depends on every mart, prediction and score that it holds."""
    marts = [key for key in upstream if key.path[0] in MART_SCHEMAS]
    others = [
        dg.AssetKey([schema, table])
        for schema, table in (
            ("predictions", "churn"),
            ("predictions", "sales_forecast"),
            ("predictions", "model_evaluation"),
            ("dq", "completeness_daily"),
            ("dq", "check_result"),
            ("reports", "data_quality"),
        )
    ]

    @dg.asset(
        key=SNAPSHOT,
        group_name="published",
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        pool=WRITER_POOL,
        deps=[*marts, *others],
        partitions_def=daily_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        description="The snapshot that BI and people read: marts.duckdb, Parquet files and a manifest, never changed.",
    )
    def current(context: dg.AssetExecutionContext, run_inputs: RunInputs) -> dg.MaterializeResult:
        load_date = load_date_of(context)
        run_settings = run_inputs.settings
        snapshot = publish_snapshot(
            run_settings.warehouse_path,
            run_settings.published_dir,
            as_of=run_inputs.as_of_date(load_date),
            load_date=load_date,
            fingerprint=context.run.tags.get(FINGERPRINT_TAG, context.run_id),
            keep=run_settings.snapshots_kept,
        )
        return dg.MaterializeResult(
            metadata={
                "snapshot": snapshot.snapshot_id,
                "changed": snapshot.changed,
                "tables": len(snapshot.tables),
                "path": dg.MetadataValue.path(str(snapshot.path)),
            }
        )

    return [current]
