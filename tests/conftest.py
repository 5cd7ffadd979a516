"""Fixtures for all tests: a delivery folder, the public data, and home folders loaded once for a whole session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from intake_company import Company, open_company
from loaded_home import LoadedHome, load_company, load_home

from ingestion.simulator import SimulationPlan, SimulationResult, simulate

# A machine that guards the main line must give the same answer twice; new examples are found at people's desks.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with open_company(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder with the real public data. Only where the variable is not set may a test go without it."""
    named = os.environ.get("DEALHOUSE_PUBLIC_DATA")
    if not named:
        pytest.skip("DEALHOUSE_PUBLIC_DATA is not set, so the real public data is not at hand")
    folder = Path(named).resolve()
    assert folder.is_dir(), f"DEALHOUSE_PUBLIC_DATA names {folder}, which is not a folder"
    return folder


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> SimulationResult:
    """A twentieth of the plan's company: an opening delivery and two single days."""
    return simulate(
        SimulationPlan(
            out=tmp_path_factory.mktemp("small"), scale=0.05, shop_scale=0.2, single_days=2, vendor_shapes=False
        )
    )


@pytest.fixture(scope="session")
def small_home(small_company: SimulationResult, tmp_path_factory: pytest.TempPathFactory) -> LoadedHome:
    """That company, loaded once for all tests that only read. Tests that write work on a copy."""
    return load_company(tmp_path_factory.mktemp("small_home") / "home", small_company)


@pytest.fixture(scope="session")
def plan_company(tmp_path_factory: pytest.TempPathFactory) -> SimulationResult:
    """The plan's company as `make run` writes it."""
    return simulate(SimulationPlan(out=tmp_path_factory.mktemp("plan")))


@pytest.fixture(scope="session")
def plan_home(plan_company: SimulationResult, tmp_path_factory: pytest.TempPathFactory) -> LoadedHome:
    """The plan's company, loaded as `make run` loads it: the history, then fourteen days, in one run."""
    return load_company(tmp_path_factory.mktemp("plan_home") / "home", plan_company)


@pytest.fixture(scope="session")
def public_home(public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadedHome:
    """The real public data, loaded once."""
    return load_home(
        tmp_path_factory.mktemp("public") / "home",
        extracts=public_data,
        load_date=date(2026, 11, 23),
        as_of=date(2022, 3, 1),
    )
