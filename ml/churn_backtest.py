"""The churn backtest: every candidate and rival on the same test snapshots, and the verdict of the gate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from ml.bootstrap import ScoredFold, bootstrap_auc_gain
from ml.churn_candidates import (
    BG_NBD,
    MODELS,
    RECENCY,
    RIVALS,
    Scores,
    fit_model,
    fit_recency,
    score_bgnbd,
    score_model,
    score_recency,
)
from ml.churn_data import CustomerRows
from ml.evaluation import EvaluationRow, measure_auc, measure_brier_loss, measure_lift
from ml.gate import Contest, decide_champion, name_class_shortage
from ml.split import MIN_TEST_SNAPSHOTS, SnapshotFold, split_snapshots
from warehouse.errors import ModelError

LIFT = "lift_at_10pct"
GAIN = "auc_gain_over_best_rival"


@dataclass(frozen=True)
class ChurnStudy:
    """Outcome of a backtest: who serves (None: nobody), why, the rows, and what each test snapshot held."""

    served: str | None
    is_model: bool
    reason: str
    rows: tuple[EvaluationRow, ...]
    folds: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data for metrics.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ChurnStudy:
        """The study that `to_json` wrote."""
        rows = tuple(EvaluationRow(**row) for row in stored["rows"])
        return cls(
            served=stored["served"],
            is_model=stored["is_model"],
            reason=stored["reason"],
            rows=rows,
            folds=tuple(stored["folds"]),
        )


@dataclass(frozen=True)
class _Tested:
    fold: SnapshotFold
    test: CustomerRows
    scores: dict[str, Scores]
    fewest: tuple[int, int]


def refuse_study(reason: str, *, n_folds: int = 0) -> ChurnStudy:
    """A study in which nobody serves; one row for each candidate and rival says why."""
    rows = tuple(
        EvaluationRow(candidate=name, metric="auc", value=None, is_rival=name in RIVALS, n_folds=n_folds, reason=reason)
        for name in (*MODELS, *RIVALS)
    )
    return ChurnStudy(served=None, is_model=False, reason=reason, rows=rows, folds=())


def run_backtest(
    labelled: CustomerRows, windows: Mapping[date, date], *, horizon_days: int, random_seed: int
) -> ChurnStudy:
    """Compare all candidates and rivals and let the gate decide.

    `windows`: snapshot -> end of its label window. With fewer than three usable test snapshots (both outcomes
    in training and test) nobody serves: an untested rival is no better than an untested model.
    """
    tested = []
    for fold in split_snapshots(windows):
        train, test = labelled.at(fold.train), labelled.at((fold.test,))
        fewest = _count_fewest(train, test)
        if min(fewest) > 0:
            scores = _score_all(train, test, horizon_days=horizon_days, random_seed=random_seed)
            tested.append(_Tested(fold=fold, test=test, scores=scores, fewest=fewest))
    if len(tested) < MIN_TEST_SNAPSHOTS:
        return refuse_study(
            f"Nothing is served: {len(tested)} test snapshots have known outcomes and earlier training snapshots"
            f" with both outcomes, {MIN_TEST_SNAPSHOTS} are needed.",
            n_folds=len(tested),
        )
    return _judge(tested, random_seed=random_seed)


def _count_fewest(train: CustomerRows, test: CustomerRows) -> tuple[int, int]:
    """The smaller number of churners and of stayers of the two sets."""
    churned = min(int(train.outcome.sum()), int(test.outcome.sum()))
    stayed = min(int((~train.outcome).sum()), int((~test.outcome).sum()))
    return churned, stayed


def _score_all(train: CustomerRows, test: CustomerRows, *, horizon_days: int, random_seed: int) -> dict[str, Scores]:
    scores = {name: score_model(fit_model(name, train, random_seed=random_seed), test) for name in MODELS}
    scores[RECENCY] = score_recency(fit_recency(train), test)
    # Nobody bought twice yet: the other rival has to do. A rival missing in one fold is out altogether.
    with suppress(ModelError):
        scores[BG_NBD] = score_bgnbd(test, horizon_days=horizon_days)
    return scores


def _judge(tested: list[_Tested], *, random_seed: int) -> ChurnStudy:
    names = [name for name in (*MODELS, *RIVALS) if all(name in one.scores for one in tested)]
    metrics = {name: _mean_metrics(tested, name) for name in names}
    rival = max((name for name in names if name in RIVALS), key=lambda name: (metrics[name]["auc"], name))

    everybody, numbers = np.unique(np.concatenate([one.test.customer_id for one in tested]), return_inverse=True)
    ends = np.cumsum([len(one.test) for one in tested])[:-1]
    customers = np.split(numbers, ends)
    gains = {
        name: bootstrap_auc_gain(
            [
                ScoredFold(customer, one.test.outcome, one.scores[name].score, one.scores[rival].score)
                for customer, one in zip(customers, tested, strict=True)
            ],
            n_customers=len(everybody),
            random_seed=random_seed,
        )
        for name in MODELS
    }
    shortage = name_class_shortage(min(one.fewest[0] for one in tested), min(one.fewest[1] for one in tested))
    verdict = decide_champion(
        [Contest(name, gains[name], len(tested)) for name in MODELS], rival=rival, measure="AUC", blocker=shortage
    )

    rows = []
    for name in names:
        report = partial(
            EvaluationRow,
            candidate=name,
            is_rival=name in RIVALS,
            is_served=name == verdict.served,
            n_folds=len(tested),
            n_rows=sum(len(one.test) for one in tested),
            reason=verdict.reason,
        )
        rows += [report(metric=metric, value=value) for metric, value in metrics[name].items()]
        if name in gains:
            gain = gains[name]
            rows.append(report(metric=GAIN, value=gain.value, lower=gain.lower, upper=gain.upper))
    return ChurnStudy(
        served=verdict.served,
        is_model=verdict.is_model,
        reason=verdict.reason,
        rows=tuple(rows),
        folds=tuple(_describe_fold(one) for one in tested),
    )


def _mean_metrics(tested: list[_Tested], name: str) -> dict[str, float]:
    measured = [_measure(one.test, one.scores[name]) for one in tested]
    return {key: math.fsum(values[key] for values in measured) / len(measured) for key in measured[0]}


def _measure(test: CustomerRows, scores: Scores) -> dict[str, float]:
    return {
        "auc": measure_auc(test.outcome, scores.score),
        "brier": measure_brier_loss(test.outcome, scores.probability),
        LIFT: measure_lift(test.outcome, scores.score),
    }


def _describe_fold(one: _Tested) -> dict[str, Any]:
    return {
        "test_snapshot": one.fold.test.isoformat(),
        "train_snapshots": [day.isoformat() for day in one.fold.train],
        "customers": len(one.test),
        "churn_rate": float(one.test.outcome.mean()),
        "metrics": {name: _measure(one.test, scores) for name, scores in one.scores.items()},
    }
