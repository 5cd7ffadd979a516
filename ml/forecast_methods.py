"""How one monthly series is continued: two naive rivals, two statistical models and their mean."""

from __future__ import annotations

import numpy as np

from ml.evaluation import Floats

SEASON_MONTHS = 12
# Two years show a season once repeated; three let it be judged on a year that did not also teach it.
MIN_TRAIN_FOR_SEASON = 24
MIN_HISTORY_FOR_SEASON = 36

NAIVE = "naive_last_value"
SEASONAL_NAIVE = "seasonal_naive"
ETS = "auto_ets"
THETA = "auto_theta"
MEAN = "mean_ets_theta"
MODELS = (ETS, THETA, MEAN)


def forecast_naive(values: Floats, horizon: int) -> Floats:
    """The last value, `horizon` times."""
    return np.full(horizon, values[-1])


def forecast_seasonal_naive(values: Floats, horizon: int, *, season: int = SEASON_MONTHS) -> Floats:
    """The value of the same month one season earlier; needs at least one season of values."""
    if len(values) < season:
        raise ValueError(f"seasonal naive needs {season} values, got {len(values)}")
    last_season = values[-season:]
    return np.array([last_season[step % season] for step in range(horizon)])


def choose_season(train_months: int, history_months: int) -> int:
    """Season length for the models: 12 where history is long enough to test a season, else 1 (none)."""
    long_enough = history_months >= MIN_HISTORY_FOR_SEASON and train_months >= MIN_TRAIN_FOR_SEASON
    return SEASON_MONTHS if long_enough else 1


def forecast_models(values: Floats, horizon: int, *, season: int) -> dict[str, Floats]:
    """Forecasts of AutoETS, AutoTheta (statsforecast) and their mean; a model that cannot be fitted is left out.

    AutoETS refuses a series with about as many values as parameters; the mean then is left out too.
    """
    from statsforecast.models import AutoETS, AutoTheta

    # Fen have many digits; models fitted on values around one are the same models with safer arithmetic.
    scale = float(np.abs(values).mean()) or 1.0
    found: dict[str, Floats] = {}
    for name, model in ((ETS, AutoETS), (THETA, AutoTheta)):
        try:
            # Among short series AutoETS also tries models with no degree of freedom left, and discards them.
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = model(season_length=season).forecast(y=values / scale, h=horizon)["mean"]
        except NotImplementedError as error:
            if "tiny datasets" not in str(error):
                raise
            continue
        if np.all(np.isfinite(mean)):
            found[name] = np.asarray(mean, dtype=float) * scale
    if len(found) == 2:
        found[MEAN] = (found[ETS] + found[THETA]) / 2
    return found
