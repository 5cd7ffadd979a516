"""The report of a run as a person reads it in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: More files than a screen holds are counted by folder.
_MOST_FILES = 40


def print_report(report: dict[str, Any]) -> None:
    """Print what was done and where to look."""
    print("\n".join(format_report(report)))


def format_report(report: dict[str, Any]) -> list[str]:
    """Lines of the report: deliveries, marts, completeness, models, snapshot, next steps."""
    lines = [f"dealhouse: load date {report['load_date']}, as of {report['as_of']}", ""]
    if report.get("repeated"):
        lines += ["Nothing has changed since this run, so nothing was done again (--force repeats it).", ""]
    lines += _deliveries(report)
    if report["marts"]:
        lines += [
            "",
            "Marts",
            *_columns((f"  {m['schema']}.{m['table']}", f"{m['rows']:,} rows") for m in report["marts"]),
        ]
    lines += _completeness(report)
    lines += _models(report)
    lines += ["", f"Checks: {report['checks_passed']} passed, {report['checks_warned']} below target (warning)"]
    lines += [f"  held back by {name}" for name in report["failed_checks"]]
    lines += [f"  failed: {text}" for text in report["failures"]]
    lines.append("")
    if report["snapshot"]:
        lines.append(f"Snapshot   {report['snapshot']}  ({report['snapshot_id']})")
        lines.append(f"Report     {report['quality_report']}")
    else:
        lines.append("Nothing was published; readers keep the last good snapshot.")
    lines.append(f"UI         dealhouse ui --home {report['home']}   (or: make ui)")
    return lines


def _deliveries(report: dict[str, Any]) -> list[str]:
    rows = report.get("deliveries", [])
    shown = [r for r in rows if r["status"] not in ("ignored",)]
    ignored = len(rows) - len(shown)
    lines = ["Deliveries"]
    lines += _columns(_by_file(shown) if len(shown) <= _MOST_FILES else _by_folder(shown))
    if ignored:
        lines.append(f"  {ignored} files left out on purpose")
    trouble = [r for r in rows if r["status"] in ("rejected", "unknown", "missing")]
    return lines + [f"  ! {_sentence(str(r['reason']))}" for r in trouble]


def _by_file(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [
        (
            f"  {r['file']}",
            r["status"],
            f"{r['rows_loaded']:,} loaded" if r["status"] == "loaded" else "",
            f"{r['rows_quarantined']:,} quarantined" if r["rows_quarantined"] else "",
        )
        for r in rows
    ]


def _by_folder(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """One line for the files of a folder: a backfill has hundreds."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        folders.setdefault(str(row["file"]).split("/")[0], []).append(row)
    lines: list[tuple[str, ...]] = []
    for folder, members in folders.items():
        loaded = sum(r["rows_loaded"] for r in members)
        quarantined = sum(r["rows_quarantined"] for r in members)
        statuses = sorted({str(r["status"]) for r in members})
        lines.append(
            (
                f"  {folder}",
                f"{len(members)} files",
                ", ".join(f"{sum(r['status'] == status for r in members)} {status}" for status in statuses),
                f"{loaded:,} loaded",
                f"{quarantined:,} quarantined" if quarantined else "",
            )
        )
    return lines


def _sentence(reason: str) -> str:
    code, separator, text = reason.partition(": ")
    return text if separator and "_" in code and " " not in code else reason


def _completeness(report: dict[str, Any]) -> list[str]:
    scores = report.get("completeness", [])
    if not scores:
        return []
    rows = []
    for score in scores:
        # Cut, not rounded: 89.999 % is not 90 %.
        share = score["filled"] * 10000 // score["required"]
        verdict = "ok" if score["filled"] * 10000 >= score["target_bp"] * score["required"] else "below"
        rows.append((f"  {score['entity']}", f"{share / 100:.2f} %", f"of {score['target_bp'] / 100:.0f} %", verdict))
    lines = ["", "Completeness of required fields", *_columns(rows)]
    worst = [row for row in report.get("below_target", []) if row["field"] not in (None, "", "all")][:5]
    lines += [f"  ! {row['entity']}.{row['field']} ({row['scope']}): {row['observed_bp'] / 100:.2f} %" for row in worst]
    return lines


#: The one metric by which the gate of each model decides; the others are in predictions.model_evaluation.
GATE_METRICS = {"churn": "auc", "sales_forecast": "wape"}


def _models(report: dict[str, Any]) -> list[str]:
    rows = [row for row in report.get("models", []) if row["metric"] == GATE_METRICS.get(row["task"])]
    if not rows:
        return []
    table = [
        (
            f"  {row['task']}",
            row["candidate"],
            "rival" if row["is_rival"] else "model",
            row["metric"].upper(),
            "-" if row["value"] is None else f"{row['value']:.3f}",
            "<- serves" if row["is_served"] else "",
        )
        for row in rows
    ]
    reasons = dict.fromkeys(str(row["reason"]) for row in rows if row["is_served"] and row["reason"])
    return ["", "Models beside their rivals", *_columns(table), *(f"  {reason}" for reason in reasons)]


def _columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows as text columns, each as wide as its widest cell."""
    table = list(rows)
    if not table:
        return []
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
