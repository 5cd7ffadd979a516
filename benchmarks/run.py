"""Measuring every budget of the architecture, or some of them, and keeping the results: `make bench`."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.completeness import measure_completeness
from benchmarks.daily_run import measure_daily_run
from benchmarks.definitions import measure_definitions
from benchmarks.full_build import measure_full_build
from benchmarks.ingestion import measure_ingestion
from benchmarks.measure import Result, describe_machine
from benchmarks.one_more_day import measure_one_more_day
from benchmarks.peer_marts import measure_peer_marts
from benchmarks.publishing import measure_publishing
from benchmarks.report import DOCUMENT, render_document, render_text
from warehouse.settings import PROJECT_ROOT

RESULTS = PROJECT_ROOT / "benchmarks" / "results" / "latest.json"
DOCUMENT_PATH = PROJECT_ROOT / DOCUMENT


@dataclass(frozen=True)
class Sizes:
    """On how much each budget is measured, and how often."""

    ingest_rows: int
    build_size: float
    build_rounds: int
    peer_size: float
    day_scale: float
    day_shop_scale: float
    day_times: int
    completeness_rows: int
    rounds: int


#: Everything at the size of its budget. A full build takes ten minutes, and its floor as long: once is enough.
FULL = Sizes(
    ingest_rows=5_000_000, build_size=1, build_rounds=1, peer_size=0.1,
    day_scale=0.05, day_shop_scale=0.2, day_times=100, completeness_rows=10_000_000, rounds=3,
)  # fmt: skip
#: To see that everything works: the figures mean nothing.
QUICK = Sizes(
    ingest_rows=20_000, build_size=0.002, build_rounds=1, peer_size=0.002,
    day_scale=0.05, day_shop_scale=0.2, day_times=10, completeness_rows=50_000, rounds=1,
)  # fmt: skip


def plan_measurements(sizes: Sizes) -> dict[str, Callable[[Path], Result]]:
    """Name of each measurement, and what makes it in a work folder."""
    day: dict[str, Any] = {"scale": sizes.day_scale, "shop_scale": sizes.day_shop_scale, "times": sizes.day_times}
    return {
        "ingestion": partial(measure_ingestion, rows=sizes.ingest_rows, rounds=sizes.rounds),
        "full_build": partial(measure_full_build, size=sizes.build_size, rounds=sizes.build_rounds),
        "peer_marts": partial(measure_peer_marts, size=sizes.peer_size, rounds=sizes.rounds),
        "one_more_day": partial(measure_one_more_day, **day, rounds=sizes.rounds),
        "publishing": partial(measure_publishing, **day),
        "daily_run": partial(measure_daily_run, scale=0.05, shop_scale=0.2, rounds=sizes.rounds),
        "definitions": partial(measure_definitions, rounds=sizes.rounds),
        "completeness": partial(measure_completeness, rows=sizes.completeness_rows, rounds=sizes.rounds),
    }


def main(argv: list[str] | None = None) -> None:
    sizes, arguments = _read_arguments(argv)
    measurements = plan_measurements(sizes)
    results: dict[str, Any] = {}
    if arguments.results.is_file():
        results = json.loads(arguments.results.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="dealhouse-bench-") as name:
        for chosen in arguments.only or measurements:
            print(f"{chosen}:", flush=True)
            started, machine = time.monotonic(), describe_machine()
            try:
                entry = _as_entry(measurements[chosen](Path(name)))
            except Exception as error:  # One measurement that fails must not take the others with it.
                print(f"  failed: {error}", flush=True)
                entry = {"failed": f"{type(error).__name__}: see what the run printed"}
            results[chosen] = {
                **entry,
                "measured_on": arguments.date.isoformat(),
                "wall_s": round(time.monotonic() - started, 1),
                "machine": machine,
            }
            # After each: a run that is broken off keeps what it has.
            _write(arguments.results, {key: results[key] for key in measurements if key in results})
    ordered = json.loads(arguments.results.read_text(encoding="utf-8"))
    print("\n" + render_text(ordered))
    if arguments.results == RESULTS:
        DOCUMENT_PATH.write_text(render_document(ordered), encoding="utf-8")


def _read_arguments(argv: list[str] | None) -> tuple[Sizes, argparse.Namespace]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = list(plan_measurements(QUICK))
    parser.add_argument("--only", action="append", choices=names, help="measure this one; may be given again")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one round: to see that it works")
    parser.add_argument("--results", type=Path, help="file of the results")
    parser.add_argument("--date", type=date.fromisoformat, default=date.today(), help="date that the results carry")
    for name, kind in Sizes.__annotations__.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int if kind == "int" else float)
    arguments = parser.parse_args(argv)
    base = asdict(QUICK if arguments.quick else FULL)
    given = {name: getattr(arguments, name) for name in base if getattr(arguments, name) is not None}
    if arguments.results is None:
        # What a quick run found must not pass for a measurement.
        arguments.results = Path(tempfile.gettempdir()) / "dealhouse-bench-quick.json" if arguments.quick else RESULTS
    return Sizes(**{**base, **given}), arguments


def _as_entry(result: Result) -> dict[str, Any]:
    entry = asdict(result)
    for measured in entry["measured"]:
        for key, value in measured.items():
            measured[key] = round(value, 3) if isinstance(value, float) else value
    for judged, whole in zip(entry["judged"], result.judged, strict=True):
        judged["verdict"] = whole.verdict
    return entry


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
