"""One more day on a short and on a long history: taking it in and building it, without publishing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.company import build, copy_home, count_rows, history_home, ingest
from benchmarks.measure import Cost, Judged, Measured, Result, divide_cpu, measure_rounds

BUDGET = 1.25
_COUNTED = ("raw.ec__order", "raw.crm__opportunity_stage_history")


def measure_one_more_day(work: Path, *, scale: float, shop_scale: float, times: int, rounds: int) -> Result:
    """The very same day, on one, ten and ``times`` lengths of history; a fresh copy of the home every round."""
    lengths = sorted({1, min(10, times), times})
    homes = {n: history_home(work, times=n, scale=scale, shop_scale=shop_scale) for n in lengths}
    scratch = work / "day"

    def take_in(n: int) -> Callable[[], Cost]:
        def once() -> Cost:
            home, landing, load_date = homes[n]
            return ingest(copy_home(home, scratch), landing, load_date)

        return once

    def build_day(n: int) -> Callable[[], Cost]:
        # Runs on what taking in has just left in the scratch home.
        return lambda: build(scratch, homes[n][2])

    def start_only(n: int) -> Callable[[], Cost]:
        return lambda: build(scratch, homes[n][2], "--select", "int_run_context")

    variants: dict[str, Callable[[], Cost]] = {}
    for n in lengths:
        variants |= {
            f"ingest the day, {n}x history": take_in(n),
            f"dbt build of the day, {n}x history": build_day(n),
            f"dbt's start: one view, {n}x history": start_only(n),
        }
    measured = measure_rounds(variants, rounds=rounds)
    rows = {n: count_rows(homes[n][0], *_COUNTED) for n in lengths}
    judged: list[Judged] = []
    for n in lengths[1:]:
        judged += [
            Judged(
                f"ingest and build on {n}x / on 1x", round(_add(measured, n) / _add(measured, 1), 2), "x CPU", BUDGET
            ),
            Judged(
                f"the same, without dbt's start, on {n}x / on 1x",
                round(_without_start(measured, n) / _without_start(measured, 1), 2),
                "x CPU",
            ),
            divide_cpu(
                f"ingest alone on {n}x / on 1x",
                measured[f"ingest the day, {n}x history"],
                measured["ingest the day, 1x history"],
            ),
        ]
    return Result(
        title="One more day as the history grows",
        size="; ".join(
            f"{n}x: {counts[_COUNTED[0]]:,} orders, {counts[_COUNTED[1]]:,} stage events" for n, counts in rows.items()
        )
        + f"; {rounds} rounds",
        measured=tuple(measured.values()),
        judged=tuple(judged),
        not_measured=() if times >= 100 else ("100x history: give --day-times 100.",),
        notes=("Longer histories are copies with keys of their own, each three years earlier, ten of them in a row.",),
    )


def _add(measured: dict[str, Measured], n: int) -> float:
    return measured[f"ingest the day, {n}x history"].cpu_s + measured[f"dbt build of the day, {n}x history"].cpu_s


def _without_start(measured: dict[str, Measured], n: int) -> float:
    return _add(measured, n) - measured[f"dbt's start: one view, {n}x history"].cpu_s
