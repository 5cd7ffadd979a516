"""Splits: nothing that was not yet known at the test date may be learned from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.split import choose_origins, split_snapshots

START = date(2020, 1, 1)


@given(
    windows=st.dictionaries(
        st.integers(0, 900).map(lambda days: START + timedelta(days=days)), st.integers(1, 200), max_size=30
    ),
    max_tests=st.integers(0, 10),
)
def test_no_training_label_window_crosses_its_test_snapshot(windows: dict[date, int], max_tests: int) -> None:
    ends = {day: day + timedelta(days=length) for day, length in windows.items()}
    folds = split_snapshots(ends, max_tests=max_tests)
    assert len(folds) <= max_tests
    assert [fold.test for fold in folds] == sorted({fold.test for fold in folds})
    for fold in folds:
        assert fold.train
        assert all(ends[day] <= fold.test for day in fold.train)
        # Nothing usable is thrown away either.
        assert set(fold.train) == {day for day in ends if day < fold.test and ends[day] <= fold.test}


def test_window_that_ends_on_the_test_date_trains_and_one_day_later_does_not() -> None:
    first, second = date(2024, 1, 1), date(2024, 1, 2)
    test = date(2024, 4, 1)
    folds = split_snapshots({first: test, second: test + timedelta(days=1), test: date(2024, 7, 1)})
    assert folds[-1].test == test
    assert folds[-1].train == (first,)


def test_the_newest_snapshots_are_the_tests() -> None:
    ends = {START + timedelta(days=30 * i): START + timedelta(days=30 * i + 60) for i in range(12)}
    folds = split_snapshots(ends, max_tests=3)
    assert [fold.test for fold in folds] == sorted(ends)[-3:]


@pytest.mark.parametrize(
    ("months", "min_train", "expected"),
    [
        (10, 4, (4, 5, 6, 7, 8, 9)),
        (12, 4, (4, 5, 6, 7, 8, 9, 10, 11)),
        (40, 4, (32, 33, 34, 35, 36, 37, 38, 39)),  # at most eight, the newest
        (5, 4, (4,)),
        (4, 4, ()),  # no month left to be judged on
        (0, 4, ()),
    ],
)
def test_origins(months: int, min_train: int, expected: tuple[int, ...]) -> None:
    assert choose_origins(months, min_train=min_train) == expected
