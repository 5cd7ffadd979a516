"""The plan's company as extracts: a simulator whose planted figures are known exactly.

Here live the world (what happened), the dirt (how badly it was recorded), the deliveries (what the sources send) and
the truth (what a warehouse must find). Reads no clock, no data and no other room; only contracts and ``warehouse``.
"""

from __future__ import annotations

from ingestion.simulator.plan import SimulationPlan, SimulationResult
from ingestion.simulator.simulation import simulate

__all__ = ["SimulationPlan", "SimulationResult", "simulate"]
