"""Metrics, bootstraps and the gate by hand numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.bootstrap import Gain, ScoredFold, bootstrap_auc_gain, bootstrap_wape_gain
from ml.conformal import ErrorInterval, apply_interval, measure_interval, measure_typical_change
from ml.evaluation import PreparedAuc, measure_auc, measure_brier_loss, measure_lift, measure_wape
from ml.gate import Contest, decide_champion, name_class_shortage


def booleans(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=25))
def test_weighted_auc_equals_counting_pairs(rows: list[tuple[bool, int, int]]) -> None:
    outcome = np.array([row[0] for row in rows])
    score, weight = np.array([row[1] for row in rows], float), np.array([row[2] for row in rows], float)
    won = pairs = 0.0
    for i in range(len(rows)):
        for j in range(len(rows)):
            if outcome[i] and not outcome[j]:
                pairs += weight[i] * weight[j]
                won += weight[i] * weight[j] * (1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
    measured = PreparedAuc(outcome, score).weighted(weight)
    assert math.isnan(measured) if pairs == 0 else measured == pytest.approx(won / pairs)


def test_metrics_by_hand() -> None:
    outcome = booleans(1, 0, 1, 0)
    assert measure_auc(outcome, np.array([0.9, 0.8, 0.7, 0.1])) == pytest.approx(0.75)
    assert measure_brier_loss(outcome, np.array([1.0, 0.0, 0.5, 0.5])) == pytest.approx(0.125)
    assert measure_wape(np.array([100.0, -50.0]), np.array([80.0, -40.0])) == pytest.approx(0.2)
    assert math.isnan(measure_wape(np.zeros(2), np.ones(2)))
    assert math.isnan(measure_auc(booleans(1, 1), np.array([0.1, 0.2])))


def test_lift_by_hand_and_without_regard_to_row_order_in_ties() -> None:
    # 10 rows, 2 churners; the top tenth is one row. Two rows tie at the top, one of them churned: 0.5 / 0.2.
    outcome = booleans(1, 0, 1, 0, 0, 0, 0, 0, 0, 0)
    score = np.array([9, 9, 1, 2, 3, 4, 5, 6, 7, 8], dtype=float)
    assert measure_lift(outcome, score) == pytest.approx(2.5)
    assert measure_lift(outcome[::-1], score[::-1]) == pytest.approx(2.5)
    assert math.isnan(measure_lift(booleans(0, 0), np.array([1.0, 2.0])))


def fold(gain: float, *, rows: int = 400) -> ScoredFold:
    rng = np.random.default_rng(0)
    outcome = rng.random(rows) < 0.4
    noise = rng.normal(size=rows)
    return ScoredFold(np.arange(rows), outcome, noise + gain * outcome, rng.normal(size=rows))


def test_auc_bootstrap_tells_signal_from_noise_and_repeats_with_the_seed() -> None:
    signal = bootstrap_auc_gain([fold(1.5)], n_customers=400, random_seed=1)
    noise = bootstrap_auc_gain([fold(0.0)], n_customers=400, random_seed=1)
    assert signal.lower > 0.2
    assert noise.lower < 0 < noise.upper
    assert signal == bootstrap_auc_gain([fold(1.5)], n_customers=400, random_seed=1)


def test_auc_bootstrap_does_not_shrink_when_the_same_customers_are_shown_again() -> None:
    once = bootstrap_auc_gain([fold(0.2)], n_customers=400, random_seed=1)
    four_times = bootstrap_auc_gain([fold(0.2)] * 4, n_customers=400, random_seed=1)
    assert four_times.upper - four_times.lower == pytest.approx(once.upper - once.lower)


def test_wape_bootstrap_does_not_shrink_when_all_regions_share_one_months_luck() -> None:
    origin = np.array([0, 1, 2, 3])
    actual, model, rival = np.full(4, 100.0), np.array([5.0, 40.0, 5.0, 15.0]), np.full(4, 20.0)
    single = bootstrap_wape_gain(actual, model, rival, region=np.zeros(4, int), origin=origin, random_seed=1)
    assert single.value == pytest.approx((80 - 65) / 400)
    repeated = bootstrap_wape_gain(
        np.tile(actual, 30),
        np.tile(model, 30),
        np.tile(rival, 30),
        region=np.repeat(np.arange(30), 4),
        origin=np.tile(origin, 30),
        random_seed=1,
    )
    assert single.lower < 0
    assert repeated.lower < 0


@pytest.mark.parametrize(
    ("gains", "served"),
    [
        ({"a": Gain(0.05, 0.01, 0.09)}, "a"),
        ({"a": Gain(0.05, 0.0, 0.09)}, "rival"),  # exactly zero is not above zero
        ({"a": Gain(0.05, -0.01, 0.09)}, "rival"),
        ({"a": Gain(-0.05, -0.1, 0.0)}, "rival"),
        ({"a": Gain(math.nan, math.nan, math.nan)}, "rival"),
        ({}, "rival"),
        ({"a": Gain(0.05, 0.01, 0.09), "b": Gain(0.06, 0.001, 0.1)}, "b"),
        ({"a": Gain(0.05, 0.01, 0.09), "b": Gain(0.06, -0.001, 0.1)}, "a"),  # the larger gain is not proven
    ],
)
def test_gate(gains: dict[str, Gain], served: str) -> None:
    verdict = decide_champion([Contest(n, g, 4) for n, g in gains.items()], rival="rival", measure="AUC")
    assert verdict.served == served
    assert verdict.is_model == (served != "rival")
    assert verdict.reason.startswith(f"{served} serves: ")
    assert verdict.reason.endswith(".")


def test_a_blocker_keeps_every_candidate_out() -> None:
    contest = Contest("a", Gain(0.5, 0.4, 0.6), 4)
    verdict = decide_champion([contest], rival="rival", measure="AUC", blocker="too few churners")
    assert verdict.reason == "rival serves: too few churners."
    assert not verdict.is_model


@pytest.mark.parametrize(("positives", "negatives", "short"), [(40, 40, False), (39, 900, True), (900, 39, True)])
def test_class_shortage(positives: int, negatives: int, short: bool) -> None:
    assert (name_class_shortage(positives, negatives) is not None) == short


def test_conformal_interval_by_hand() -> None:
    # 10 errors, 80 %: k = floor(11 * 0.1) = 1, the smallest and the largest; 19 errors: k = 2.
    assert measure_interval([float(i) for i in range(10)]) == ErrorInterval(0.0, 9.0)
    assert measure_interval([float(i) for i in range(19)]) == ErrorInterval(1.0, 17.0)
    assert measure_interval([0.0] * 9) is None
    # Nine errors would do for the quantile (k = 1); the limit of ten is what holds them back.
    assert measure_interval([float(i) for i in range(9)], min_residuals=9) == ErrorInterval(0.0, 8.0)


def test_interval_is_in_units_of_the_typical_change_and_holds_the_forecast() -> None:
    assert measure_typical_change(np.array([100.0, 140.0, 120.0])) == 30.0
    assert measure_typical_change(np.array([100.0])) == 0.0
    assert apply_interval(500.0, ErrorInterval(-2.0, 1.0), typical_change=30.0) == (440.0, 530.0)
    assert apply_interval(500.0, ErrorInterval(0.5, 1.0), typical_change=30.0) == (500.0, 530.0)


@pytest.mark.parametrize(("tests", "served"), [(8, "a"), (7, "rival")])
def test_a_proven_gain_serves_only_over_enough_test_dates(tests: int, served: str) -> None:
    contest = Contest("a", Gain(0.05, 0.01, 0.09), tests)
    verdict = decide_champion([contest], rival="rival", measure="WAPE", min_tests=8)
    assert verdict.served == served
    assert ("8 test dates are needed" in verdict.reason) == (served == "rival")
