"""What a run came to, as plain data: read from the warehouse after the run, printed or given out as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg
import duckdb

from ingestion.intake import TROUBLE
from orchestration.assets.publish import SNAPSHOT
from orchestration.assets.quality import REPORT_NAME
from serving.snapshot import read_current
from warehouse.connection import connect
from warehouse.settings import Settings


def collect_report(
    settings: Settings,
    results: Sequence[dg.ExecuteInProcessResult],
    *,
    first: date,
    load_date: date,
    as_of: date,
    fingerprint: str,
) -> dict[str, Any]:
    """The report of the jobs of one run. ``exit_code`` follows from what happened: 0, 1, 3 or 4."""
    events = [event for result in results for event in result.all_events]
    failures = [
        f"{event.step_key}: {_reason(event.step_failure_data.error)}" for event in events if event.is_step_failure
    ]
    checks = [e.asset_check_evaluation_data for e in events if e.event_type_value == "ASSET_CHECK_EVALUATION"]
    held_back = sorted(
        f"{check.asset_key.to_user_string()}: {check.check_name}"
        for check in checks
        if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
    )
    published = any(event.is_step_materialization and event.asset_key == SNAPSHOT for event in events)
    report: dict[str, Any] = {
        "from_date": first.isoformat(),
        "load_date": load_date.isoformat(),
        "as_of": as_of.isoformat(),
        "home": str(settings.home),
        "fingerprint": fingerprint,
        "run_id": results[-1].run_id,
        "failures": failures,
        "failed_checks": held_back,
        "checks_passed": sum(check.passed for check in checks),
        "checks_warned": sum(not check.passed and check.severity != dg.AssetCheckSeverity.ERROR for check in checks),
    }
    if settings.warehouse_path.is_file():
        with connect(settings.warehouse_path, read_only=True) as con:
            report |= _read_warehouse(con, first=first, load_date=load_date, as_of=as_of)
    snapshot = read_current(settings.published_dir) if published else None
    report["snapshot"] = str(settings.published_dir / "current") if snapshot else None
    report["snapshot_id"] = snapshot.snapshot_id if snapshot else None
    report["marts"] = [
        {"schema": table.schema, "table": table.table, "rows": table.rows}
        for table in (snapshot.tables if snapshot else ())
    ]
    report["quality_report"] = str(settings.reports_dir / REPORT_NAME)
    report["exit_code"] = _exit_code(report, published=published)
    return report


def _reason(error: Any) -> str:
    while getattr(error, "cause", None) is not None:
        error = error.cause
    return str(getattr(error, "message", error)).strip().splitlines()[0] if error is not None else "failed"


def _exit_code(report: dict[str, Any], *, published: bool) -> int:
    if not published:
        return 4 if report["failed_checks"] else 1
    if report["failures"]:
        return 1
    return 3 if any(d["status"] in TROUBLE for d in report.get("deliveries", [])) else 0


def _rows(con: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> list[dict[str, Any]]:
    cursor = con.execute(query, values)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _read_warehouse(con: duckdb.DuckDBPyConnection, *, first: date, load_date: date, as_of: date) -> dict[str, Any]:
    return {
        "deliveries": _rows(
            con,
            """select file, source, status,
                case when status = 'loaded' then null else reason end as reason,
                coalesce(sum(rows_in), 0)::bigint as rows_in,
                coalesce(sum(rows_loaded), 0)::bigint as rows_loaded,
                coalesce(sum(rows_quarantined), 0)::bigint as rows_quarantined
            from ops.delivery where load_date between ? and ? group by all order by source nulls last, file""",
            [first, load_date],
        ),
        "completeness": _rows(
            con,
            """select entity, sum(filled_cells)::bigint as filled, sum(required_cells)::bigint as required,
                max(target_bp) as target_bp
            from dq.completeness_daily where as_of = ? group by entity order by entity""",
            [as_of],
        ),
        "below_target": _rows(
            con,
            """select entity, field, scope, observed_bp, target_bp from dq.check_result
            where as_of = ? and not passed order by observed_bp, entity, field, scope""",
            [as_of],
        ),
        "file_fill": _rows(
            con,
            """select file, filled_cells, cells from dq.file_fill where as_of = ? order by file""",
            [as_of],
        ),
        "models": _rows(
            con,
            """select task, candidate, is_rival, metric, value, is_served, reason
            from predictions.model_evaluation where as_of = ? order by task, candidate, metric""",
            [as_of],
        ),
    }
