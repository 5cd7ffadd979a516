"""Models: churn and sales forecast, each held against its simple rival before it may serve."""

import os
from collections.abc import Iterator

import dagster as dg

from orchestration.asset_facts import WRITER_POOL, asset_spec, daily_partitions, load_date_of
from orchestration.resources import RunInputs
from warehouse.connection import connect
from warehouse.settings import Settings

_EVALUATION = dg.AssetKey(["predictions", "model_evaluation"])


def build_model_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One step for both models: they share the imports that make up most of its time."""
    partitions = daily_partitions(settings)
    customer = [dg.AssetKey(["features", name]) for name in ("feat_customer_snapshot", "lbl_customer_churn")]
    sales = dg.AssetKey(["features", "feat_region_sales_monthly"])
    specs = [
        asset_spec(
            "predictions",
            "churn",
            description="Probability that a customer buys nothing in the coming 90 days, by whatever won the backtest.",
            kinds=["duckdb", "scikitlearn"],
            deps=customer,
            partitions=partitions,
        ),
        asset_spec(
            "predictions",
            "sales_forecast",
            description="Sales of the coming three months by region, by whatever won the backtest.",
            kinds=["duckdb", "python"],
            deps=[sales],
            partitions=partitions,
        ),
        asset_spec(
            *_EVALUATION.path,
            description="Every candidate beside its simple rival on the same folds, and which of them serves.",
            kinds=["duckdb", "python"],
            deps=[*customer, sales],
            partitions=partitions,
        ),
    ]

    @dg.multi_asset(
        name="score_models",
        specs=specs,
        pool=WRITER_POOL,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def score(context: dg.AssetExecutionContext, run_inputs: RunInputs) -> Iterator[dg.MaterializeResult]:
        # More threads than cores make boosting spin: 126 s against 4 s were seen on two busy cores.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from ml.churn import score_churn
        from ml.forecast import forecast_sales

        as_of = run_inputs.as_of_date(load_date_of(context))
        seed, models_dir = run_inputs.random_seed, run_inputs.settings.models_dir
        with connect(run_inputs.settings.warehouse_path) as con:
            churn = score_churn(con, as_of=as_of, random_seed=seed, models_dir=models_dir)
            forecast = forecast_sales(con, as_of=as_of, random_seed=seed, models_dir=models_dir)
        yield dg.MaterializeResult(
            asset_key=["predictions", "churn"],
            metadata={
                "dagster/row_count": churn.scored,
                "served_by": churn.served_by or "nobody",
                "reason": churn.reason,
                "reused": churn.reused,
            },
        )
        yield dg.MaterializeResult(
            asset_key=["predictions", "sales_forecast"],
            metadata={
                "dagster/row_count": len(forecast.forecasts),
                "served_by": dict(forecast.served),
                "reason": dict(forecast.reasons),
                "refused_regions": len(forecast.refused),
                "reused": forecast.reused,
            },
        )
        yield dg.MaterializeResult(asset_key=_EVALUATION, metadata={"rows": len(churn.evaluation)})

    return [score]
