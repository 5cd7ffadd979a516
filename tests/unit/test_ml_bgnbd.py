"""BG/NBD against hand-worked numbers, its limits, and the published fit of the CDNOW sample."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.bgnbd import BgNbdParameters, fit_bgnbd, measure_log_likelihood, predict_no_purchase
from warehouse.errors import ModelError

ONES = BgNbdParameters(r=1.0, alpha=1.0, a=1.0, b=1.0)
CDNOW = BgNbdParameters(r=0.243, alpha=4.414, a=0.793, b=2.426)


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def test_likelihood_by_hand() -> None:
    # One-time buyer, T = 1: (alpha / (alpha + T)) ^ r = 1/2.
    assert measure_log_likelihood(ONES, column(0), column(0), column(1))[0] == pytest.approx(math.log(0.5))
    # x = 1, t_x = 1, T = 3: B(1,2)/B(1,1) * G(2)/G(1) * (1/4)^2 + B(2,1)/B(1,1) * (1/2)^2 = 1/32 + 1/8.
    assert measure_log_likelihood(ONES, column(1), column(1), column(3))[0] == pytest.approx(math.log(5 / 32))


def test_weight_counts_equal_customers() -> None:
    once, _ = measure_log_likelihood(ONES, column(1), column(1), column(3))
    thrice, _ = measure_log_likelihood(ONES, column(1), column(1), column(3), weight=column(3))
    assert thrice == pytest.approx(3 * once)


def test_gradient_equals_finite_differences() -> None:
    data = (column(0, 1, 4), column(0, 10, 30), column(20, 38, 33))
    base = np.array([CDNOW.r, CDNOW.alpha, CDNOW.a, CDNOW.b])
    _, gradient = measure_log_likelihood(CDNOW, *data)
    for index in range(4):
        step = np.eye(4)[index] * 1e-6
        above, _ = measure_log_likelihood(BgNbdParameters(*(base + step)), *data)
        below, _ = measure_log_likelihood(BgNbdParameters(*(base - step)), *data)
        assert gradient[index] == pytest.approx((above - below) / 2e-6, rel=1e-5)


def test_no_purchase_by_hand() -> None:
    # One-time buyer: surely alive, so only silence counts: (1 + 1) / (1 + 1 + 2) = 1/2.
    assert predict_no_purchase(ONES, column(0), column(0), column(1), horizon=2.0)[0] == pytest.approx(0.5)
    # x = 1, t_x = 1, T = 3: alive with 1 / (1 + 1/1 * (4/2)^2) = 1/5; silent for 4 with (4/8)^2: 1 - 1/5 * 3/4.
    assert predict_no_purchase(ONES, column(1), column(1), column(3), horizon=4.0)[0] == pytest.approx(0.85)


@settings(max_examples=60, deadline=None)
@given(
    frequency=st.integers(0, 60),
    tenure=st.floats(1, 400),
    share=st.floats(0, 1),
    horizon=st.floats(0.1, 200),
    r=st.floats(0.05, 5),
    alpha=st.floats(0.1, 100),
    a=st.floats(0.05, 5),
    b=st.floats(0.05, 10),
)
def test_probability_stays_in_bounds_and_falls_with_a_later_last_purchase(
    frequency: int, tenure: float, share: float, horizon: float, r: float, alpha: float, a: float, b: float
) -> None:
    parameters = BgNbdParameters(r, alpha, a, b)
    x, total = column(frequency, frequency), column(tenure, tenure)
    early, late = predict_no_purchase(
        parameters, x, column(share * tenure * 0.5, share * tenure), total, horizon=horizon
    )
    assert 0.0 <= late <= early + 1e-12
    assert early <= 1.0
    longer = predict_no_purchase(parameters, x, column(0, 0), total, horizon=horizon * 2)
    shorter = predict_no_purchase(parameters, x, column(0, 0), total, horizon=horizon)
    assert np.all(longer <= shorter + 1e-12)


def test_fit_recovers_the_parameters_of_a_simulated_population() -> None:
    rng = np.random.default_rng(3)
    frequency, t_x, tenure = [], [], []
    for _ in range(6000):
        rate, leave = rng.gamma(0.6) / 8.0, rng.beta(0.8, 2.5)
        span, now, count, last = rng.uniform(20, 60), 0.0, 0, 0.0
        while rng.random() > leave or count == 0:
            now += rng.exponential(1 / max(rate, 1e-9))
            if now > span:
                break
            count, last = count + 1, now
        frequency.append(count), t_x.append(last), tenure.append(span)
    data = column(*frequency), column(*t_x), column(*tenure)
    fitted = fit_bgnbd(*data)
    assert fitted.r == pytest.approx(0.6, rel=0.2)
    assert fitted.alpha == pytest.approx(8.0, rel=0.25)
    # The optimum is at least as likely as the truth, and the time unit only moves alpha.
    truth, _ = measure_log_likelihood(BgNbdParameters(0.6, 8.0, 0.8, 2.5), *data)
    assert measure_log_likelihood(fitted, *data)[0] >= truth
    in_days = fit_bgnbd(data[0], data[1] * 7, data[2] * 7)
    assert in_days.alpha == pytest.approx(fitted.alpha * 7, rel=1e-3)
    assert in_days.r == pytest.approx(fitted.r, rel=1e-3)


def test_fit_refuses_a_population_without_repeat_buyers() -> None:
    with pytest.raises(ModelError, match="repeat purchase"):
        fit_bgnbd(column(0, 0), column(0, 0), column(10, 20))


@pytest.mark.public
@pytest.mark.skipif("DEALHOUSE_PUBLIC_DATA" not in os.environ, reason="DEALHOUSE_PUBLIC_DATA is not set")
def test_cdnow_sample_gives_the_published_parameters() -> None:
    """Fader, Hardie and Lee (2005), table 2: calibration weeks 1-39, 2,357 customers, log likelihood -9,582.4."""
    path = Path(os.environ["DEALHOUSE_PUBLIC_DATA"]) / "churn_cdnow" / "CDNOW_sample.txt"
    bought: dict[str, set[date]] = defaultdict(set)
    for line in path.read_text().splitlines():
        bought[line[6:11].strip()].add(datetime.strptime(line[12:20], "%Y%m%d").date())
    end = date(1997, 9, 30)
    frequency, t_x, tenure = [], [], []
    for days in bought.values():
        seen = sorted(day for day in days if day <= end)
        frequency.append(len(seen) - 1)
        t_x.append((seen[-1] - seen[0]).days / 7)
        tenure.append((end - seen[0]).days / 7)
    assert len(frequency) == 2357
    data = column(*frequency), column(*t_x), column(*tenure)
    fitted = fit_bgnbd(*data)
    assert fitted.r == pytest.approx(0.243, abs=0.002)
    assert fitted.alpha == pytest.approx(4.414, abs=0.02)
    assert fitted.a == pytest.approx(0.793, abs=0.01)
    assert fitted.b == pytest.approx(2.426, abs=0.03)
    assert measure_log_likelihood(fitted, *data)[0] == pytest.approx(-9582.4, abs=0.1)
