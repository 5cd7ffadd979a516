"""Measuring a command: CPU seconds of its process tree, wall time and peak memory; medians of interleaved rounds."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from warehouse.settings import PROJECT_ROOT

#: Versions that a figure depends on.
_PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "pandas", "polars", "numpy")


@dataclass(frozen=True)
class Cost:
    """What one run of a command cost. ``peak_mb`` is the largest resident size of any process in its tree."""

    cpu_s: float
    wall_s: float
    peak_mb: float


@dataclass(frozen=True)
class Measured:
    """Medians over the rounds, with the least and the most CPU seconds seen."""

    name: str
    cpu_s: float
    cpu_least: float
    cpu_most: float
    wall_s: float
    peak_mb: float
    rounds: int


def run_command(command: Sequence[str], *, environ: dict[str, str] | None = None, folder: Path = PROJECT_ROOT) -> Cost:
    """Run a command to its end; a failure raises with what it printed.

    ``wait4`` gives the usage of this child alone; ``RUSAGE_CHILDREN`` would keep the peak of whichever ran before.
    """
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ or dict(os.environ), cwd=folder
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{printed.decode()[-4000:]}")
    # Linux counts kilobytes, macOS bytes.
    unit = 1024 if sys.platform == "linux" else 1024**2
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / unit)


def measure_rounds(variants: dict[str, Callable[[], Cost]], *, rounds: int) -> dict[str, Measured]:
    """Run all variants in turn, round after round, so that a busy minute hits them alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, once in variants.items():
            costs[name].append(once())
    measured = {}
    for name, found in costs.items():
        cpu = [cost.cpu_s for cost in found]
        measured[name] = Measured(
            name,
            statistics.median(cpu),
            min(cpu),
            max(cpu),
            statistics.median(cost.wall_s for cost in found),
            max(cost.peak_mb for cost in found),
            rounds,
        )
    return measured


def describe_machine() -> dict[str, object]:
    """What the figures were measured on; nothing that names the machine itself."""
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        **{package: version(package) for package in _PACKAGES},
    }
