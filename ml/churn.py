"""Churn scores of the newest customer snapshot, by whoever won the backtest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ml.bootstrap import REPLICATES
from ml.churn_backtest import ChurnStudy, refuse_study, run_backtest
from ml.churn_candidates import (
    PARAMETERS,
    RECENCY,
    RecencyCurve,
    Scores,
    fit_model,
    fit_recency,
    score_bgnbd,
    score_model,
    score_recency,
)
from ml.churn_data import (
    FEATURES,
    CustomerRows,
    fingerprint_labelled,
    read_horizon,
    read_label_windows,
    read_labelled,
    read_latest_snapshot,
    read_snapshot,
)
from ml.evaluation import EvaluationRow
from ml.model_card import write_churn_card
from ml.predictions import replace_churn
from ml.registry import compute_version, load_model, read_study, save_version

TASK = "churn"
LIBRARIES = ("duckdb", "numpy", "scikit-learn", "scipy", "skops")
# Raise by one when the code changes what a version would contain.
METHOD = 1


@dataclass(frozen=True)
class ChurnResult:
    """What a scoring run did. `served_by` None: nobody was fit to serve and no score was written.

    `reused`: the version was in the model folder, so nothing was trained or evaluated.
    """

    as_of: date
    snapshot_date: date | None
    horizon_days: int | None
    served_by: str | None
    model_version: str | None
    reason: str
    scored: int
    reused: bool
    evaluation: tuple[EvaluationRow, ...]


@dataclass(frozen=True)
class _Champion:
    """The study with what is needed to score: an estimator, a recency curve, or neither for BG/NBD."""

    study: ChurnStudy
    estimator: Any = None
    curve: RecencyCurve | None = None
    reused: bool = False


def score_churn(
    con: duckdb.DuckDBPyConnection, *, as_of: date, random_seed: int, models_dir: Path | None = None
) -> ChurnResult:
    """Score the customers of the newest snapshot; write `predictions.churn` and `predictions.model_evaluation`.

    Reads `features.feat_customer_snapshot` and `features.lbl_customer_churn`: one row per customer and
    snapshot, label window [snapshot, snapshot + horizon). Rows of the same `as_of` and snapshot are replaced.
    Empty features, too few snapshots or one-sided outcomes write no score, and evaluation rows that say why.
    With `models_dir` a version that is already there is reused. Raises ModelError when a stored model is not
    the registered one or labels mix horizons.
    """
    snapshot = read_latest_snapshot(con, as_of=as_of)
    horizon_days = read_horizon(con)
    if snapshot is None or horizon_days is None:
        missing = "customer snapshot" if snapshot is None else "churn label"
        study = refuse_study(f"Nothing is served: there is no {missing} up to {as_of.isoformat()}.")
        replace_churn(con, {}, study.rows, as_of=as_of)
        return _report(study, as_of, snapshot, horizon_days, version=None, scored=0, reused=False)

    version = compute_version(
        TASK,
        fingerprint=fingerprint_labelled(con, as_of=as_of),
        parameters={
            "method": METHOD,
            "features": FEATURES,
            "horizon_days": horizon_days,
            "models": PARAMETERS,
            "replicates": REPLICATES,
            "random_seed": random_seed,
        },
        libraries=LIBRARIES,
    )
    champion = _recall(models_dir, version)
    if champion is None:
        champion = _train(con, version, as_of, horizon_days, random_seed=random_seed, models_dir=models_dir)

    columns: dict[str, Any] = {}
    scored = 0
    if champion.study.served is not None:
        customers = read_snapshot(con, snapshot=snapshot)
        scored = len(customers)
        columns = _fill_columns(customers, _score(champion, customers, horizon_days)) | {
            "snapshot_date": [snapshot] * scored,
            "horizon_days": [horizon_days] * scored,
            "served_by": [champion.study.served] * scored,
            "model_version": [version] * scored,
            "as_of": [as_of] * scored,
        }
    replace_churn(con, columns, champion.study.rows, as_of=as_of)
    return _report(
        champion.study, as_of, snapshot, horizon_days, version=version, scored=scored, reused=champion.reused
    )


def _recall(models_dir: Path | None, version: str) -> _Champion | None:
    stored = read_study(models_dir, TASK, version) if models_dir is not None else None
    if models_dir is None or stored is None:
        return None
    study = ChurnStudy.from_json(stored["backtest"])
    estimator = load_model(models_dir, TASK, version) if study.is_model else None
    curve = RecencyCurve(**stored["recency"]) if stored["recency"] else None
    return _Champion(study=study, estimator=estimator, curve=curve, reused=True)


def _train(
    con: duckdb.DuckDBPyConnection,
    version: str,
    as_of: date,
    horizon_days: int,
    *,
    random_seed: int,
    models_dir: Path | None,
) -> _Champion:
    labelled = read_labelled(con, as_of=as_of)
    windows = read_label_windows(con, as_of=as_of)
    study = run_backtest(labelled, windows, horizon_days=horizon_days, random_seed=random_seed)
    # Every window ended by as_of, so the winner may learn from all of them before it scores.
    estimator = fit_model(study.served, labelled, random_seed=random_seed) if study.is_model and study.served else None
    curve = fit_recency(labelled) if study.served == RECENCY else None
    if models_dir is not None:
        save_version(
            models_dir,
            TASK,
            version,
            study={"backtest": study.to_json(), "recency": asdict(curve) if curve else None},
            card=write_churn_card(
                study,
                version=version,
                rows=len(labelled),
                horizon_days=horizon_days,
                random_seed=random_seed,
                libraries=LIBRARIES,
            ),
            model=estimator,
        )
    return _Champion(study=study, estimator=estimator, curve=curve)


def _score(champion: _Champion, customers: CustomerRows, horizon_days: int) -> Scores:
    if champion.estimator is not None:
        return score_model(champion.estimator, customers)
    if champion.curve is not None:
        return score_recency(champion.curve, customers)
    return score_bgnbd(customers, horizon_days=horizon_days)


def _fill_columns(customers: CustomerRows, scores: Scores) -> dict[str, Any]:
    # Rows come ordered by customer, and the sort is stable: ties rank by customer_id.
    rank = np.empty(len(customers), dtype=int)
    rank[np.argsort(-scores.score, kind="stable")] = np.arange(1, len(customers) + 1)
    return {
        "customer_id": customers.customer_id.tolist(),
        "churn_probability": scores.probability.tolist(),
        "risk_rank": rank.tolist(),
    }


def _report(
    study: ChurnStudy,
    as_of: date,
    snapshot: date | None,
    horizon_days: int | None,
    *,
    version: str | None,
    scored: int,
    reused: bool,
) -> ChurnResult:
    return ChurnResult(
        as_of=as_of,
        snapshot_date=snapshot,
        horizon_days=horizon_days,
        served_by=study.served,
        model_version=version,
        reason=study.reason,
        scored=scored,
        reused=reused,
        evaluation=study.rows,
    )
