"""Running dbt inside the Dagster process and turning its results into Dagster events.

dagster-dbt's own CLI resource starts `dbt --version`, boots a second adapter in this process and then a third
interpreter for the build. One call in this process with the manifest that is already parsed does the same work for a
fraction of the CPU time (figures in docs/decisions.md), and the connection is let go of in every case.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration.dbt_manifest import QUIET, dbt_environment, manifest_path
from warehouse.connection import connect
from warehouse.settings import Settings
from warehouse.sql_text import quote_identifier, quote_literal

_RESULTS = {"LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult"}


@dataclass(frozen=True)
class DbtResult:
    """What a dbt call came to. ``failures`` are sentences that dbt gave for failed nodes."""

    success: bool
    events: tuple[dict[str, Any], ...]
    failures: tuple[str, ...]


def dbt_args(*, select: list[str], exclude: list[str], full_refresh: bool = False) -> list[str]:
    """Arguments of the daily build. Unit tests run with the test suite, not every morning."""
    args = [*QUIET, "--no-write-json", "build", "--exclude-resource-type", "unit_test"]
    if select:
        args += ["--select", *select]
    if exclude:
        args += ["--exclude", *exclude]
    return [*args, "--full-refresh"] if full_refresh else args


def invoke_dbt(settings: Settings, args: list[str]) -> DbtResult:
    """Run one dbt command to its end, in this process, and release the warehouse file whatever happens."""
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg
    from google.protobuf.json_format import MessageToDict

    events: list[dict[str, Any]] = []

    def keep(event: EventMsg) -> None:
        if event.info.name in _RESULTS:
            events.append(MessageToDict(event, preserving_proto_field_name=True))

    os.environ.update(dbt_environment(settings))
    try:
        result = dbtRunner(manifest=_stored_manifest(settings), callbacks=[keep]).invoke(args)
    finally:
        _release_connections()
    failures = []
    if result.exception is not None:
        failures.append(str(result.exception))
    for node in getattr(result.result, "results", []) or []:
        if str(node.status) in ("error", "fail"):
            failures.append(f"{node.node.name}: {node.message}")
    return DbtResult(bool(result.success), tuple(events), tuple(failures))


def _stored_manifest(settings: Settings) -> Any:
    """dbt's own manifest object from the last parse of this very project, or None: then dbt parses itself."""
    from dbt.contracts.graph.manifest import Manifest

    path = manifest_path(settings).with_name("partial_parse.msgpack")
    if not path.is_file():
        return None
    manifest = Manifest.from_msgpack(path.read_bytes())
    manifest.build_flat_graph()
    return manifest


def _release_connections() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    DuckDBConnectionManager.close_all_connections()
    reset_adapters()


def dagster_events(
    result: DbtResult,
    *,
    context: dg.AssetExecutionContext,
    settings: Settings,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
) -> Iterator[Any]:
    """Materialisations with row counts and columns, and check results, in the order in which dbt finished them."""
    facts = read_table_facts(settings)
    for raw in result.events:
        message = DbtCoreCliEventMessage(raw_event=raw, event_history_metadata={})
        for event in message.to_default_asset_events(
            manifest=manifest, dagster_dbt_translator=translator, context=context
        ):
            node = manifest["nodes"].get(raw["data"]["node_info"]["unique_id"], {})
            fact = facts.get((node.get("schema", ""), node.get("alias", "")))
            if isinstance(event, dg.Output) and fact is not None:
                yield dg.Output(None, output_name=event.output_name, metadata={**(event.metadata or {}), **fact})
            else:
                yield event


def read_table_facts(settings: Settings) -> dict[tuple[str, str], dict[str, Any]]:
    """Row count and column schema of every table of the warehouse, with two queries for all of them."""
    with connect(settings.warehouse_path, read_only=True) as con:
        columns = con.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal and database_name = 'warehouse' order by schema_name, table_name, column_index"
        ).fetchall()
        schemas: dict[tuple[str, str], list[dg.TableColumn]] = {}
        for schema, table, column, kind in columns:
            schemas.setdefault((schema, table), []).append(dg.TableColumn(column, kind))
        # DuckDB's own size estimate still counts deleted rows, so the rows are counted.
        counts = [
            f"select {quote_literal(schema)}, {quote_literal(table)}, count(*) "
            f"from {quote_identifier(schema)}.{quote_identifier(table)}"
            for schema, table in schemas
        ]
        rows = con.execute(" union all ".join(counts)).fetchall() if counts else []
    return {
        (schema, table): {
            "dagster/row_count": int(count),
            "dagster/column_schema": dg.TableSchema(schemas[(schema, table)]),
        }
        for schema, table, count in rows
    }
