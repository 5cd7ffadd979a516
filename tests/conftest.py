"""Fixtures for all tests: a delivery folder, the public data, and home folders loaded once for a whole session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from intake_company import Company, open_company
from loaded_home import LoadedHome, load_home

from ingestion.example import EXAMPLE_AS_OF, EXAMPLE_LOAD_DATE, write_example


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
def example_home(tmp_path_factory: pytest.TempPathFactory) -> LoadedHome:
    """The example company, loaded once for all tests that only read. Tests that write work on a copy."""
    folder = tmp_path_factory.mktemp("example")
    extracts = folder / "extracts"
    write_example(extracts)
    return load_home(folder / "home", extracts, load_date=EXAMPLE_LOAD_DATE, as_of=EXAMPLE_AS_OF)


@pytest.fixture(scope="session")
def public_home(public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadedHome:
    """The real public data, loaded once."""
    return load_home(
        tmp_path_factory.mktemp("public") / "home", public_data, load_date=date(2026, 11, 23), as_of=date(2022, 3, 1)
    )
