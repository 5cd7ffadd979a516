"""What a caller may choose of a simulation, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from warehouse.errors import ConfigError

DEFAULT_SEED = 20240101
FIRST_YEAR = 2022


@dataclass(frozen=True)
class SimulationPlan:
    """One simulation. The same plan gives the same bytes, whatever the machine and the number of threads.

    ``start`` is a 1 January: the books open on that day with the leads that were open then. ``end`` is the last day
    that the extracts cover; the last ``single_days`` days are delivered one by one, all before in one opening
    delivery. Two plans that differ only by a later ``end`` and as many more ``single_days`` share all earlier days.
    ``scale`` 1 is the plan's company; ``shop_scale`` is that of the online shop alone (None: ``scale``).
    ``dirtiness`` 1 has the dirt of the catalogue, 0 has none. ``entities`` names the contracts to write, None all.
    Without the truth only what those need is simulated at all, for measurements of speed.
    """

    out: Path
    seed: int = DEFAULT_SEED
    start: date = date(2022, 1, 1)
    end: date = date(2024, 12, 31)
    scale: float = 1.0
    dirtiness: float = 1.0
    single_days: int = 14
    shop_scale: float | None = None
    file_format: Literal["csv", "parquet"] = "csv"
    vendor_shapes: bool = True
    entities: tuple[str, ...] | None = None
    memory_limit: str | None = None
    threads: int | None = None
    with_truth: bool = True
    keep_world: bool = False

    def __post_init__(self) -> None:
        if (self.start.month, self.start.day) != (1, 1) or self.start.year < FIRST_YEAR:
            raise ConfigError(f"--start {self.start} must be a 1 January, of {FIRST_YEAR} or later.")
        if self.end < self.start:
            raise ConfigError(f"--end {self.end} lies before --start {self.start}.")
        if not 0 < self.scale <= 1000 or not 0 < (self.shop_scale or self.scale) <= 100_000:
            raise ConfigError(f"--scale {self.scale} must be above 0 and at most 1000.")
        if not 0 <= self.dirtiness <= 1:
            raise ConfigError(f"--dirtiness {self.dirtiness} must lie between 0 (clean) and 1.")
        if not 0 <= self.single_days <= (self.end - self.start).days:
            raise ConfigError(f"--single-days {self.single_days} do not fit between {self.start} and {self.end}.")

    @property
    def opening(self) -> date:
        """Load date of the opening delivery: it holds what happened before that day."""
        return self.end + timedelta(days=1 - self.single_days)

    @property
    def days(self) -> tuple[date, ...]:
        """The days that are delivered one by one, each on the day after."""
        return tuple(self.opening + timedelta(days=n) for n in range(self.single_days))

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(range(self.start.year, self.end.year + 1))

    def needs(self, served: tuple[str, ...]) -> bool:
        """Whether the truth or a contract whose name begins like one of these is wanted."""
        return self.with_truth or self.entities is None or any(name.startswith(served) for name in self.entities)

    @property
    def shop(self) -> float:
        return self.scale if self.shop_scale is None else self.shop_scale


@dataclass(frozen=True)
class Delivery:
    """One written delivery. ``quarantined`` rows are planted to be unreadable; ``outcome`` is what intake must say."""

    source: str
    name: str
    load_date: date
    folder: Path
    rows: int
    bytes: int
    quarantined: int = 0
    outcome: Literal["loaded", "duplicate"] = "loaded"


@dataclass(frozen=True)
class SimulationResult:
    """Where everything lies. ``landing`` goes to ``dealhouse run --landing``; ``opening`` is the first load date."""

    landing: Path
    metrics: Path | None
    bayes: Path | None
    opening: date
    load_dates: tuple[date, ...]
    deliveries: tuple[Delivery, ...] = field(repr=False)

    @property
    def rows(self) -> int:
        return sum(delivery.rows for delivery in self.deliveries)

    @property
    def bytes(self) -> int:
        return sum(delivery.bytes for delivery in self.deliveries)

    @property
    def rows_by_entity(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for delivery in self.deliveries:
            counts[delivery.name] = counts.get(delivery.name, 0) + delivery.rows
        return counts
