"""The gate: a model serves only if it beats its rival by more than luck; else the rival serves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ml.bootstrap import Gain

# Below this a backtest has too few events of one kind to tell a model from luck.
MIN_OUTCOMES_PER_CLASS = 40


@dataclass(frozen=True)
class Contest:
    """One candidate against the rival on the same rows of `tests` test dates."""

    candidate: str
    gain: Gain
    tests: int


@dataclass(frozen=True)
class Verdict:
    """Who serves (`is_model` False: the rival) and the one sentence that says why."""

    served: str
    is_model: bool
    reason: str


def name_class_shortage(positives: int, negatives: int) -> str | None:
    """Why the outcomes are too few to let any model serve, or None when there are enough of both kinds."""
    if min(positives, negatives) >= MIN_OUTCOMES_PER_CLASS:
        return None
    return (
        f"the smallest training or test set holds {positives} positives and {negatives} negatives, "
        f"{MIN_OUTCOMES_PER_CLASS} of each are needed"
    )


def decide_champion(
    contests: Sequence[Contest], *, rival: str, measure: str, min_tests: int = 1, blocker: str | None = None
) -> Verdict:
    """Choose the candidate with the largest proven gain, else the rival.

    Proven: the gain and the lower end of its 90 % interval are both above zero. `blocker` is a reason that
    keeps every candidate out however well it did; fewer than `min_tests` test dates keep that candidate out.
    `measure` names the metric in the sentence ("AUC", "WAPE").
    """
    if blocker is not None:
        return Verdict(served=rival, is_model=False, reason=f"{rival} serves: {blocker}.")
    # A NaN gain compares false and so can never pass.
    proven = [c for c in contests if c.gain.value > 0 and c.gain.lower > 0]
    passed = [c for c in proven if c.tests >= min_tests]
    if passed:
        best = max(passed, key=lambda c: (c.gain.value, c.candidate))
        return Verdict(
            served=best.candidate,
            is_model=True,
            reason=f"{best.candidate} serves: better than {rival} by {_describe(best, measure)}.",
        )
    if proven:
        best = max(proven, key=lambda c: (c.gain.value, c.candidate))
        return Verdict(
            served=rival,
            is_model=False,
            reason=f"{rival} serves: {best.candidate} was better by {_describe(best, measure)}, "
            f"but {min_tests} test dates are needed before a model may serve.",
        )
    ranked = [c for c in contests if not math.isnan(c.gain.value)]
    if not ranked:
        return Verdict(served=rival, is_model=False, reason=f"{rival} serves: no candidate could be tested against it.")
    best = max(ranked, key=lambda c: (c.gain.value, c.candidate))
    return Verdict(
        served=rival,
        is_model=False,
        reason=f"{rival} serves: the best candidate {best.candidate} differs by "
        f"{_describe(best, measure)}, so no gain is proven.",
    )


def _describe(contest: Contest, measure: str) -> str:
    gain = contest.gain
    return (
        f"{gain.value:+.4f} {measure} over {contest.tests} test dates"
        f" (90 % interval {gain.lower:+.4f} to {gain.upper:+.4f})"
    )
