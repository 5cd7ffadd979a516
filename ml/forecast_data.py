"""Reading monthly sales by region: complete months only, which series qualify, and their fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np

from ml.evaluation import Floats
from warehouse.errors import ModelError

MIN_MONTHS = 6
MIN_NONZERO_SHARE = 0.5


@dataclass(frozen=True)
class RegionSeries:
    """Net sales of one region in fen, one value per complete month without gaps, from `first_month` on."""

    source: str
    currency: str
    region_id: str
    first_month: date
    values: Floats

    def refusal(self) -> str | None:
        """Why this series is too short or too thin to forecast, or None when it qualifies."""
        months = len(self.values)
        if months < MIN_MONTHS:
            return f"{months} complete months, {MIN_MONTHS} are needed"
        sold = int(np.count_nonzero(self.values))
        if sold < MIN_NONZERO_SHARE * months:
            return f"sales in {sold} of {months} months, half are needed"
        return None


@dataclass(frozen=True)
class SeriesGroup:
    """The series that are judged together: one source in one currency. All have the same months."""

    label: str
    source: str
    currency: str
    series: tuple[RegionSeries, ...]

    @property
    def months(self) -> int:
        """Length of the history in months."""
        return len(self.series[0].values)


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months later."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def fingerprint_sales(con: duckdb.DuckDBPyConnection, *, as_of: date) -> str:
    """A text that changes when any complete month of any region changes; computed in the database."""
    row = con.execute(
        "select count(*), bit_xor(md5_number(cast(row(source, currency, region_id, period_start, net_fen)"
        " as varchar))) from features.feat_region_sales_monthly"
        " where is_complete and last_day(period_start) <= ?",
        [as_of],
    ).fetchone()
    return f"{row[0]}:{row[1]}" if row else "0:None"


def read_groups(con: duckdb.DuckDBPyConnection, *, as_of: date) -> tuple[SeriesGroup, ...]:
    """All series with at least one complete month by `as_of`, grouped by source and currency.

    Raises ModelError when the months of a group have gaps or differ in length: the feature table promises
    neither.
    """
    rows = con.execute(
        "select source, currency, region_id, period_start, net_fen from features.feat_region_sales_monthly"
        " where is_complete and last_day(period_start) <= ?"
        " order by source, currency, region_id, period_start",
        [as_of],
    ).fetchall()
    series: dict[tuple[str, str, str], list[Any]] = {}
    for source, currency, region, month, net_fen in rows:
        series.setdefault((source, currency, region), []).append((month, net_fen))
    groups: dict[tuple[str, str], list[RegionSeries]] = {}
    for (source, currency, region), points in series.items():
        groups.setdefault((source, currency), []).append(_build_series(source, currency, region, points))
    currencies = [source for source, _ in groups]
    return tuple(
        _build_group(source if currencies.count(source) == 1 else f"{source}:{currency}", source, currency, members)
        for (source, currency), members in groups.items()
    )


def _build_series(source: str, currency: str, region: str, points: Sequence[tuple[date, int]]) -> RegionSeries:
    first = points[0][0]
    if [month for month, _ in points] != [add_months(first, index) for index in range(len(points))]:
        raise ModelError(f"features.feat_region_sales_monthly: months of {source} region {region} have gaps or repeat.")
    return RegionSeries(source, currency, region, first, np.array([float(fen or 0) for _, fen in points]))


def _build_group(label: str, source: str, currency: str, members: Sequence[RegionSeries]) -> SeriesGroup:
    spans = {(one.first_month, len(one.values)) for one in members}
    if len(spans) > 1:
        raise ModelError(f"features.feat_region_sales_monthly: regions of {label} do not cover the same months.")
    return SeriesGroup(label, source, currency, tuple(members))
