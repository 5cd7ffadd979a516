"""The page that explains a stored version to a person: data, rivals, verdict, limits."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version as installed_version

from ml.churn_backtest import ChurnStudy
from ml.evaluation import EvaluationRow


def write_churn_card(
    study: ChurnStudy,
    *,
    version: str,
    rows: int,
    horizon_days: int,
    random_seed: int,
    libraries: Sequence[str],
) -> str:
    """Markdown of one churn version."""
    folds = [
        f"| {fold['test_snapshot']} | {len(fold['train_snapshots'])} | {fold['customers']} | {fold['churn_rate']:.3f} |"
        for fold in study.folds
    ]
    return "\n".join(
        [
            f"# Churn, version {version}",
            "",
            study.reason,
            "",
            f"Churned: no purchase in [snapshot, snapshot + {horizon_days} days).",
            f"Labelled rows: {rows}. Random seed: {random_seed}. Libraries: {_list_versions(libraries)}.",
            "",
            "| test snapshot | training snapshots | customers | churn rate |",
            "|---|---|---|---|",
            *folds,
            "",
            *_tabulate(study.rows),
            "",
            "Limits: AUC over all customers, one-time buyers included; the lift cannot exceed 1 / churn rate.",
            "The gain is measured on the snapshots that also chose the winner. Probabilities are as good as the",
            "Brier loss says: no further calibration is applied.",
            "",
        ]
    )


def write_forecast_card(
    reasons: Sequence[str], rows: Sequence[EvaluationRow], *, version: str, libraries: Sequence[str]
) -> str:
    """Markdown of one sales forecast version."""
    return "\n".join(
        [
            f"# Sales forecast by region, version {version}",
            "",
            *reasons,
            "",
            f"Monthly net sales, complete months only. Libraries: {_list_versions(libraries)}.",
            "",
            *_tabulate(rows),
            "",
            "Limits: errors are pooled over regions, so the largest region weighs most; intervals pool",
            "errors over regions in units of their month-to-month change; such errors are not fully exchangeable.",
            "",
        ]
    )


def _list_versions(libraries: Sequence[str]) -> str:
    return ", ".join(f"{name} {installed_version(name)}" for name in libraries)


def _tabulate(rows: Sequence[EvaluationRow]) -> list[str]:
    def show(value: float | None) -> str:
        return "" if value is None else f"{value:.4f}"

    return [
        "| candidate | rival | metric | value | lower | upper | served |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row.candidate} | {'yes' if row.is_rival else ''} | {row.metric} | {show(row.value)} |"
            f" {show(row.lower)} | {show(row.upper)} | {'yes' if row.is_served else ''} |"
            for row in rows
        ),
    ]
