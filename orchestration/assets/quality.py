"""Completeness: scored by SQL, judged by Great Expectations as asset checks, shown in a report."""

from collections.abc import Iterator

import dagster as dg

from data_quality.standards import load_standards
from orchestration.asset_facts import WRITER_POOL, asset_spec, daily_partitions, load_date_of
from orchestration.resources import RunInputs
from warehouse.connection import connect
from warehouse.settings import Settings

COMPLETENESS = dg.AssetKey(["dq", "completeness_daily"])
BY_OWNER = dg.AssetKey(["dq", "completeness_by_owner"])
REPORT_NAME = "data_quality.html"
#: What the report shows beside the scores.
REPORT_SOURCES = (["dq", "file_fill"], ["dq", "check_result"], ["ops", "delivery"], ["governance", "link_match_rate"])


def check_name(entity: str) -> str:
    """Name of the asset check that holds an entity against its target."""
    return f"completeness_of_{entity.replace('.', '_')}"


def build_quality_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One step: scores, verdicts and report; the import of Great Expectations is paid once."""
    standards = load_standards()
    entities = [standard.entity for standard in standards.entities]
    partitions = daily_partitions(settings)
    scored = [dg.AssetKey(["staging", f"stg_{entity.replace('.', '__')}"]) for entity in entities]
    profile = dg.AssetKey(["ops", "column_profile"])
    specs = [
        asset_spec(
            *COMPLETENESS.path,
            description="Filled of required cells by entity, field and stage: the completeness scores of one day.",
            kinds=["duckdb", "sql"],
            deps=scored,
            partitions=partitions,
        ),
        asset_spec(
            *BY_OWNER.path,
            description="The same cells by entity, field and owner of the records: who has what to fill in.",
            kinds=["duckdb", "sql"],
            deps=scored,
            partitions=partitions,
        ),
        asset_spec(
            "dq",
            "file_fill",
            description="The average of all delivered cells of a file: the figure that hides what matters.",
            kinds=["duckdb", "sql"],
            deps=[profile],
            partitions=partitions,
        ),
        asset_spec(
            "dq",
            "check_result",
            description="What Great Expectations judged: every scope with what was observed and what is required.",
            kinds=["duckdb", "greatexpectations"],
            deps=[COMPLETENESS],
            partitions=partitions,
        ),
        asset_spec(
            "reports",
            "data_quality",
            description="The data quality report for people: one HTML page that needs nothing else.",
            kinds=["html"],
            deps=[COMPLETENESS, *(dg.AssetKey(path) for path in REPORT_SOURCES)],
            partitions=partitions,
        ),
    ]

    @dg.multi_asset(
        name="score_completeness",
        specs=specs,
        check_specs=[
            dg.AssetCheckSpec(
                check_name(entity),
                asset=COMPLETENESS,
                description=f"{entity}: every required field, also by stage, is at least as complete as its target.",
            )
            for entity in entities
        ],
        pool=WRITER_POOL,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def score(
        context: dg.AssetExecutionContext, run_inputs: RunInputs
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        from data_quality.completeness import score_completeness
        from data_quality.file_fill import measure_file_fill
        from data_quality.judgement import judge_completeness
        from data_quality.report import render_report, write_report

        as_of = run_inputs.as_of_date(load_date_of(context))
        with connect(run_inputs.settings.warehouse_path) as con:
            result = score_completeness(con, as_of=as_of, standards=standards)
            measure_file_fill(con, as_of=as_of)
            verdicts = judge_completeness(con, as_of=as_of, scores=result.scores, standards=standards)
            # Where nothing at all was delivered there is nothing to report; the deliveries say why.
            html = render_report(con, as_of=as_of, standards=standards) if result.scores else None
        report = run_inputs.settings.reports_dir / REPORT_NAME
        if html is not None:
            write_report(report, html)
        yield dg.MaterializeResult(asset_key=COMPLETENESS, metadata={"dagster/row_count": len(result.scores)})
        yield dg.MaterializeResult(asset_key=BY_OWNER)
        yield dg.MaterializeResult(asset_key=["dq", "file_fill"])
        yield dg.MaterializeResult(asset_key=["dq", "check_result"], metadata={"dagster/row_count": len(verdicts)})
        yield dg.MaterializeResult(
            asset_key=["reports", "data_quality"], metadata={"report": dg.MetadataValue.path(str(report))}
        )
        for entity in entities:
            own = [verdict for verdict in verdicts if verdict.entity == entity]
            missed = [verdict for verdict in own if not verdict.passed]
            yield dg.AssetCheckResult(
                check_name=check_name(entity),
                asset_key=COMPLETENESS,
                passed=not missed,
                # Below target is a task for the owner of the field, never a reason to publish nothing.
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "judged": len(own),
                    "below_target": [
                        f"{v.field} ({v.scope}): {v.observed_bp / 100:.2f} % of {v.target_bp / 100:.0f} %"
                        for v in missed
                    ],
                },
            )

    return [score]
