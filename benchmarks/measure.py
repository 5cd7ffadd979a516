"""Measuring a command: CPU seconds of its process tree, wall time and peak memory; medians of interleaved rounds."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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

    def __add__(self, other: Cost) -> Cost:
        """Two commands one after the other."""
        return Cost(self.cpu_s + other.cpu_s, self.wall_s + other.wall_s, max(self.peak_mb, other.peak_mb))


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


@dataclass(frozen=True)
class Judged:
    """One figure beside its budget; without a budget it is there to be known."""

    what: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def verdict(self) -> str:
        if self.budget is None:
            return "no budget"
        return "ok" if self.value <= self.budget else "MISSED"


@dataclass(frozen=True)
class Result:
    """Everything that one budget's measurement came to. ``size`` says on how much; ``notes`` say how to read it."""

    title: str
    size: str
    measured: tuple[Measured, ...]
    judged: tuple[Judged, ...]
    not_measured: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def run_command(command: Sequence[str], *, environ: dict[str, str] | None = None, folder: Path = PROJECT_ROOT) -> Cost:
    """Run a command to its end; a failure raises with what it printed."""
    with tempfile.NamedTemporaryFile("r") as usage:
        launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")), usage.name]
        started = time.monotonic()
        done = subprocess.run(
            [*launcher, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env=environ or dict(os.environ),
            cwd=folder,
        )
        wall_s = time.monotonic() - started
        if done.returncode != 0:
            printed = done.stdout.decode(errors="replace")[-4000:]
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{printed}")
        cpu_s, peak = usage.read().split()
    # Linux counts kilobytes, macOS bytes.
    return Cost(float(cpu_s), wall_s, float(peak) / (1024 if sys.platform == "linux" else 1024**2))


def measure_rounds(
    variants: dict[str, Callable[[], Cost]], *, rounds: int, warm_up: bool = False
) -> dict[str, Measured]:
    """Run all variants in turn, round after round, so that a busy minute hits them alike.

    With ``warm_up`` a first round fills the page cache and the bytecode and does not count.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in variants}
    for number in range(rounds + warm_up):
        for name, once in variants.items():
            cost = once()
            print(f"  {name}: {cost.cpu_s:.2f} CPU s, {cost.wall_s:.1f} s, {cost.peak_mb:.0f} MB", flush=True)
            if number >= warm_up:
                costs[name].append(cost)
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


def divide_cpu(what: str, part: Measured, whole: Measured, budget: float | None = None) -> Judged:
    """CPU seconds of one beside those of another, from the same rounds."""
    return Judged(what, round(part.cpu_s / whole.cpu_s, 2), "x CPU", budget)


def describe_machine() -> dict[str, object]:
    """What the figures were measured on; nothing that names the machine itself."""
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        **{package: version(package) for package in _PACKAGES},
    }
