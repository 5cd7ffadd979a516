"""The database in which the world is built: one file below the output folder, gone when the extracts are written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from ingestion.simulator.draws import macro_statements
from ingestion.simulator.plan import SimulationPlan


@dataclass
class World:
    """An open world; ``run`` builds tables, ``rows`` asks for the few numbers that later statements need."""

    con: duckdb.DuckDBPyConnection
    plan: SimulationPlan

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.con.execute(statement)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.con.execute(query).fetchall()

    def number(self, query: str) -> int:
        row = self.con.execute(query).fetchone()
        return int(row[0] or 0) if row else 0

    def scaled(self, count: float, *, least: int = 1) -> int:
        """A count of the plan's company at the scale of this world."""
        return max(least, round(count * self.plan.scale))

    def share(self, rate: float) -> float:
        """A rate of dirt at the dirtiness of this world."""
        return rate * self.plan.dirtiness


@contextmanager
def open_world(plan: SimulationPlan) -> Iterator[World]:
    """An empty world with the draws of the plan's seed."""
    folder = plan.out / ".world"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config: dict[str, str | bool | int | float | list[str]] = {"temp_directory": str(folder / "tmp")}
    if plan.memory_limit:
        config["memory_limit"] = plan.memory_limit
    if plan.threads:
        config["threads"] = plan.threads
    # Small worlds stay in memory: the file is for those that do not fit.
    place = ":memory:" if plan.scale <= 2 and plan.shop <= 20 else str(folder / "world.duckdb")
    con = duckdb.connect(place, config=config)
    try:
        for statement in macro_statements(plan.seed):
            con.execute(statement)
        yield World(con, plan)
    finally:
        con.close()
        if not plan.keep_world:
            shutil.rmtree(folder, ignore_errors=True)
