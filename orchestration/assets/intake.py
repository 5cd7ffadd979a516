"""Extract files into raw tables: one step per source, so that one source's trouble never stops another."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from ingestion.contract import Contract, load_contracts
from ingestion.intake import TROUBLE, FileOutcome, take_in_rest, take_in_source
from ingestion.ledger import find_lost_rows
from ingestion.personal_data import use_key
from ingestion.raw_tables import create_raw_tables
from ingestion.retention import remove_expired
from orchestration.asset_facts import OWNERS, WRITER_POOL, asset_spec, daily_partitions, load_date_of
from orchestration.resources import RunInputs
from warehouse.connection import connect
from warehouse.schema import create_shared_tables, set_run_context
from warehouse.settings import Settings

SOURCE_LABELS = {
    "crm": "CRM (客户关系管理)",
    "oa": "OA approvals (审批)",
    "meetings": "online meetings (会议)",
    "ecommerce": "e-commerce and marketing (电商与营销)",
    "hr": "people (人力资源)",
    "finance": "finance (财务)",
    "service": "customer service (客服)",
}

RUN_CONTEXT = dg.AssetKey(["ops", "run_context"])
DELIVERY = dg.AssetKey(["ops", "delivery"])


def contracts_of(source: str) -> list[Contract]:
    """The contracts of one source, in the order of their names."""
    return [c for c in load_contracts().values() if c.source == source]


def extract_specs() -> list[dg.AssetSpec]:
    """The delivered files as they lie outside: where every line of lineage starts."""
    return [
        asset_spec("extracts", source, group="extracts", kinds=["file"], description=f"The extract files of {label}.")
        for source, label in SOURCE_LABELS.items()
    ]


def build_intake_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """All assets of the intake: the opening of the run, the raw tables by source, the record of deliveries."""
    opening = _opening_asset(settings)
    sources = [_source_asset(settings, source) for source in SOURCE_LABELS]
    return [opening, *sources, _delivery_asset(settings)]


def _opening_asset(settings: Settings) -> dg.AssetsDefinition:
    @dg.asset(
        key=RUN_CONTEXT,
        group_name="ops",
        owners=OWNERS,
        kinds={"duckdb"},
        pool=WRITER_POOL,
        partitions_def=daily_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        description="The dates of the run, in one row: what every model takes for today, and the load date.",
    )
    def run_context(context: dg.AssetExecutionContext, run_inputs: RunInputs) -> dg.MaterializeResult:
        load_date = load_date_of(context)
        as_of = run_inputs.as_of_date(load_date)
        path = run_inputs.settings.warehouse_path
        path.parent.mkdir(parents=True, exist_ok=True)
        with connect(path) as con:
            create_shared_tables(con)
            create_raw_tables(con, load_contracts())
            set_run_context(con, as_of=as_of, load_date=load_date)
        return dg.MaterializeResult(metadata={"as_of": as_of.isoformat(), "load_date": load_date.isoformat()})

    return run_context


def _source_asset(settings: Settings, source: str) -> dg.AssetsDefinition:
    partitions = daily_partitions(settings)
    specs = [
        asset_spec(
            "raw",
            contract.table,
            description=f"{contract.label_en} ({contract.label_zh}) as delivered. {contract.description_en}",
            kinds=["duckdb", "python"],
            deps=[dg.AssetKey(["extracts", source]), RUN_CONTEXT],
            partitions=partitions,
        )
        for contract in contracts_of(source)
    ]

    @dg.multi_asset(
        name=f"take_in_{source}",
        specs=specs,
        pool=WRITER_POOL,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def take_in(context: dg.AssetExecutionContext, run_inputs: RunInputs) -> Iterator[dg.MaterializeResult]:
        outcomes: list[FileOutcome] = []
        counts: dict[str, int] = {}
        with connect(run_inputs.settings.warehouse_path) as con:
            for key in context.partition_keys:
                intake = run_inputs.plan(date.fromisoformat(key))
                use_key(con, run_inputs.pii_key(), now=intake.loaded_at)
                outcomes += take_in_source(con, intake, source)
            for contract in contracts_of(source):
                row = con.execute(f"select count(*) from raw.{contract.table}").fetchone()
                counts[contract.table] = int(row[0]) if row else 0
        for outcome in outcomes:
            if outcome.message:
                context.log.warning(outcome.message)
        files = [f"{o.file}: {o.status}, {o.rows_loaded} loaded, {o.rows_quarantined} quarantined" for o in outcomes]
        for contract in contracts_of(source):
            yield dg.MaterializeResult(
                asset_key=["raw", contract.table],
                metadata={"dagster/row_count": counts[contract.table], "files": files},
            )

    return take_in


def _delivery_asset(settings: Settings) -> dg.AssetsDefinition:
    deps = [dg.AssetKey(["raw", c.table]) for source in SOURCE_LABELS for c in contracts_of(source)]
    partitions = daily_partitions(settings)
    specs = [
        asset_spec("ops", table, description=text, kinds=["duckdb", "python"], deps=deps, partitions=partitions)
        for table, text in (
            (
                "delivery",
                "One row per delivered file and entity: what became of it, with the count of its rows.",
            ),
            ("source", "One row per source: its zone, its currency and the day to which its data reaches."),
            ("column_profile", "Filled cells of every delivered column, as the file came."),
        )
    ]

    @dg.multi_asset(
        name="record_deliveries",
        specs=specs,
        check_specs=[
            dg.AssetCheckSpec(
                "every_row_is_accounted_for", asset=DELIVERY, blocking=True,
                description="rows in = rows loaded + rows quarantined, for every delivery",
            ),
            dg.AssetCheckSpec(
                "every_expected_file_was_loaded", asset=DELIVERY,
                description="no file of this load date was rejected, is unknown or is missing",
            ),
        ],
        pool=WRITER_POOL,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )  # fmt: skip
    def record_deliveries(
        context: dg.AssetExecutionContext, run_inputs: RunInputs
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with connect(run_inputs.settings.warehouse_path) as con:
            days = [date.fromisoformat(key) for key in context.partition_keys]
            lost = []
            for day in days:
                take_in_rest(con, run_inputs.plan(day))
                lost += find_lost_rows(con, day)
            removed = remove_expired(
                con,
                run_inputs.settings.landing_dir,
                today=load_date_of(context),
                kept_days=run_inputs.settings.landing_kept_days,
            )
            if removed:
                context.log.info(f"{len(removed)} files past the audit horizon are removed from landing")
            trouble = con.execute(
                "select reason from ops.delivery where load_date between ? and ? and list_contains(?, status) "
                "order by load_date, file",
                [days[0], days[-1], list(TROUBLE)],
            ).fetchall()
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key)
        yield dg.AssetCheckResult(
            check_name="every_row_is_accounted_for", asset_key=DELIVERY, passed=not lost,
            metadata={"deliveries": lost},
        )  # fmt: skip
        yield dg.AssetCheckResult(
            check_name="every_expected_file_was_loaded", asset_key=DELIVERY, passed=not trouble,
            severity=dg.AssetCheckSeverity.WARN, metadata={"files": [row[0] for row in trouble]},
        )  # fmt: skip

    return record_deliveries
