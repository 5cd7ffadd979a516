"""Time-respecting splits: what a model may have seen at a test date, and nothing later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

# Fewer test dates than this say nothing about stability, so no model may serve.
MIN_TEST_SNAPSHOTS = 3
# More would cost a fit each and weigh customers' old behaviour as much as the new.
MAX_TEST_SNAPSHOTS = 6
MIN_ORIGINS = 3
MAX_ORIGINS = 8
# A lucky handful of months can look like skill: below this a forecast is compared and shown, but not served.
MIN_ORIGINS_TO_SERVE = 8


@dataclass(frozen=True)
class SnapshotFold:
    """One test snapshot and the snapshots whose labels were known by then, oldest first."""

    test: date
    train: tuple[date, ...]


def split_snapshots(
    label_ends: Mapping[date, date], *, max_tests: int = MAX_TEST_SNAPSHOTS
) -> tuple[SnapshotFold, ...]:
    """Fold the last labelled snapshots into tests, each with the training snapshots it may use.

    `label_ends`: snapshot date -> exclusive end of its label window. A snapshot trains only where its window
    ended on or before the test date, so nobody's outcome after the test date is ever seen. Test snapshots
    without any such training snapshot are left out; the result is ordered by test date and may be empty.
    """
    folds = []
    for test in sorted(label_ends):
        train = tuple(sorted(day for day, end in label_ends.items() if day < test and end <= test))
        if train:
            folds.append(SnapshotFold(test=test, train=train))
    return tuple(folds[-max_tests:]) if max_tests > 0 else ()


def choose_origins(months: int, *, min_train: int, max_origins: int = MAX_ORIGINS) -> tuple[int, ...]:
    """Training lengths (in months) of the rolling origins, shortest first.

    An origin of length n trains on months 1..n and is judged on the months after it, of which the newest
    origin has one and older ones up to the whole horizon. Empty when there are not even `min_train` + 1
    months.
    """
    longest = months - 1
    shortest = max(min_train, longest - max_origins + 1)
    return tuple(range(shortest, longest + 1))
